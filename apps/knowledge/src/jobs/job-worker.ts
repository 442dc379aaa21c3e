import { failSpan, traced, traceOf, type Logger } from '@cairn/service-kit';
import { SpanKind, trace } from '@opentelemetry/api';
import { acrossSpaces, inScope } from '../access/scope.js';
import type { Database } from '../persistence/database.js';
import { claimJob, type JobPlaces } from './claim-job.js';
import { endingOf, JobLost, WorkerStopping, type Ending } from './job-failure.js';
import type { JobHandler, JobHandlers } from './job-handler.js';
import { JobLease } from './job-lease.js';
import type { JobKind, JobRecord } from './job-record.js';
import type { JobQueue } from './queue.js';
import { sendWaitingJobs, sweepJobs, sweepSeconds } from './sweep-jobs.js';

export interface JobWorkerOptions {
  readonly places: JobPlaces;
}

/**
 * Takes jobs from the queue and runs them: claim, heartbeat, handler, ending. Jobs of different kinds run beside each
 * other; of one kind as many as have a place, the most urgent first, then the oldest.
 */
export class JobWorker {
  private readonly running = new Map<string, { lease: JobLease; ended: Promise<void> }>();
  private sweeper: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly queue: JobQueue,
    private readonly handlers: JobHandlers,
    private readonly logger: Logger,
    private readonly options: JobWorkerOptions = { places: {} },
  ) {}

  async start(): Promise<void> {
    const sweep = () =>
      acrossSpaces(() =>
        sweepJobs(this.database, this.queue, this.options.places, [...this.running.keys()], this.logger),
      );
    await sweep();
    this.sweeper = setInterval(() => void sweep(), sweepSeconds * 1000);
    await this.queue.receive((jobId) => this.take(jobId));
  }

  /** Takes no more jobs and hands those that run to another worker. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.sweeper);
    for (const { lease } of this.running.values()) lease.abort(new WorkerStopping('The worker stops.'));
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
    await this.queue.close();
  }

  private async take(told: string): Promise<void> {
    if (this.stopping) return;
    const job = await acrossSpaces(() => claimJob(this.database, told, this.options.places));
    if (job === undefined) return;
    // From here on the job sees its own space only.
    const scope = { space: job.space_id, actor: job.created_by, operation: job.kind };
    inScope(scope, () => this.hold(job));
  }

  private hold(job: JobRecord): void {
    const jobId = job.id;
    const lease = new JobLease(this.database, job, this.logger);
    const span = {
      kind: SpanKind.CONSUMER,
      attributes: { 'cairn.job.id': jobId, 'cairn.job.kind': job.kind, 'cairn.job.attempt': job.attempt },
      parent: traceOf(job.trace_parent),
    };
    const ended = traced(`job ${job.kind}`, span, () => this.run(job, lease))
      .catch((error: unknown) => this.logger.error({ err: error, jobId }, 'the end of a job could not be written'))
      .finally(() => this.running.delete(jobId));
    this.running.set(jobId, { lease, ended });
  }

  private async run(job: JobRecord, lease: JobLease): Promise<void> {
    const log = { jobId: job.id, kind: job.kind, attempt: job.attempt };
    this.logger.info(log, 'job started');
    lease.tell('info', job.attempt === 1 ? 'Started.' : `Started again: attempt ${job.attempt}.`);
    lease.start();
    const begun = performance.now();
    try {
      const handler = this.handlers[job.kind] as JobHandler<JobKind>;
      const result = await handler.run(job.input, lease);
      lease.tell('info', `Done after ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
      await lease.stop();
      await lease.succeed(result);
      this.logger.info({ ...log, result }, 'job succeeded');
    } catch (thrown) {
      await this.end(job, lease, thrown);
    }
    if (!this.stopping) await acrossSpaces(() => sendWaitingJobs(this.database, this.queue, this.options.places));
  }

  private async end(job: JobRecord, lease: JobLease, thrown: unknown): Promise<void> {
    const log = { jobId: job.id, kind: job.kind, attempt: job.attempt };
    const reason: unknown = lease.signal.aborted ? lease.signal.reason : undefined;
    const ending = endingOf(thrown, reason, job.failures, lease.context.requestId);
    describeEnding(ending, lease);
    const span = trace.getActiveSpan();
    span?.setAttribute('cairn.job.ending', ending.kind);
    if (ending.kind === 'failed' || ending.kind === 'again') failSpan(span, thrown);
    await lease.stop();
    try {
      switch (ending.kind) {
        case 'lost':
          break;
        case 'cancelled':
          await lease.cancelled();
          break;
        case 'stopping':
          await lease.requeue(0, false);
          await this.queue.send(job.id);
          break;
        case 'again':
          this.logger.warn({ ...log, reason: String(thrown), afterSeconds: ending.afterSeconds }, 'job is tried again');
          await lease.requeue(ending.afterSeconds, true);
          await this.queue.send(job.id, ending.afterSeconds);
          break;
        case 'failed':
          if (ending.unexpected)
            this.logger.error({ ...log, requestId: lease.context.requestId, err: thrown }, 'unexpected error');
          await lease.fail(ending.code, ending.message, ending.dead);
      }
    } catch (error) {
      if (!(error instanceof JobLost)) throw error;
    }
    this.logger.info({ ...log, ending: ending.kind }, 'job ended');
  }
}

/** What the job's own log says of how an attempt ended. */
function describeEnding(ending: Ending, lease: JobLease): void {
  switch (ending.kind) {
    case 'cancelled':
      return lease.tell('info', 'Cancelled.');
    case 'stopping':
      return lease.tell('info', 'The worker stops; another one goes on.');
    case 'again':
      return lease.tell('warn', `${ending.message} Another attempt follows in ${ending.afterSeconds} s.`);
    case 'failed':
      return lease.tell('error', ending.dead ? `${ending.message} This is a dead letter now.` : ending.message);
  }
}
