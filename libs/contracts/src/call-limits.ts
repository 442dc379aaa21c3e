/**
 * Until when somebody waits for what runs now. It follows the work as asynchronous context: calls to other services get
 * what is left of the time, and end when nobody waits any more; so do statements (knowledge's Database).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { DomainError } from './domain-error.js';

export interface CallLimits {
  /** Aborted when the caller has left or its time is over. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch; Infinity: none. */
  readonly deadline: number;
}

const limits = new AsyncLocalStorage<CallLimits | undefined>();

/** Undefined: nobody waits, as for the work of a job. */
export function currentLimits(): CallLimits | undefined {
  return limits.getStore();
}

export function withinLimits<T>(given: CallLimits, work: () => T): T {
  return limits.run(given, work);
}

/** Runs `work` without its caller's limits: what others wait for too, and changes that must not stop half-way. */
export function beyondLimits<T>(work: () => T): T {
  return limits.run(undefined, work);
}

/** What is left of the time, in milliseconds; Infinity: no limit. */
export function timeLeft(given: CallLimits | undefined = currentLimits()): number {
  return given === undefined ? Infinity : given.deadline - Date.now();
}

/** Why nobody waits any more: DEADLINE_EXCEEDED, CANCELLED; undefined: somebody does. */
export function overOf(given: CallLimits | undefined = currentLimits()): DomainError | undefined {
  if (given === undefined) return undefined;
  if (timeLeft(given) <= 0) return new DomainError('DEADLINE_EXCEEDED', 'The time for this call is over.');
  return given.signal.aborted ? new DomainError('CANCELLED', 'The call was cancelled.') : undefined;
}
