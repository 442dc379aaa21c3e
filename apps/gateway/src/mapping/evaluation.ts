import { knowledgeV1 } from '@cairn/contracts';
import {
  EvaluationChangeKind,
  PromotionCause,
  type EvaluatedHead,
  type Evaluation,
  type EvaluationChange,
  type Promotion,
} from '../schema/evaluation.js';
import { enumTable, given, textOrAbsent } from './values.js';

export const changeKind = enumTable<EvaluationChangeKind, string>({
  [EvaluationChangeKind.FIXED]: 'fixed',
  [EvaluationChangeKind.BROKEN]: 'broken',
  [EvaluationChangeKind.OTHERWISE_WRONG]: 'otherwise wrong',
});

const cause = enumTable<PromotionCause, knowledgeV1.PromotionCause>({
  [PromotionCause.PERSON]: knowledgeV1.PromotionCause.PROMOTION_CAUSE_PERSON,
  [PromotionCause.TRAINING]: knowledgeV1.PromotionCause.PROMOTION_CAUSE_TRAINING,
  [PromotionCause.RULE]: knowledgeV1.PromotionCause.PROMOTION_CAUSE_RULE,
  [PromotionCause.ROLLBACK]: knowledgeV1.PromotionCause.PROMOTION_CAUSE_ROLLBACK,
});

const toFigures = (version: knowledgeV1.EvaluatedVersion): EvaluatedHead => ({
  ...version,
  unknownRecall: given(version.unknownRecall),
  unknownAuroc: given(version.unknownAuroc),
});

export function toEvaluation(from: knowledgeV1.HeadEvaluation): Evaluation {
  const { head, against, topics, confusion, pValue, createdAtMs, ...rest } = from;
  if (head == null) throw new Error(`The evaluation ${from.id} is of no head.`);
  return {
    ...rest,
    figures: toFigures(head),
    figuresAgainst: against == null ? undefined : toFigures(against),
    pValue: given(pValue),
    topics: topics.map(({ f1Against, takenForTopicId, ...topic }) => ({
      ...topic,
      f1Against: given(f1Against),
      takenForTopicId: textOrAbsent(takenForTopicId),
    })),
    confusion: confusion.map(({ saidTopicId, ...cell }) => ({ ...cell, saidTopicId: textOrAbsent(saidTopicId) })),
    createdAt: new Date(createdAtMs),
  };
}

export const toEvaluationChange = (from: knowledgeV1.EvaluationChange): EvaluationChange => ({
  ...from,
  topicId: textOrAbsent(from.topicId),
  saidTopicId: textOrAbsent(from.saidTopicId),
  saidAgainstTopicId: textOrAbsent(from.saidAgainstTopicId),
  change: changeKind.fromProto(from.change),
});

export const toPromotion = (from: knowledgeV1.Promotion): Promotion => ({
  id: from.id,
  headId: from.headId,
  previousHeadId: textOrAbsent(from.previousHeadId),
  evaluationId: textOrAbsent(from.evaluationId),
  cause:
    from.cause === knowledgeV1.PromotionCause.PROMOTION_CAUSE_UNSPECIFIED ? undefined : cause.fromProto(from.cause),
  reason: from.reason,
  actor: textOrAbsent(from.actor),
  createdAt: new Date(from.createdAtMs),
});
