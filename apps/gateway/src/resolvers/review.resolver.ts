import type { KnowledgeClients } from '@cairn/contracts';
import {
  Args,
  Context,
  GraphQLISODateTime,
  ID,
  Info,
  Int,
  Mutation,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { pageSize, selects } from '../mapping/paging.js';
import { fromDecision, toAgreement, toAnnotation, toDecisionResult, toReviewItem } from '../mapping/review.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { Question } from '../schema/question.js';
import {
  Agreement,
  Annotation,
  ClaimReviewPayload,
  DecideReviewPayload,
  QuestionToLabel,
  ReviewClaimsPayload,
  ReviewDecisionInput,
  ReviewDecisionResult,
  ReviewItem,
  ReviewQueueResult,
} from '../schema/review.js';
import { Topic } from '../schema/topic.js';

/** Two hundred decisions are as many transactions. */
const decisionDeadlineMs = 60_000;

const firstArg = { type: () => Int, defaultValue: 20, description: 'Questions to return, 1 to 100.' };
const overlapArg = {
  type: () => Int,
  defaultValue: 1,
  description: 'People that are to label each question; it waits until so many have.',
};
const leaseArg = { type: () => Int, defaultValue: 300, description: 'How long they are held, 30 to 3,600 seconds.' };
const questionIdsArg = { type: () => [ID], description: 'The questions.' };

@Resolver()
export class ReviewResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('editor')
  @Query(() => ReviewQueueResult, {
    nullable: true,
    description: 'Uncertain and unknown questions that wait for a person, the most valuable first.',
  })
  async reviewQueue(
    @Args('first', firstArg) first: number,
    @Args('overlap', overlapArg) overlap: number,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ReviewQueueResult> {
    const request = { first: pageSize(first), overlap, withTotal: selects(info, 'totalCount') };
    const { items, total } = await this.knowledge.review.listReviewQueue(request, context.call());
    return { items: items.map(toReviewItem), totalCount: given(total) };
  }

  @Requires('editor')
  @Mutation(() => ClaimReviewPayload, {
    nullable: true,
    description: 'Gives the caller the most valuable questions that nobody holds, for a while.',
  })
  claimReview(
    @Args('first', firstArg) first: number,
    @Args('overlap', overlapArg) overlap: number,
    @Args('leaseSeconds', leaseArg) leaseSeconds: number,
    @Context() context: GatewayContext,
  ): Promise<ClaimReviewPayload> {
    return payload('items', async () => {
      const request = { first: pageSize(first), overlap, leaseSeconds };
      return (await this.knowledge.review.claimReview(request, context.call())).items.map(toReviewItem);
    });
  }

  @Requires('editor')
  @Mutation(() => ReviewClaimsPayload, { nullable: true, description: 'Holds questions for longer.' })
  renewReviewClaims(
    @Args('questionIds', questionIdsArg) questionIds: string[],
    @Args('leaseSeconds', leaseArg) leaseSeconds: number,
    @Context() context: GatewayContext,
  ): Promise<ReviewClaimsPayload> {
    return payload(
      'questionIds',
      async () => (await this.knowledge.review.renewClaims({ questionIds, leaseSeconds }, context.call())).questionIds,
    );
  }

  @Requires('editor')
  @Mutation(() => ReviewClaimsPayload, {
    nullable: true,
    description: 'Gives questions back, so that others can look at them; all that the caller holds if none is named.',
  })
  releaseReviewClaims(
    @Args('questionIds', { ...questionIdsArg, nullable: true }) questionIds: string[] | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<ReviewClaimsPayload> {
    const request = { questionIds: given(questionIds) };
    return payload(
      'questionIds',
      async () => (await this.knowledge.review.releaseClaims(request, context.call())).questionIds,
    );
  }

  @Requires('editor')
  @Mutation(() => DecideReviewPayload, {
    nullable: true,
    description: 'Decides about up to 200 questions. Each decision is made or refused by itself.',
  })
  decideReview(
    @Args('decisions', { type: () => [ReviewDecisionInput], description: 'The decisions.' })
    decisions: ReviewDecisionInput[],
    @Context() context: GatewayContext,
  ): Promise<DecideReviewPayload> {
    const request = { decisions: decisions.map(fromDecision) };
    return payload('results', async () => {
      const { results } = await this.knowledge.review.decideReview(request, context.call(decisionDeadlineMs));
      return results.map(toDecisionResult);
    });
  }

  @Requires('editor')
  @Query(() => [Annotation], { nullable: true, description: 'What people said of a question, oldest first.' })
  async annotations(
    @Args('questionId', { type: () => ID, description: 'The question.' }) questionId: string,
    @Context() context: GatewayContext,
  ): Promise<Annotation[]> {
    const { annotations } = await this.knowledge.review.listAnnotations({ questionId }, context.call());
    return annotations.map(toAnnotation);
  }

  @Requires('editor')
  @Query(() => Agreement, {
    nullable: true,
    description: 'How far people agree where several labelled the same question.',
  })
  async agreement(
    @Args('since', {
      type: () => GraphQLISODateTime,
      nullable: true,
      description: 'Labels given since then; all if absent.',
    })
    since: Date | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<Agreement> {
    return toAgreement(await this.knowledge.review.getAgreement({ sinceMs: since?.getTime() ?? 0 }, context.call()));
  }

  @Requires('editor')
  @Query(() => [QuestionToLabel], {
    nullable: true,
    description: 'The questions whose labels would help most: uncertain, and unlike each other and what is labelled.',
  })
  async whichToLabel(
    @Args('first', { type: () => Int, defaultValue: 20, description: 'Questions to choose, 1 to 100.' }) first: number,
    @Context() context: GatewayContext,
  ): Promise<QuestionToLabel[]> {
    return (await this.knowledge.review.chooseToLabel({ count: pageSize(first) }, context.call())).questions;
  }
}

@Resolver(() => ReviewItem)
export class ReviewItemResolver {
  @ResolveField(() => Question, { nullable: true, description: 'The question.' })
  question(@Parent() item: ReviewItem, @Context() { loaders }: GatewayContext): Promise<Question | undefined> {
    return loaders.questions.load(item.questionId);
  }
}

@Resolver(() => ReviewDecisionResult)
export class ReviewDecisionResultResolver {
  @ResolveField(() => Question, { nullable: true, description: 'The question as it is now.' })
  question(
    @Parent() result: ReviewDecisionResult,
    @Context() { loaders }: GatewayContext,
  ): Promise<Question | undefined> {
    return loaders.questions.load(result.questionId);
  }
}

@Resolver(() => QuestionToLabel)
export class QuestionToLabelResolver {
  @ResolveField(() => Question, { nullable: true, description: 'The question.' })
  question(@Parent() chosen: QuestionToLabel, @Context() { loaders }: GatewayContext): Promise<Question | undefined> {
    return loaders.questions.load(chosen.questionId);
  }
}

@Resolver(() => Annotation)
export class AnnotationResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'With TOPIC: which one.' })
  topic(
    @Parent() { topicId }: Annotation,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }
}

@Resolver(() => Agreement)
export class AgreementResolver {
  @ResolveField(() => [Question], { description: 'Questions about which people differ, the newest labels first.' })
  async disputed(@Parent() agreement: Agreement, @Context() { loaders }: GatewayContext): Promise<Question[]> {
    const questions = await Promise.all(agreement.disputedQuestionIds.map((id) => loaders.questions.load(id)));
    return questions.filter((question) => question !== undefined);
  }
}
