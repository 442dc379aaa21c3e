import type { CallContext } from '@cairn/contracts';
import { untraced, type Logger } from '@cairn/service-kit';
import { acrossSpaces } from '../access/scope.js';
import type { Database, Sql } from '../persistence/database.js';
import { heartbeatSeconds, leaseSeconds } from './claim-job.js';
import { JobCancelled, JobLost } from './job-failure.js';
import type { JobKind, JobRecord, JobResults } from './job-record.js';
import { jobTransitions } from './job-state.js';
import type { RunningJob } from './job-handler.js';
import { maxLines, writeLog, type JobLogLevel, type UnwrittenLine } from './job-log.js';

/** Time between two writes of progress: five a second at most. */
const progressMs = 200;

interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/**
 * A worker's hold on the job it claimed: extends the lease, writes progress, learns of cancellation, ends the job.
 * Every write carries the fence of the claim; a write that finds the fence moved on throws JobLost and aborts
 * `signal`.
 */
export class JobLease implements RunningJob {
  readonly id: string;
  readonly context: CallContext;
  readonly earlier: JobResults[JobKind] | undefined;
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private latest: Progress | undefined;
  private written: Progress = { stage: '', done: 0, total: 0 };
  private writing: Promise<void> | undefined;
  private unwritten: UnwrittenLine[] = [];
  private lines = 0;
  private writtenAt = performance.now();
  private heldSeconds = leaseSeconds;

