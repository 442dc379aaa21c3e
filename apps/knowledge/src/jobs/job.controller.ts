import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { knowledgeV1 } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import { map, type Observable } from 'rxjs';
import { callerOf, requireRole } from '../access/caller.js';
import { LOGGER } from '../injection-tokens.js';
import { Database } from '../persistence/database.js';
import { keysetPage, pageOf } from '../persistence/keyset-page.js';
import { checkedId } from '../questions/checked-text.js';
import { orderOfRequest } from './job-input.js';
import { jobToMessage, statesOfMessage } from './job-message.js';
import { cancelJob, countJobs, createJob, listJobs, readJobs, retryJob } from './job-store.js';
import { JOB_QUEUE, type JobQueue } from './queue.js';
import { JobWatch } from './watch-jobs.js';

/** Jobs are for admins. */
@Controller()
@knowledgeV1.JobServiceControllerMethods()
export class JobController implements knowledgeV1.JobServiceController {
  constructor(
    private readonly database: Database,
    @Inject(JOB_QUEUE) private readonly queue: JobQueue,
    private readonly watches: JobWatch,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async startJob(request: knowledgeV1.StartJobRequest, metadata?: Metadata): Promise<knowledgeV1.Job> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    const job = await createJob(this.database, caller, orderOfRequest(request), request.idempotencyKey);
    await this.tellWorkers(job.id);
    return jobToMessage(job);
  }

  async listJobs(request: knowledgeV1.ListJobsRequest, metadata?: Metadata): Promise<knowledgeV1.ListJobsResponse> {
    requireRole(callerOf(metadata), 'admin');
    const page = keysetPage(request.page);
    const states = statesOfMessage(request.states);
    const found = await listJobs(this.database, states, page.afterSeq, page.first + 1);
    const { rows, pageInfo } = pageOf(found, page, page.withTotal ? await countJobs(this.database, states) : undefined);
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
    requireRole(callerOf(metadata), 'admin');
    return jobToMessage(await cancelJob(this.database, id));
  }

  async retryJob({ id }: knowledgeV1.RetryJobRequest, metadata?: Metadata): Promise<knowledgeV1.Job> {
    requireRole(callerOf(metadata), 'admin');
    const job = await retryJob(this.database, id);
    await this.tellWorkers(job.id);
    return jobToMessage(job);
  }

  private async tellWorkers(jobId: string): Promise<void> {
    // The job is stored; a worker's next sweep finds it without the message.
    await this.queue.send(jobId).catch((error: unknown) => this.logger.warn({ err: error, jobId }, 'message not sent'));
  }
}
