import type { inferenceV1, knowledgeV1 } from '@cairn/contracts';

/** A row of `evaluation`. */
export interface EvaluationRecord {
  readonly id: string;
  readonly seq: number;
  readonly job_id: string;
  readonly figures: inferenceV1.Evaluation;
  readonly created_at: Date;
}

/** A row of `evaluation_change`. */
export interface ChangeRecord {
  readonly seq: number;
  readonly question_id: string;
  readonly text: string;
  readonly topic_id: string | null;
  readonly said_against: string | null;
  readonly said: string | null;
  readonly confidence_against: number;
  readonly confidence: number;
  readonly change: string;
}

/** A row as the contract's HeadEvaluation. */
export function evaluationToMessage(row: EvaluationRecord): knowledgeV1.HeadEvaluation {
  const { head, against, pValue, classes, confusion, ...counts } = row.figures;
  const { examples, strangers, leftOut, changed, fixed, broken } = counts;
  return {
    id: row.id,
    head: toVersion(head!),
    against: against == null ? undefined : toVersion(against),
    ...{ examples, strangers, leftOut, changed, fixed, broken },
    pValue: pValue ?? undefined,
    topics: classes.map(({ label, f1Against, takenFor, takenForCount, ...figures }) => ({
      ...{ topicId: label, ...figures, takenForTopicId: takenFor, takenForCount },
      f1Against: f1Against ?? undefined,
    })),
    confusion: confusion.map(({ label, said, count }) => ({ topicId: label, saidTopicId: said, count })),
    jobId: row.job_id,
    createdAtMs: row.created_at.getTime(),
  };
}

function toVersion(version: inferenceV1.VersionFigures): knowledgeV1.EvaluatedVersion {
  const { headId, accuracy, macroF1, ece, kept, answered, unknownRecall, unknownAuroc, leftOut } = version;
  return {
    ...{ headId, accuracy, macroF1, ece, kept, answered },
    unknownRecall: unknownRecall ?? undefined,
    unknownAuroc: unknownAuroc ?? undefined,
    unknownMethod: leftOut?.method ?? '',
    leftOutAuroc: leftOut?.auroc ?? 0,
    leftOutUnknownRecall: leftOut?.unknownRecall ?? 0,
    leftOutKnownRecall: leftOut?.knownRecall ?? 0,
  };
}

/** A row as the contract's EvaluationChange. */
export function changeToMessage(row: ChangeRecord): knowledgeV1.EvaluationChange {
  return {
    questionId: row.question_id,
    text: row.text,
    topicId: row.topic_id ?? '',
    saidAgainstTopicId: row.said_against ?? '',
    saidTopicId: row.said ?? '',
    confidenceAgainst: row.confidence_against,
    confidence: row.confidence,
    change: row.change,
  };
}
