import type { Logger } from '@cairn/service-kit';
import type { vectorsV1 } from '@cairn/contracts';
import type { Admission } from './admission.js';
import { receiveVectors } from './receive-vectors.js';
import type { WorkerPool } from './workers/worker-pool.js';

/** What calls that work on vectors share. */
export interface VectorCallSettings {
  readonly pool: WorkerPool;
  readonly admission: Admission;
  readonly maxBytes: number;
  readonly logger: Logger;
}

/** How many times the receiving of vectors is reported: a client that sends first and reads later is not held up. */
const receiveReports = 20;

export type TellStage = (stage: string, done: number, total: number) => void;

/**
 * Waits for a place, reads the vectors, works on them. Vectors are read only once there is room for them, so that a waiting
 * client is held back by the stream, not by our memory. Progress is sent in order, and before what `work` sends once it has
 * awaited `told`.
 */
export async function withVectors(
  messages: AsyncIterator<{ vectors?: vectorsV1.Vectors | null }>,
  { count, dimension }: { readonly count: number; readonly dimension: number },
  { admission }: VectorCallSettings,
  signal: AbortSignal,
  sendProgress: (stage: string, done: number, total: number) => Promise<void>,
  work: (values: Float32Array, tell: TellStage, told: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const leave = await admission.enter(signal);
  try {
    let reported = 0;
    const values = await receiveVectors(messages, count, dimension, async (done) => {
      if (done < count && (done - reported) * receiveReports < count) return;
      reported = done;
      await sendProgress('receive', done, count);
    });
    let sending = Promise.resolve();
    const tell: TellStage = (stage, done, total) => {
      sending = sending.then(() => sendProgress(stage, done, total));
      // An aborted call ends by its signal; the messages it can no longer send are no news.
      sending.catch(() => {});
    };
    await work(values, tell, () => sending);
  } finally {
    leave();
  }
}

/** Ranges of at most `size` that cover 0 to `count`. */
export function* pagesOf(count: number, size: number): Generator<{ offset: number; end: number }> {
  for (let offset = 0; offset < count; offset += size) yield { offset, end: Math.min(count, offset + size) };
}
