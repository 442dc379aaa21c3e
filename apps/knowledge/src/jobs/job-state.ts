/**
 * The life of a job. The table below is the only place that knows which change is allowed: the SQL in job-store.ts
 * and claim-job.ts takes its conditions from it.
 */
export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

export interface Transition {
  readonly from: readonly JobState[];
  readonly to: JobState;
}

export const jobTransitions = {
  /** A worker takes it. */
  claim: { from: ['queued'], to: 'running' },
  /** Its worker died (the lease ran out), stops, or could not reach a service: another attempt follows. */
  requeue: { from: ['running'], to: 'queued' },
  succeed: { from: ['running'], to: 'succeeded' },
  fail: { from: ['running'], to: 'failed' },
  /** At once while it waits, at the worker's next step while it runs. */
  cancel: { from: ['queued', 'running'], to: 'cancelled' },
  /** A person wants a failed or cancelled job to run again. */
  retry: { from: ['failed', 'cancelled'], to: 'queued' },
} as const satisfies Record<string, Transition>;

/** Whether a job in this state will not change any more by itself. */
export function hasEnded(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
