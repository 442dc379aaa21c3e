import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { Args, Context, ID, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { fromQuestionFilter, toQuestion } from '../mapping/content.js';
import { questionSelection } from '../mapping/question-fields.js';
import { attach } from '../mapping/question-page.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { Answer } from '../schema/answer.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Head } from '../schema/head.js';
import { QuestionFilter } from '../schema/question-input.js';
import { Label, Question, QuestionClassification, QuestionConnection } from '../schema/question.js';
import { Topic } from '../schema/topic.js';

export function toQuestionConnection(
  { questions, pageInfo }: knowledgeV1.ListQuestionsResponse,
  page: PageArgs,
): ConnectionOf<Question> {
  return toConnection({ rows: questions, pageInfo }, page, toQuestion);
}

/**
 * The fields that every row of a page has take what GraphQL hands over (parent, arguments, context): with decorated
 * parameters Nest would wrap each in several promises.
 */
@Resolver(() => Question)
export class QuestionResolver {
  @Query(() => QuestionConnection, {
    nullable: true,
    description: 'Questions, newest first. Without a key: published ones only.',
  })
  async questions(
    @Args('filter', { nullable: true, description: 'Which ones; all if absent.' }) filter: QuestionFilter,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Question>> {
    const request = {
      page: pageRequest(page, info),
      filter: fromQuestionFilter(filter ?? {}),
      ...questionSelection(info),
    };
    const response = await context.reads.list(request, context.call());
    const connection = toQuestionConnection(response, page);
    attach(connection.nodes, response, request);
    return connection;
  }

  @Query(() => Question, { nullable: true, description: 'One question; null if it does not exist or may not be seen.' })
  question(
    @Args('id', { type: () => ID, nullable: true, description: 'Its id.' }) id: string | null | undefined,
    @Args('slug', {
      type: () => String,
      nullable: true,
      description: 'Its slug, or one that it had: where the slug of the answer is another, it has moved.',
    })
    slug: string | null | undefined,
    @Context() { loaders }: GatewayContext,
  ): Promise<Question | undefined> {
    if (id != null && slug == null) return loaders.questions.load(id);
    if (slug != null && id == null) return loaders.questionsBySlug.load(slug);
    throw DomainError.invalid('id', 'Give either "id" or "slug".');
  }

  @ResolveField(() => [Answer], {
    description: 'Its answers: published first, then the most helpful, then the oldest.',
  })
  answers({ id, sentAnswers }: Question, _args: unknown, { loaders }: GatewayContext): Answer[] | Promise<Answer[]> {
    return sentAnswers ?? loaders.answersOfQuestions.load(id);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'The topic of its label.' })
  topic({ label }: Question, _args: unknown, context: GatewayContext): Topic | Promise<Topic | undefined> | undefined {
    return label && topicOf(label, context);
  }
}

const topicOf = ({ topicId, sentTopic }: Label, { loaders }: GatewayContext): Topic | Promise<Topic | undefined> =>
  sentTopic ?? loaders.topics.load(topicId);

@Resolver(() => Label)
export class LabelResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic.' })
  topic(label: Label, _args: unknown, context: GatewayContext): Topic | Promise<Topic | undefined> {
    return topicOf(label, context);
  }
}

@Resolver(() => QuestionClassification)
export class QuestionClassificationResolver {
  @ResolveField(() => Topic, {
    nullable: true,
    description: 'Most probable topic; for unknown questions the nearest one.',
  })
  topic(
    @Parent() { topicId }: QuestionClassification,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }

  @Requires('admin')
  @ResolveField(() => Head, { nullable: true, description: 'The head that said so.' })
  head(
    @Parent() { headId }: QuestionClassification,
    @Context() { loaders }: GatewayContext,
  ): Promise<Head | undefined> {
    return loaders.heads.load(headId);
  }
}
