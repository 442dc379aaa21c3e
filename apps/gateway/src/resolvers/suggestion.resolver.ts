import type { knowledgeV1, KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { suggestionState, toSuggestion } from '../mapping/discovery.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { ChangeArgs, IdempotentArgs } from '../schema/change-args.js';
import { Clustering } from '../schema/clustering.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Question, QuestionConnection } from '../schema/question.js';
import {
  AcceptSuggestionInput,
  MergeSuggestionInput,
  NearTopic,
  Suggestion,
  SuggestionConnection,
  SuggestionPayload,
  SuggestionState,
} from '../schema/suggestion.js';
import { Topic } from '../schema/topic.js';
import { toQuestionConnection } from './question.resolver.js';

/** Labelling a large cluster takes its time. */
const decisionDeadlineMs = 120_000;

export function toSuggestionConnection(
  { suggestions, pageInfo }: knowledgeV1.ListSuggestionsResponse,
  page: PageArgs,
): ConnectionOf<Suggestion> {
  return toConnection({ rows: suggestions, pageInfo }, page, toSuggestion);
}

@Resolver(() => Suggestion)
export class SuggestionResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => SuggestionConnection, {
    nullable: true,
    description: 'Clusters offered as topics, newest first; those of one clustering largest first.',
  })
  async suggestions(
    @Args('states', {
      type: () => [SuggestionState],
      nullable: true,
      description: 'In one of these states; pending ones if absent.',
    })
    states: SuggestionState[] | null | undefined,
    @Args('clusteringId', { type: () => ID, nullable: true, description: 'Of this clustering.' })
    clusteringId: string | null | undefined,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Suggestion>> {
    const request = {
      page: pageRequest(page, info),
      states: states?.map(suggestionState.toProto),
      clusteringId: given(clusteringId),
    };
    return toSuggestionConnection(await this.knowledge.discovery.listSuggestions(request, context.call()), page);
  }

  @Requires('admin')
  @Query(() => Suggestion, { nullable: true, description: 'One suggestion; null if it does not exist.' })
  suggestion(
    @Args('id', { type: () => ID, description: 'Its id.' }) id: string,
    @Context() { loaders }: GatewayContext,
  ): Promise<Suggestion | undefined> {
    return loaders.suggestions.load(id);
  }

  @ResolveField(() => [Question], { description: 'Typical questions: the medoid first.' })
  async exemplars(@Parent() { exemplarIds }: Suggestion, @Context() { loaders }: GatewayContext): Promise<Question[]> {
    const questions = await Promise.all(exemplarIds.map((id) => loaders.questions.load(id)));
    return questions.filter((question) => question !== undefined);
  }

  @ResolveField(() => QuestionConnection, { nullable: true, description: 'All questions of the cluster.' })
  async questions(
    @Parent() { id }: Suggestion,
    @Args() page: PageArgs,
    @Context() { loaders }: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Question>> {
    return toQuestionConnection(await loaders.questionsOfSuggestions.load(id, { page: pageRequest(page, info) }), page);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'The topic it became or was merged into.' })
  topic(
    @Parent() { topicId }: Suggestion,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }

  @ResolveField(() => Suggestion, { nullable: true, description: 'The suggestion that it was merged into.' })
  mergedInto(
    @Parent() { mergedIntoId }: Suggestion,
    @Context() { loaders }: GatewayContext,
  ): Promise<Suggestion | undefined> | undefined {
    return mergedIntoId === undefined ? undefined : loaders.suggestions.load(mergedIntoId);
  }

  @ResolveField(() => Suggestion, { nullable: true, description: 'The suggestion that it is a part of.' })
  partOf(
    @Parent() { parentId }: Suggestion,
    @Context() { loaders }: GatewayContext,
  ): Promise<Suggestion | undefined> | undefined {
    return parentId === undefined ? undefined : loaders.suggestions.load(parentId);
  }

  @ResolveField(() => Clustering, { nullable: true, description: 'The clustering that found it last.' })
  clustering(
    @Parent() { clusteringId }: Suggestion,
    @Context() { loaders }: GatewayContext,
  ): Promise<Clustering | undefined> {
    return loaders.clusterings.load(clusteringId);
  }

  @Requires('admin')
  @Mutation(() => SuggestionPayload, {
    nullable: true,
    description: 'Makes a topic of a suggestion and labels its questions.',
  })
  acceptSuggestion(
    @Args() change: ChangeArgs,
    @Args('input', { nullable: true, description: 'Title, description and exceptions.' })
    input: AcceptSuggestionInput,
    @Args() { idempotencyKey }: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<SuggestionPayload> {
    const request = {
      ...change,
      title: given(input?.title),
      description: given(input?.description),
      parentTopicId: given(input?.parentTopicId),
      excludeQuestionIds: given(input?.excludeQuestionIds),
      idempotencyKey: given(idempotencyKey),
    };
    return payload('suggestion', async () =>
      toSuggestion(await this.knowledge.discovery.acceptSuggestion(request, context.call(decisionDeadlineMs))),
    );
  }

  @Requires('admin')
  @Mutation(() => SuggestionPayload, {
    nullable: true,
    description: 'Gives the questions of a suggestion to a topic that is there already, or to another suggestion.',
  })
  mergeSuggestion(
    @Args() change: ChangeArgs,
    @Args('input', { description: 'Where they go, and exceptions.' }) input: MergeSuggestionInput,
    @Args() { idempotencyKey }: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<SuggestionPayload> {
    const request = {
      ...change,
      topicId: given(input.topicId),
      suggestionId: given(input.suggestionId),
      excludeQuestionIds: given(input.excludeQuestionIds),
      idempotencyKey: given(idempotencyKey),
    };
    return payload('suggestion', async () =>
      toSuggestion(await this.knowledge.discovery.mergeSuggestion(request, context.call(decisionDeadlineMs))),
    );
  }

  @Requires('admin')
  @Mutation(() => SuggestionPayload, { nullable: true, description: 'Says that a suggestion is no topic.' })
  rejectSuggestion(
    @Args() change: ChangeArgs,
    @Args('reason', { type: () => String, nullable: true, description: 'Why.' }) reason: string | null | undefined,
    @Args() { idempotencyKey }: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<SuggestionPayload> {
    const request = { ...change, reason: given(reason), idempotencyKey: given(idempotencyKey) };
    return payload('suggestion', async () =>
      toSuggestion(await this.knowledge.discovery.rejectSuggestion(request, context.call())),
    );
  }
}

@Resolver(() => NearTopic)
export class NearTopicResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic.' })
  topic(@Parent() { topicId }: NearTopic, @Context() { loaders }: GatewayContext): Promise<Topic | undefined> {
    return loaders.topics.load(topicId);
  }
}