  constructor(
    private readonly database: Database,
    private readonly job: JobRecord,
    readonly logger: Logger,
  ) {
    this.id = job.id;
    this.earlier = job.result ?? undefined;
    this.context = {
      requestId: `job-${job.id}-${job.attempt}`,
      actor: job.created_by,
      role: 'admin',
      space: job.space_id,
    };
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Stops the work; `reason` says why (see job-failure.ts). */
  abort(reason: Error): void {
    if (!this.signal.aborted) this.controller.abort(reason);
  }

  /** Starts the heartbeat. It has its own timer: work that computes for long between two awaits is what kills it. */
  start(): void {
    this.timer = untraced(() => setInterval(() => this.beat(), progressMs));
  }

  /** Ends the heartbeat, after a write in flight; what is left of the log is stored. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
    // A log that cannot be stored changes nothing about the job.
    await this.writeLines().catch((error: unknown) =>
      this.logger.warn({ err: error, jobId: this.id }, 'lines of the job log were lost'),
    );
  }

  log(level: JobLogLevel, message: string): void {
    this.lines++;
    if (this.lines < maxLines) this.unwritten.push({ level, message });
    else if (this.lines === maxLines)
      this.unwritten.push({ level: 'warn', message: `More than ${maxLines} lines: the rest is left out.` });
  }

  /** A line about the job itself, whatever the number of lines. */
  tell(level: JobLogLevel, message: string): void {
    this.unwritten.push({ level, message });
  }

  progress(stage: string, done: number, total: number): void {
    this.latest = { stage, done, total };
  }

  async guard(sql: Sql, result?: JobResults[JobKind]): Promise<void> {
    const held = await sql.rows(
      `UPDATE job SET result = coalesce($3, result), failures = 0 WHERE id = $1 AND fence = $2 AND state = 'running' RETURNING 1`,
      [this.id, this.job.fence, result === undefined ? null : JSON.stringify(result)],
    );
    if (held.length === 0) throw this.lost();
  }

  async holdFor<T>(seconds: number, work: () => Promise<T>): Promise<T> {
    this.heldSeconds = leaseSeconds + seconds;
    // On PGlite one long statement stops every connection, so the jobs beside this one need the time too.
    await acrossSpaces(() =>
      this.database.rows(
        `UPDATE job SET lease_until = clock_timestamp() + make_interval(secs => $1)
         WHERE state = 'running' AND lease_until >= clock_timestamp() AND (id = $2 OR $3)`,
        [this.heldSeconds, this.id, this.database.kind === 'embedded'],
      ),
    );
    try {
      return await work();
    } finally {
      this.heldSeconds = leaseSeconds;
    }
  }

  /** running -> succeeded. */
  async succeed(result: JobResults[JobKind]): Promise<void> {
    const { stage, done, total } = this.latest ?? this.written;
    await this.write(
      `state = $3, result = $4, failures = 0, error = NULL, finished_at = clock_timestamp(), lease_until = NULL,
       stage = $5, done = $6, total = $7`,
      [jobTransitions.succeed.to, JSON.stringify(result), stage, done, total],
    );
  }

  /** running -> failed. @param dead a dead letter: trying again may help, which a mistake of the input does not */
  async fail(code: string, message: string, dead: boolean): Promise<void> {
    await this.write(
      `state = $3, error = $4, finished_at = clock_timestamp(), lease_until = NULL,
       dead_at = CASE WHEN $5 THEN clock_timestamp() END`,
      [jobTransitions.fail.to, JSON.stringify({ code, message }), dead],
    );
  }

  /** running -> cancelled. */
  async cancelled(): Promise<void> {
    await this.write('state = $3, finished_at = clock_timestamp(), lease_until = NULL', [jobTransitions.cancel.to]);
  }

  /** running -> queued, to be claimed again after some seconds; `failed` counts towards the last attempt. */
  async requeue(afterSeconds: number, failed: boolean): Promise<void> {
    await this.write(
      `state = $3, failures = failures + $4, lease_until = NULL, stage = 'waiting', done = 0, total = 0,
       run_after = clock_timestamp() + make_interval(secs => $5)`,
      [jobTransitions.requeue.to, failed ? 1 : 0, afterSeconds],
    );
  }

  private beat(): void {
    if (this.writing !== undefined || this.signal.aborted) return;
    if (this.unwritten.length > 0) {
      this.writing = this.writeLines()
        .catch((error: unknown) => this.logger.warn({ err: error, jobId: this.id }, 'the job log waits'))
        .finally(() => (this.writing = undefined));
      return;
    }
    const progress = this.latest;
    const changed = progress !== undefined && progress !== this.written;
    if (!changed && performance.now() - this.writtenAt < heartbeatSeconds * 1000) return;
    this.writing = (changed ? this.writeProgress(progress) : this.extend())
      .catch((error: unknown) => {
        // The database is away for a moment, or the job is lost: then `signal` says so.
        if (!(error instanceof JobLost)) this.logger.warn({ err: error, jobId: this.id }, 'heartbeat failed');
      })
      .finally(() => (this.writing = undefined));
  }

  private async writeLines(): Promise<void> {
    const lines = this.unwritten;
    if (lines.length === 0) return;
    this.unwritten = [];
    try {
      await writeLog(this.database, this.id, lines, this.job.fence);
    } catch (error) {
      this.unwritten = [...lines, ...this.unwritten];
      throw error;
    }
  }

  private async extend(): Promise<void> {
    await this.write('lease_until = clock_timestamp() + make_interval(secs => $3)', [this.heldSeconds], false);
  }

  private async writeProgress(progress: Progress): Promise<void> {
    await this.write(
      `lease_until = clock_timestamp() + make_interval(secs => $3), done = $5, total = $6, stage = $4,
       stage_started_at = CASE WHEN stage = $4 THEN stage_started_at ELSE clock_timestamp() END`,
      [this.heldSeconds, progress.stage, progress.done, progress.total],
    );
    this.written = progress;
  }

  private async write(set: string, parameters: readonly unknown[], visible = true): Promise<void> {
    const [row] = await this.database.rows<{ cancel_requested: boolean }>(
      `UPDATE job SET ${set} ${visible ? ', updated_at = clock_timestamp()' : ''}
       WHERE id = $1 AND fence = $2 AND state = 'running' RETURNING cancel_requested`,
      [this.id, this.job.fence, ...parameters],
    );
    if (row === undefined) throw this.lost();
    this.writtenAt = performance.now();
    if (row.cancel_requested) this.abort(new JobCancelled('The job was cancelled.'));
  }

  private lost(): JobLost {
    const lost = new JobLost(this.id);
    this.abort(lost);
    return lost;
  }
}
