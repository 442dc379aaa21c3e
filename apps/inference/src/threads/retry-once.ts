import { DomainError } from '@cairn/contracts';
import { WorkerCrash } from './restarting-worker.js';

/** What the caller is told when the same work killed a thread twice, or the thread cannot be started again. */
export function workerUnavailable(): DomainError {
  return new DomainError('UNAVAILABLE', 'A worker of the inference service ended unexpectedly; try again in a moment.');
}

/** Tries again once if the thread died with the work in hand. */
export async function retryOnce<R>(attempt: () => Promise<R>): Promise<R> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof WorkerCrash)) throw error;
  }
  try {
    return await attempt();
  } catch (error) {
    throw error instanceof WorkerCrash ? workerUnavailable() : error;
  }
}
