import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { reload } from '../loaders/loaders.js';
import { toVote } from '../mapping/editing.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { Answer, AnswerConnection, AnswerPayload } from '../schema/answer.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Vote, VoteConnection, VoteInput } from '../schema/feedback.js';

@Resolver()
export class FeedbackResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('reader')
  @Mutation(() => AnswerPayload, {
    nullable: true,
    description: 'Says whether a published answer helped. One vote a voter: the last one counts.',
  })
  voteOnAnswer(
    @Args('answerId', { type: () => ID, description: 'The answer.' }) answerId: string,
    @Args('input', { description: 'The vote.' }) { helpful, comment, voter }: VoteInput,
    @Context() context: GatewayContext,
  ): Promise<AnswerPayload> {
    const request = { answerId, helpful: given(helpful), comment: given(comment), voter: given(voter) };
    return payload('answer', async () => {
      await this.knowledge.editing.voteOnAnswer(request, context.call());
      return reload(context.loaders.answers, answerId);
    });
  }

  @Requires('editor')
  @Query(() => VoteConnection, { nullable: true, description: 'What people thought of an answer, newest first.' })
  async votesOnAnswer(
    @Args('answerId', { type: () => ID, description: 'The answer.' }) answerId: string,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Vote>> {
    const request = { answerId, page: pageRequest(page, info) };
    const { votes, pageInfo } = await this.knowledge.editing.listVotes(request, context.call());
    return toConnection({ rows: votes, pageInfo }, page, toVote);
  }

  @Requires('reader')
  @Query(() => AnswerConnection, {
    nullable: true,
    description: 'Answers that so many found unhelpful that somebody should look at them, newest first.',
  })
  async flaggedAnswers(
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Answer>> {
    const request = { page: pageRequest(page, info) };
    const { answerIds, pageInfo } = await this.knowledge.editing.listFlaggedAnswers(request, context.call());
    const answers = await Promise.all(answerIds.map((id) => context.loaders.answers.load(id)));
    // What was purged since is gone from the page; its cursor goes with it.
    const kept = answers.flatMap((answer, index) =>
      answer ? [{ answer, cursor: pageInfo?.cursors[index] ?? '' }] : [],
    );
    const shown = pageInfo && { ...pageInfo, cursors: kept.map(({ cursor }) => cursor) };
    return toConnection({ rows: kept, pageInfo: shown }, page, ({ answer }) => answer);
  }
}
