import type { CallContext } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import type { Sql } from '../persistence/database.js';
import type { JobLogLevel } from './job-log.js';
import type { JobInputs, JobKind, JobResults } from './job-record.js';

/** What a handler knows of the job it runs. */
export interface RunningJob<K extends JobKind = JobKind> {
  readonly id: string;
  /** For calls to other services. */
  readonly context: CallContext;
  /** Aborted when the job is cancelled or lost, or the worker stops: pass it on and throw what it throws. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** What earlier attempts of this job have done, where they were stored with `guard`. */
  readonly earlier: JobResults[K] | undefined;
  /** Tells how far the work is: `done` of `total` steps of a stage (one word or two); `total` 0 while unknown. */
  progress(stage: string, done: number, total: number): void;
  /** Writes a line into the job's log, which people read: what happened to which of their data. At most 1,000. */
  log(level: JobLogLevel, message: string): void;
  /**
   * In the transaction of an effect: locks the job's row, so that the effect happens only while the job is ours.
   * @param result what is done with this effect, stored with it: the next attempt counts on from there
   * @throws JobLost
   */
  guard(sql: Sql, result?: JobResults[K]): Promise<void>;
  /** Runs `work` under a lease that is longer by some seconds: for one statement that may block every connection. */
  holdFor<T>(seconds: number, work: () => Promise<T>): Promise<T>;
}

/**
 * Does the work of one kind of job. May be started again at any point by another worker: effects must be idempotent.
 * Throws a DomainError for what the person who started the job should know.
 */
export interface JobHandler<K extends JobKind> {
  run(input: JobInputs[K], job: RunningJob<K>): Promise<JobResults[K]>;
}

export type JobHandlers = { readonly [K in JobKind]: JobHandler<K> };
