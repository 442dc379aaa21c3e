import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { toDecision, toSuggestion } from '../mapping/discovery.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { ChangeArgs, IdempotentArgs } from '../schema/change-args.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Decision, DecisionConnection, DecisionPayload, SplitPayload } from '../schema/decision.js';
import { Suggestion, SuggestionPayload } from '../schema/suggestion.js';
import { Topic } from '../schema/topic.js';

/** Labelling, or clustering, a large suggestion takes its time. */
const decisionDeadlineMs = 120_000;

/** Renaming, splitting, and undoing whatever was decided. */
@Resolver(() => Decision)
export class DecisionResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => DecisionConnection, { nullable: true, description: 'Decisions on suggestions, newest first.' })
  async decisions(
    @Args('suggestionId', { type: () => ID, nullable: true, description: 'On this suggestion.' })
    suggestionId: string | null | undefined,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Decision>> {
    const request = { suggestionId: given(suggestionId), page: pageRequest(page, info) };
    const { decisions, pageInfo } = await this.knowledge.discovery.listDecisions(request, context.call());
    return toConnection({ rows: decisions, pageInfo }, page, toDecision);
  }

  @Requires('admin')
  @Mutation(() => SuggestionPayload, {
    nullable: true,
    description: 'Gives a pending suggestion a title that new runs leave.',
  })
  renameSuggestion(
    @Args() change: ChangeArgs,
    @Args('title', { description: 'The title.' }) title: string,
    @Args() { idempotencyKey }: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<SuggestionPayload> {
    const request = { ...change, title, idempotencyKey: given(idempotencyKey) };
    return payload('suggestion', async () =>
      toSuggestion(await this.knowledge.discovery.renameSuggestion(request, context.call())),
    );
  }

  @Requires('admin')
  @Mutation(() => SplitPayload, {
    nullable: true,
    description: 'Clusters the questions of a suggestion and offers the parts instead of it.',
  })
  async splitSuggestion(
    @Args() change: ChangeArgs,
    @Args('parts', { type: () => Int, description: 'Number of parts, 2 to 50.' }) parts: number,
    @Args() { idempotencyKey }: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<SplitPayload> {
    const request = { ...change, parts, idempotencyKey: given(idempotencyKey) };
    const { split, userErrors } = await payload('split', async () => {
      const answer = await this.knowledge.discovery.splitSuggestion(request, context.call(decisionDeadlineMs));
      return answer.suggestions.map(toSuggestion);
    });
    return { suggestion: split?.[0], parts: split?.slice(1), userErrors };
  }

  @Requires('admin')
  @Mutation(() => DecisionPayload, {
    nullable: true,
    description:
      'Takes a decision back: labels, topics and suggestions are as they were. Refused with CONFLICT if something later builds on it.',
  })
  undoDecision(
    @Args('id', { type: () => ID, nullable: true, description: 'The decision.' }) id: string | null | undefined,
    @Args('suggestionId', { type: () => ID, nullable: true, description: 'Or: the last one on this suggestion.' })
    suggestionId: string | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<DecisionPayload> {
    const request = { id: given(id), suggestionId: given(suggestionId) };
    return payload('decision', async () =>
      toDecision(await this.knowledge.discovery.undoDecision(request, context.call(decisionDeadlineMs))),
    );
  }

  @ResolveField(() => Suggestion, { nullable: true, description: 'What it was decided on.' })
  suggestion(
    @Parent() { suggestionId }: Decision,
    @Context() { loaders }: GatewayContext,
  ): Promise<Suggestion | undefined> {
    return loaders.suggestions.load(suggestionId);
  }

  @ResolveField(() => [Suggestion], { description: 'The suggestion merged into, or the parts.' })
  async otherSuggestions(
    @Parent() { otherSuggestionIds }: Decision,
    @Context() { loaders }: GatewayContext,
  ): Promise<Suggestion[]> {
    const found = await Promise.all(otherSuggestionIds.map((id) => loaders.suggestions.load(id)));
    return found.filter((suggestion) => suggestion !== undefined);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'The topic that was made or merged into, if it is there.' })
  topic(
    @Parent() { topicId }: Decision,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }
}
