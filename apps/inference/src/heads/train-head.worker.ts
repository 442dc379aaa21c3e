/** The thread of one training: seconds of arithmetic, and gone afterwards. */
import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../threads/to-failure.js';
import type { Failure } from '../threads/worker-messages.js';
import { RegressionEngine } from './regression-engine.js';
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
  /** Shared; not 0 when nobody waits any more. */
  readonly cancelled: Int32Array;
}

export type TrainingMessage =
  | { readonly type: 'progress'; readonly progress: TrainingProgress }
  | { readonly type: 'trained'; readonly trained: TrainedHead }
  | { readonly type: 'failed'; readonly failure: Failure };

const post = (message: TrainingMessage) => parentPort?.postMessage(message);
const { set, parameters, cancelled } = workerData as TrainingData;

const engine = new RegressionEngine(() => {
  if (Atomics.load(cancelled, 0) !== 0) throw new Error('The training was cancelled.');
});
void trainHead(set, parameters, (progress) => post({ type: 'progress', progress }), engine)
  .then(
    (trained) => post({ type: 'trained', trained }),
    (thrown: unknown) => post({ type: 'failed', failure: toFailure(thrown) }),
  )
  .finally(() => engine.close());
