import { knowledgeV1 } from '@cairn/contracts';
import { HeadState, type Head } from '../schema/head.js';
import { dateOrAbsent, enumTable, textOrAbsent } from './values.js';

export const headState = enumTable<HeadState, knowledgeV1.HeadState>({
  [HeadState.CANDIDATE]: knowledgeV1.HeadState.HEAD_STATE_CANDIDATE,
  [HeadState.IN_USE]: knowledgeV1.HeadState.HEAD_STATE_IN_USE,
  [HeadState.RETIRED]: knowledgeV1.HeadState.HEAD_STATE_RETIRED,
});

export const toHead = (head: knowledgeV1.TrainedHead): Head => ({
  id: head.id,
  state: headState.fromProto(head.state),
  encoderId: head.encoderId,
  encoderRevision: head.encoderRevision,
  trainExamples: head.trainExamples,
  heldOutExamples: head.heldOutExamples,
  accuracy: head.accuracy,
  macroF1: head.macroF1,
  eceBefore: head.eceBefore,
  eceAfter: head.eceAfter,
  unknownDetector: {
    method: head.unknownMethod,
    threshold: head.unknownThreshold,
    auroc: head.unknownAuroc,
    unknownRecall: head.unknownRecall,
    knownRecall: head.knownRecall,
  },
  topicFigures: head.topics,
  parentId: textOrAbsent(head.parentId),
  jobId: textOrAbsent(head.jobId),
  seed: head.seed,
  parameters: head.parameters ?? { l2: 0, classWeights: false, heldOut: 0, maxIterations: 0 },
  dataHash: textOrAbsent(head.dataHash),
  createdAt: new Date(head.createdAtMs),
  promotedAt: dateOrAbsent(head.promotedAtMs),
});
