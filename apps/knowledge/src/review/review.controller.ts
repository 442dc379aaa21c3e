import { DomainError, knowledgeV1 } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { callerOf } from '../access/caller.js';
import { Database } from '../persistence/database.js';
import { checkedBatch } from '../questions/checked-text.js';
import { listAnnotations, readAgreement } from './agreement.js';
import { chooseToLabel } from './choose-to-label.js';
import { decideReview, type DecisionResult, type ReviewVerdict } from './decide-review.js';
import { claimReview, listReviewQueue, releaseClaims, renewClaims, type ReviewItem } from './review-queue.js';

const { ReviewVerdict: Verdict } = knowledgeV1;
const verdictMessages: Record<ReviewVerdict, knowledgeV1.ReviewVerdict> = {
  topic: Verdict.REVIEW_VERDICT_TOPIC,
  none: Verdict.REVIEW_VERDICT_NONE,
  skip: Verdict.REVIEW_VERDICT_SKIP,
  archive: Verdict.REVIEW_VERDICT_ARCHIVE,
};

/** What people decide about questions that no model is sure of. */
@Controller()
@knowledgeV1.ReviewServiceControllerMethods()
export class ReviewController implements knowledgeV1.ReviewServiceController {
  constructor(private readonly database: Database) {}

  async listReviewQueue(
    request: knowledgeV1.ListReviewQueueRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ReviewQueue> {
    const { items, total } = await listReviewQueue(this.database, callerOf(metadata), request);
    return { items: items.map(itemMessage), total };
  }

  async claimReview(request: knowledgeV1.ClaimReviewRequest, metadata?: Metadata): Promise<knowledgeV1.ReviewQueue> {
    return { items: (await claimReview(this.database, callerOf(metadata), request)).map(itemMessage) };
  }

  async renewClaims(request: knowledgeV1.RenewClaimsRequest, metadata?: Metadata): Promise<knowledgeV1.ClaimedIds> {
    const ids = checkedBatch(request.questionIds, 'questionIds');
    return { questionIds: await renewClaims(this.database, callerOf(metadata), ids, request.leaseSeconds) };
  }

  async releaseClaims(request: knowledgeV1.ReleaseClaimsRequest, metadata?: Metadata): Promise<knowledgeV1.ClaimedIds> {
    const ids = checkedBatch(request.questionIds, 'questionIds');
    return { questionIds: await releaseClaims(this.database, callerOf(metadata), ids) };
  }

  async decideReview(
    { decisions }: knowledgeV1.DecideReviewRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.DecideReviewResponse> {
    const given = decisions.map((decision, index) => ({ ...decision, verdict: givenVerdict(decision.verdict, index) }));
    return { results: (await decideReview(this.database, callerOf(metadata), given)).map(resultMessage) };
  }

  async listAnnotations(
    { questionId }: knowledgeV1.ListAnnotationsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.AnnotationList> {
    const annotations = await listAnnotations(this.database, callerOf(metadata), questionId);
    return {
      annotations: annotations.map(({ annotator, verdict, topicId, createdAt }) => ({
        annotator,
        verdict: verdictMessages[verdict],
        topicId: topicId ?? '',
        createdAtMs: createdAt.getTime(),
      })),
    };
  }

  async getAgreement(
    { sinceMs }: knowledgeV1.GetAgreementRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.Agreement> {
    const { pairs, disputedQuestionIds, ...agreement } = await readAgreement(
      this.database,
      callerOf(metadata),
      sinceMs,
    );
    return { ...agreement, pairs: [...pairs], disputedQuestionIds: [...disputedQuestionIds] };
  }

  async chooseToLabel(
    { count }: knowledgeV1.ChooseToLabelRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ChosenQuestions> {
    return { questions: await chooseToLabel(this.database, callerOf(metadata), count) };
  }
}

function givenVerdict(message: knowledgeV1.ReviewVerdict, index: number): ReviewVerdict {
  const verdict = (Object.keys(verdictMessages) as ReviewVerdict[]).find((name) => verdictMessages[name] === message);
  if (verdict === undefined)
    throw DomainError.invalid(`decisions.${index}.verdict`, 'Say what is decided: topic, none, skip or archive.');
  return verdict;
}

function itemMessage(item: ReviewItem): knowledgeV1.ReviewItem {
  return {
    ...item,
    value: Number(item.value),
    uncertainty: Number(item.uncertainty),
    claimedBy: item.claimedBy ?? '',
    leaseUntilMs: item.leaseUntil?.getTime() ?? 0,
  };
}

function resultMessage(result: DecisionResult): knowledgeV1.ReviewDecisionResult {
  if ('error' in result) {
    const { code, message, details } = result.error;
    const { field = '', currentVersion = 0 } = details;
    return { questionId: result.questionId, version: 0, code, field, message, currentVersion };
  }
  return { ...result, code: '', field: '', message: '', currentVersion: 0 };
}
