import { DomainError, type KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { reload } from '../loaders/loaders.js';
import { topicState, toTopic } from '../mapping/content.js';
import { pageRequest, selectsOfRows, toConnection } from '../mapping/paging.js';
import { toUncountedTopic } from '../mapping/question-page.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { ChangeArgs } from '../schema/change-args.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Question, QuestionConnection } from '../schema/question.js';
import {
  CreateTopicInput,
  Topic,
  TopicConnection,
  TopicPayload,
  TopicState,
  UpdateTopicInput,
} from '../schema/topic.js';
import { toQuestionConnection } from './question.resolver.js';

type Count = 'questionCount' | 'labelledCount';

/** Counted when it is asked for: 0 for a topic that is gone since. */
async function countOf({ id }: Topic, which: Count, { loaders }: GatewayContext): Promise<number> {
  return (await loaders.countedTopics.load(id))?.[which] ?? 0;
}

@Resolver(() => Topic)
export class TopicResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Query(() => TopicConnection, { nullable: true, description: 'Topics, oldest first.' })
  async topics(
    @Args() page: PageArgs,
    @Args('includeArchived', { defaultValue: false, description: 'Also those out of use.' }) includeArchived: boolean,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Topic>> {
    const counted = selectsOfRows(info, 'questionCount') || selectsOfRows(info, 'labelledCount');
    const request = { page: pageRequest(page, info), includeArchived, withoutCounts: !counted };
    const { topics, pageInfo } = await this.knowledge.content.listTopics(request, context.call());
    return toConnection({ rows: topics, pageInfo }, page, counted ? toTopic : toUncountedTopic);
  }

  @Query(() => Topic, { nullable: true, description: 'One topic, by id or by slug; null if it does not exist.' })
  topic(
    @Args('id', { type: () => ID, nullable: true, description: 'Its id.' }) id: string | null | undefined,
    @Args('slug', { type: () => String, nullable: true, description: 'Its slug, or one that it had.' })
    slug: string | null | undefined,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> {
    if (id != null && slug == null) return loaders.topics.load(id);
    if (slug != null && id == null) return loaders.topicsBySlug.load(slug);
    throw DomainError.invalid('id', 'Give either "id" or "slug".');
  }

  @ResolveField()
  questionCount(topic: Topic, _args: unknown, context: GatewayContext): number | Promise<number> {
    return topic.questionCount ?? countOf(topic, 'questionCount', context);
  }

  @ResolveField()
  labelledCount(topic: Topic, _args: unknown, context: GatewayContext): number | Promise<number> {
    return topic.labelledCount ?? countOf(topic, 'labelledCount', context);
  }

  @ResolveField(() => QuestionConnection, {
    nullable: true,
    description: 'Questions whose effective label is this topic, newest first.',
  })
  async questions(
    @Parent() { id }: Topic,
    @Args() page: PageArgs,
    @Context() { loaders }: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Question>> {
    return toQuestionConnection(await loaders.questionsOfTopics.load(id, { page: pageRequest(page, info) }), page);
  }

  @Requires('admin')
  @Mutation(() => TopicPayload, { nullable: true, description: 'Adds a topic.' })
  createTopic(
    @Args('input', { description: 'The topic.' }) { title, slug, description, parentId }: CreateTopicInput,
    @Context() context: GatewayContext,
  ): Promise<TopicPayload> {
    const request = { title, slug: given(slug), description: given(description), parentId: given(parentId) };
    return payload('topic', async () => toTopic(await this.knowledge.content.createTopic(request, context.call())));
  }

  @Requires('admin')
  @Mutation(() => TopicPayload, { nullable: true, description: 'Changes the title or the description of a topic.' })
  updateTopic(
    @Args() change: ChangeArgs,
    @Args('input', { description: 'What changes.' }) { title, description, slug }: UpdateTopicInput,
    @Context() context: GatewayContext,
  ): Promise<TopicPayload> {
    const request = { ...change, title: given(title), description: given(description), slug: given(slug) };
    return payload(
      'topic',
      async () => toTopic(await this.knowledge.content.updateTopic(request, context.call())),
      () => reload(context.loaders.topics, change.id),
    );
  }

  @Requires('admin')
  @Mutation(() => TopicPayload, {
    nullable: true,
    description: 'Takes a topic out of use; its questions keep their labels.',
  })
  archiveTopic(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<TopicPayload> {
    return this.setState(change, TopicState.ARCHIVED, context);
  }

  @Requires('admin')
  @Mutation(() => TopicPayload, { nullable: true, description: 'Takes an archived topic into use again.' })
  restoreTopic(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<TopicPayload> {
    return this.setState(change, TopicState.ACTIVE, context);
  }

  private setState(change: ChangeArgs, state: TopicState, context: GatewayContext): Promise<TopicPayload> {
    const request = { ...change, state: topicState.toProto(state) };
    return payload(
      'topic',
      async () => toTopic(await this.knowledge.content.setTopicState(request, context.call())),
      () => reload(context.loaders.topics, change.id),
    );
  }
}
