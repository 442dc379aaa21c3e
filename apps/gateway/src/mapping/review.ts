import { knowledgeV1 } from '@cairn/contracts';
import {
  ReviewVerdict,
  type Agreement,
  type Annotation,
  type ReviewDecisionInput,
  type ReviewDecisionResult,
  type ReviewItem,
} from '../schema/review.js';
import { UserErrorCode } from '../schema/user-error.js';
import { dateOrAbsent, enumTable, given, numberOrAbsent, textOrAbsent } from './values.js';

const verdict = enumTable<ReviewVerdict, knowledgeV1.ReviewVerdict>({
  [ReviewVerdict.TOPIC]: knowledgeV1.ReviewVerdict.REVIEW_VERDICT_TOPIC,
  [ReviewVerdict.NONE]: knowledgeV1.ReviewVerdict.REVIEW_VERDICT_NONE,
  [ReviewVerdict.SKIP]: knowledgeV1.ReviewVerdict.REVIEW_VERDICT_SKIP,
  [ReviewVerdict.ARCHIVE]: knowledgeV1.ReviewVerdict.REVIEW_VERDICT_ARCHIVE,
});

export const toReviewItem = (item: knowledgeV1.ReviewItem): ReviewItem => ({
  ...item,
  claimedBy: textOrAbsent(item.claimedBy),
  leaseUntil: dateOrAbsent(item.leaseUntilMs),
});

export const fromDecision = (decision: ReviewDecisionInput) => ({
  ...decision,
  verdict: verdict.toProto(decision.verdict),
  topicId: given(decision.topicId),
});

export const toDecisionResult = (result: knowledgeV1.ReviewDecisionResult): ReviewDecisionResult => ({
  questionId: result.questionId,
  version: numberOrAbsent(result.version),
  code: Object.values(UserErrorCode).find((code) => code === result.code),
  field: textOrAbsent(result.field),
  message: textOrAbsent(result.message),
  currentVersion: numberOrAbsent(result.currentVersion),
});

export const toAnnotation = (annotation: knowledgeV1.Annotation): Annotation => ({
  annotator: annotation.annotator,
  verdict: verdict.fromProto(annotation.verdict),
  topicId: textOrAbsent(annotation.topicId),
  createdAt: new Date(annotation.createdAtMs),
});

export const toAgreement = (agreement: knowledgeV1.Agreement): Agreement => ({
  ...agreement,
  krippendorffAlpha: given(agreement.krippendorffAlpha),
});
