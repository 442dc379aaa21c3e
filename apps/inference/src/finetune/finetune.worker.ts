/** The thread of one fine-tuning. ONNX Runtime blocks it, so it is told of a cancellation through shared memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../threads/to-failure.js';
import type { Failure } from '../threads/worker-messages.js';
import { runFineTuning, type FineTuning, type FineTuningJob, type FineTuningProgress } from './fine-tuning.js';
import { TrainingCancelled } from './trainer.js';

export interface FineTuningData {
  readonly job: FineTuningJob;
  /** `[1]`, shared: not 0 once the training is to stop. */
  readonly cancelled: Int32Array;
}

export type FineTuningMessage =
  | { readonly type: 'progress'; readonly progress: FineTuningProgress }
  | { readonly type: 'done'; readonly fineTuning: FineTuning }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly failure: Failure };

const post = (message: FineTuningMessage) => parentPort?.postMessage(message);

async function main({ job, cancelled }: FineTuningData): Promise<void> {
  try {
    const report = (progress: FineTuningProgress) => post({ type: 'progress', progress });
    const fineTuning = await runFineTuning(job, report, () => Atomics.load(cancelled, 0) !== 0);
    post({ type: 'done', fineTuning });
  } catch (thrown) {
    post(thrown instanceof TrainingCancelled ? { type: 'cancelled' } : { type: 'failed', failure: toFailure(thrown) });
  }
}

void main(workerData as FineTuningData);
