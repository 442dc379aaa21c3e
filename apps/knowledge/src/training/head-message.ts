import { knowledgeV1 } from '@cairn/contracts';
import type { HeadRecord } from './head-in-use.js';

export interface HeadWithEncoder extends HeadRecord {
  readonly encoder_id: string;
  readonly encoder_revision: string;
}

const states: Record<HeadRecord['state'], knowledgeV1.HeadState> = {
  candidate: knowledgeV1.HeadState.HEAD_STATE_CANDIDATE,
  in_use: knowledgeV1.HeadState.HEAD_STATE_IN_USE,
  retired: knowledgeV1.HeadState.HEAD_STATE_RETIRED,
};

/** A row as the contract's TrainedHead. */
export function headToMessage(row: HeadWithEncoder): knowledgeV1.TrainedHead {
  const { figures, unknown, parameters, dataHash = '' } = row.figures;
  return {
    id: row.id,
    state: states[row.state],
    encoderId: row.encoder_id,
    encoderRevision: row.encoder_revision,
    trainExamples: figures?.trainExamples ?? 0,
    heldOutExamples: figures?.heldOutExamples ?? 0,
    accuracy: figures?.accuracy ?? 0,
    macroF1: figures?.macroF1 ?? 0,
    eceBefore: figures?.eceBefore ?? 0,
    eceAfter: figures?.eceAfter ?? 0,
    unknownMethod: unknown?.method ?? '',
    unknownThreshold: unknown?.threshold ?? 0,
    unknownAuroc: unknown?.auroc ?? 0,
    unknownRecall: unknown?.unknownRecall ?? 0,
    knownRecall: unknown?.knownRecall ?? 0,
    topics: (figures?.classes ?? []).map(({ label: topicId, ...topic }) => ({ topicId, ...topic })),
    parentId: row.parent_id ?? '',
    jobId: row.job_id ?? '',
    seed: row.seed,
    createdAtMs: row.created_at.getTime(),
    promotedAtMs: row.promoted_at?.getTime() ?? 0,
    dataHash,
    parameters: {
      l2: parameters?.l2 ?? 0,
      classWeights: parameters?.classWeights ?? false,
      heldOut: parameters?.heldOut ?? 0,
      maxIterations: parameters?.maxIterations ?? 0,
    },
  };
}
