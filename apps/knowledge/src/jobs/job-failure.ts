import { DomainError } from '@cairn/contracts';
import { isConnectionLoss } from '../persistence/database.js';

/** The job is no longer this worker's: its lease ran out and another worker took it. Nothing more may be written. */
export class JobLost extends Error {
  override name = 'JobLost';
  constructor(jobId: string) {
    super(`Job ${jobId} belongs to another worker now.`);
  }
}

/** Somebody asked for the job to end. */
export class JobCancelled extends Error {
  override name = 'JobCancelled';
}

/** The worker stops; another one will go on. */
export class WorkerStopping extends Error {
  override name = 'WorkerStopping';
}

/**
 * Attempts in a row that may fail because something could not be reached, or because the worker died. A stored effect
 * begins a new row: a long job that gets on is not given up.
 */
export const maxFailures = 8;

/** So that a job goes on soon after what it needs is back. */
const longestBackoffSeconds = 15;

/** Seconds to wait before the attempt that follows the n-th failure in a row: 2, 4, 8, then 15 each time. */
export function backoffSeconds(failures: number): number {
  return Math.min(longestBackoffSeconds, 2 ** failures);
}

const transientCodes = new Set(['UNAVAILABLE', 'OVERLOADED', 'DEADLINE_EXCEEDED', 'CANCELLED']);

/** Whether a failure may be gone in a moment: a service or the database could not be reached, or was overloaded. */
export function isTransient(thrown: unknown): boolean {
  return thrown instanceof DomainError ? transientCodes.has(thrown.code) : isConnectionLoss(thrown);
}

export type Ending =
  | { readonly kind: 'lost' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'again'; readonly afterSeconds: number; readonly message: string }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly message: string;
      /** A fault of ours, which the log has to tell. */
      readonly unexpected: boolean;
      /** A dead letter: it may succeed when whatever was in its way is gone. */
      readonly dead: boolean;
    };

/**
 * What becomes of a job whose handler threw.
 * @param thrown what the handler threw
 * @param reason why the job's signal was aborted, if it was: it explains whatever was thrown after it
 * @param failures failures in a row before this one
 * @param requestId what the log names an unexpected failure by
 */
export function endingOf(thrown: unknown, reason: unknown, failures: number, requestId: string): Ending {
  for (const cause of [reason, thrown]) {
    if (cause instanceof JobLost) return { kind: 'lost' };
    if (cause instanceof JobCancelled) return { kind: 'cancelled' };
    if (cause instanceof WorkerStopping) return { kind: 'stopping' };
  }
  if (isTransient(thrown)) {
    const { code, message } =
      thrown instanceof DomainError
        ? thrown
        : { code: 'UNAVAILABLE', message: 'The database could not be reached; try again in a moment.' };
    const failure = failures + 1;
    if (failure < maxFailures) return { kind: 'again', afterSeconds: backoffSeconds(failure), message };
    const said = `${message} Tried ${maxFailures} times.`;
    return { kind: 'failed', code, message: said, unexpected: false, dead: true };
  }
  if (thrown instanceof DomainError && thrown.code !== 'INTERNAL')
    return { kind: 'failed', code: thrown.code, message: thrown.message, unexpected: false, dead: false };
  const message = `Something went wrong on our side (request ${requestId}).`;
  return { kind: 'failed', code: 'INTERNAL', message, unexpected: true, dead: true };
}
