import { parentPort, workerData, type Transferable } from 'node:worker_threads';
import { toFailure } from './to-failure.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** An answer, and the buffers in it that move to the main thread instead of being copied. */
export interface Answer<R> {
  readonly answer: R;
  readonly transfer?: Transferable[];
}

/**
 * The worker's side of a RestartingWorker: starts once, then answers requests one after the other.
 * @param start gets the worker's data; returns what the main thread wants to know and the handler
 */
export async function serveRequests<D, Q, R, I>(
  start: (data: D) => Promise<{ info: I; handle: (request: Q) => Promise<Answer<R>> | Answer<R> }>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('This file runs as a worker thread.');
  const post = (message: FromWorker<R, I>, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  try {
    const { info, handle } = await start(workerData as D);
    let last = Promise.resolve();
    port.on('message', ({ id, request }: ToWorker<Q>) => {
      last = last.then(async () => {
        try {
          const { answer, transfer } = await handle(request);
          post({ type: 'answer', id, answer }, transfer);
        } catch (thrown) {
          post({ type: 'refusal', id, failure: toFailure(thrown) });
        }
      });
    });
    post({ type: 'ready', info });
  } catch (thrown) {
    post({ type: 'failed', failure: toFailure(thrown) });
  }
}
