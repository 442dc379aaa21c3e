import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, Info, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { InScope } from '../auth/scope-of-field.js';
import { payload } from '../errors/payload.js';
import { contentState } from '../mapping/content.js';
import { pageSize, selects } from '../mapping/paging.js';
import { toAskResult, toSearchResult } from '../mapping/search.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { Head } from '../schema/head.js';
import { RecordQuestionPayload } from '../schema/question-payload.js';
import { AskArgs, SearchArgs } from '../schema/search-args.js';
import { AskResult, SearchResult, TopicFacet } from '../schema/search.js';
import { Topic } from '../schema/topic.js';

/** Answers returned at most. */
const maxAnswers = 20;

@Resolver(() => AskResult)
export class SearchResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @InScope('ask')
  @Query(() => SearchResult, {
    nullable: true,
    description: 'Questions by words and by meaning, fused by reciprocal rank.',
  })
  async search(
    @Args() { text, first, topicId, filter, after }: SearchArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SearchResult> {
    const request = {
      ...{ text, first: pageSize(first), topicId: given(topicId), after: given(after) },
      states: filter?.states?.map(contentState.toProto),
      tags: given(filter?.tags),
      createdFromMs: filter?.createdFrom?.getTime(),
      createdBeforeMs: filter?.createdBefore?.getTime(),
      language: given(filter?.language),
      withFacets: selects(info, 'facets'),
    };
    return toSearchResult(await this.knowledge.search.search(request, context.call()), after, context.loaders);
  }

  @InScope('ask')
  @Query(() => AskResult, {
    nullable: true,
    description: 'What is known about a text: the best answers, its topic or `unknown`, similar questions.',
  })
  async ask(@Args() { text, first }: AskArgs, @Context() context: GatewayContext): Promise<AskResult> {
    const request = { text, first: pageSize(first, maxAnswers) };
    return toAskResult(await this.knowledge.search.ask(request, context.call()), context.loaders);
  }

  @Requires('editor')
  @Mutation(() => RecordQuestionPayload, {
    nullable: true,
    description: 'Asks, and keeps the text as an incoming question.',
  })
  async recordQuestion(
    @Args() { text, first }: AskArgs,
    @Context() context: GatewayContext,
  ): Promise<RecordQuestionPayload> {
    const { asked, userErrors } = await payload('asked', () =>
      this.knowledge.search.ask({ text, first: pageSize(first, maxAnswers), record: true }, context.call()),
    );
    if (asked === undefined) return { userErrors };
    const [question, result] = await Promise.all([
      context.loaders.questions.load(asked.questionId),
      toAskResult(asked, context.loaders),
    ]);
    return { question, result, userErrors };
  }

  @ResolveField(() => Topic, { nullable: true, description: 'Most probable topic; absent if there is no head yet.' })
  topic(
    @Parent() { topicId }: AskResult,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }

  @Requires('admin')
  @ResolveField(() => Head, { nullable: true, description: 'The head that said so.' })
  head(@Parent() { headId }: AskResult, @Context() { loaders }: GatewayContext): Promise<Head | undefined> | undefined {
    return headId === undefined ? undefined : loaders.heads.load(headId);
  }
}

@Resolver(() => TopicFacet)
export class TopicFacetResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic; null if it may not be seen.' })
  topic(@Parent() { topicId }: TopicFacet, @Context() { loaders }: GatewayContext): Promise<Topic | undefined> {
    return loaders.topics.load(topicId);
  }
}
