/** The thread of one training: seconds of arithmetic, and gone afterwards. */
import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../threads/to-failure.js';
import type { Failure } from '../threads/worker-messages.js';
import {
  trainHead,
  type TrainedHead,
  type TrainingParameters,
  type TrainingProgress,
  type TrainingSet,
} from './train-head.js';

export interface TrainingData {
  readonly set: TrainingSet;
  readonly parameters: TrainingParameters;
}

export type TrainingMessage =
  | { readonly type: 'progress'; readonly progress: TrainingProgress }
  | { readonly type: 'trained'; readonly trained: TrainedHead }
  | { readonly type: 'failed'; readonly failure: Failure };

const post = (message: TrainingMessage) => parentPort?.postMessage(message);

try {
  const { set, parameters } = workerData as TrainingData;
  post({ type: 'trained', trained: trainHead(set, parameters, (progress) => post({ type: 'progress', progress })) });
} catch (thrown) {
  post({ type: 'failed', failure: toFailure(thrown) });
}
