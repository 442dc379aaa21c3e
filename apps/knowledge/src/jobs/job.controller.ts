import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { DomainError, knowledgeV1 } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import { map, type Observable } from 'rxjs';
import { actorOf, callerOf, requireRole } from '../access/caller.js';
import { LOGGER } from '../injection-tokens.js';
import { Database } from '../persistence/database.js';
import { keysetPage, pageOf } from '../persistence/keyset-page.js';
import { checkedId } from '../questions/checked-text.js';
import { orderOfRequest } from './job-input.js';
import { countLog, readLog } from './job-log.js';
import { jobToMessage, lineToMessage, priorityOfMessage, scheduleToMessage, statesOfMessage } from './job-message.js';
import { cancelJob, countJobs, createJob, listJobs, readJobs, redriveJobs, retryJob } from './job-store.js';
import { JOB_QUEUE, type JobQueue } from './queue.js';
import {
  countSchedules,
  createSchedule,
  deleteSchedule,
  listSchedules,
  runSchedule,
  updateSchedule,
} from './schedule-store.js';
import { JobLogWatch } from './watch-job-log.js';
import { JobWatch } from './watch-jobs.js';

const { JobPriority: priorityOf } = knowledgeV1;

/** Jobs are for admins. */
@Controller()
@knowledgeV1.JobServiceControllerMethods()
export class JobController implements knowledgeV1.JobServiceController {
  constructor(
    private readonly database: Database,
    @Inject(JOB_QUEUE) private readonly queue: JobQueue,
    private readonly watches: JobWatch,
    private readonly logWatches: JobLogWatch,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async startJob(request: knowledgeV1.StartJobRequest, metadata?: Metadata): Promise<knowledgeV1.Job> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    const job = await createJob(this.database, caller, orderOfRequest(request), request.idempotencyKey, {
      priority: priorityOfMessage(request.priority),
    });
    await this.tellWorkers(job.id);
    return jobToMessage(job);
  }

  async listJobs(request: knowledgeV1.ListJobsRequest, metadata?: Metadata): Promise<knowledgeV1.ListJobsResponse> {
    requireRole(callerOf(metadata), 'admin');
    const page = keysetPage(request.page);
    const filter = { states: statesOfMessage(request.states), kinds: request.kinds ?? [], dead: request.dead };
    const found = await listJobs(this.database, filter, page.afterSeq, page.first + 1);
    const { rows, pageInfo } = pageOf(found, page, page.withTotal ? await countJobs(this.database, filter) : undefined);
    return { jobs: rows.map(jobToMessage), pageInfo };
  }

  async getJobs({ ids }: knowledgeV1.GetJobsRequest, metadata?: Metadata): Promise<knowledgeV1.JobList> {
    requireRole(callerOf(metadata), 'admin');
    return { jobs: (await readJobs(this.database, ids)).map(jobToMessage) };
  }

  watchJob({ id }: knowledgeV1.WatchJobRequest, metadata?: Metadata): Observable<knowledgeV1.Job> {
    requireRole(callerOf(metadata), 'admin');
    return this.watches.watch(checkedId('job', id)).pipe(map(jobToMessage));
  }

  async cancelJob({ id }: knowledgeV1.CancelJobRequest, metadata?: Metadata): Promise<knowledgeV1.Job> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    return jobToMessage(await cancelJob(this.database, id, actorOf(caller)));
  }

  async retryJob({ id }: knowledgeV1.RetryJobRequest, metadata?: Metadata): Promise<knowledgeV1.Job> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    const job = await retryJob(this.database, id, actorOf(caller));
    await this.tellWorkers(job.id);
    return jobToMessage(job);
  }

  async redriveJobs(request: knowledgeV1.RedriveJobsRequest, metadata?: Metadata): Promise<knowledgeV1.JobList> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    const first = request.first || 100;
    if (first < 1 || first > 1000)
      throw DomainError.invalid('first', `1 to 1000 jobs are redriven at a time; ${first} were asked for.`);
    const jobs = await redriveJobs(this.database, request.kind, first, actorOf(caller));
    for (const { id } of jobs) await this.tellWorkers(id);
    return { jobs: jobs.map(jobToMessage) };
  }

  async listJobLog(
    request: knowledgeV1.ListJobLogRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListJobLogResponse> {
    requireRole(callerOf(metadata), 'admin');
    const id = checkedId('job', request.id);
    const page = keysetPage(request.page);
    const found = await readLog(this.database, id, page.afterSeq ?? 0, page.first + 1);
    const { rows, pageInfo } = pageOf(found, page, page.withTotal ? await countLog(this.database, id) : undefined);
    return { lines: rows.map(lineToMessage), pageInfo };
  }

  watchJobLog(
    { id, afterSeq }: knowledgeV1.WatchJobLogRequest,
    metadata?: Metadata,
  ): Observable<knowledgeV1.JobLogLine> {
    requireRole(callerOf(metadata), 'admin');
    return this.logWatches.watch(checkedId('job', id), afterSeq).pipe(map(lineToMessage));
  }

  async listSchedules(
    request: knowledgeV1.ListSchedulesRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListSchedulesResponse> {
    requireRole(callerOf(metadata), 'admin');
    const page = keysetPage(request.page);
    const found = await listSchedules(this.database, page.afterSeq, page.first + 1);
    const { rows, pageInfo } = pageOf(found, page, page.withTotal ? await countSchedules(this.database) : undefined);
    return { schedules: rows.map(scheduleToMessage), pageInfo };
  }

  async createSchedule(
    { name, job, cron, timeZone, disabled }: knowledgeV1.CreateScheduleRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.JobSchedule> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    const created = await createSchedule(this.database, caller, {
      ...{ name, cron, timeZone: timeZone || 'UTC', enabled: !disabled },
      order: orderOfRequest(job ?? { idempotencyKey: '', priority: priorityOf.JOB_PRIORITY_NORMAL }),
      priority: priorityOfMessage(job?.priority),
    });
    return scheduleToMessage(created);
  }

  async updateSchedule(
    { id, expectedVersion, cron, timeZone, enabled }: knowledgeV1.UpdateScheduleRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.JobSchedule> {
    requireRole(callerOf(metadata), 'admin');
    const change = { cron: cron ?? undefined, timeZone: timeZone ?? undefined, enabled: enabled ?? undefined };
    return scheduleToMessage(await updateSchedule(this.database, id, expectedVersion, change));
  }

  async deleteSchedule(
    { id }: knowledgeV1.DeleteScheduleRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.DeleteScheduleResponse> {
    requireRole(callerOf(metadata), 'admin');
    await deleteSchedule(this.database, id);
    return { deleted: true };
  }

  async runSchedule({ id }: knowledgeV1.RunScheduleRequest, metadata?: Metadata): Promise<knowledgeV1.Job> {
    requireRole(callerOf(metadata), 'admin');
    const job = await runSchedule(this.database, id);
    await this.tellWorkers(job.id);
    return jobToMessage(job);
  }

  private async tellWorkers(jobId: string): Promise<void> {
    // The job is stored; a worker's next sweep finds it without the message.
    await this.queue.send(jobId).catch((error: unknown) => this.logger.warn({ err: error, jobId }, 'message not sent'));
  }
}
