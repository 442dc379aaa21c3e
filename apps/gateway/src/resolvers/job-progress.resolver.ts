import { DomainError, type KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Resolver, Subscription } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { toJob, toJobLogLine } from '../mapping/jobs.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { JobLogLine } from '../schema/job-log.js';
import { Job } from '../schema/job.js';
import { cancellable } from '../subscriptions/cancellable.js';

/** A job that takes longer is subscribed to again. */
const watchDeadlineMs = 24 * 60 * 60_000;

@Resolver()
export class JobProgressResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Subscription(() => Job, { description: 'The job now, then every change, until it has ended.' })
  async jobProgress(
    @Args('id', { type: () => ID, description: 'The job.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<AsyncIterableIterator<{ jobProgress: Job }>> {
    // Asked first, so that an unknown job is the answer to the subscription and not to its first event.
    if ((await context.loaders.jobs.load(id)) === undefined) throw DomainError.notFound('job', id);
    const { jobs } = this.knowledge;
    return cancellable(async function* (signal) {
      const call = { ...context.call(watchDeadlineMs), signal };
      for await (const job of jobs.watchJob({ id }, call)) yield { jobProgress: toJob(job) };
    });
  }

  @Requires('admin')
  @Subscription(() => JobLogLine, {
    description: 'The lines of a job log from one on, then every further one, until the job has ended.',
  })
  async jobLog(
    @Args('id', { type: () => ID, description: 'The job.' }) id: string,
    @Args('after', {
      type: () => ID,
      nullable: true,
      description: 'Id of the last line that was seen; absent: from the first on.',
    })
    after: string | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<AsyncIterableIterator<{ jobLog: JobLogLine }>> {
    if (after != null && !/^\d{1,15}$/.test(after))
      throw DomainError.invalid('after', 'This is no id of a log line; use one of this log, or none.');
    if ((await context.loaders.jobs.load(id)) === undefined) throw DomainError.notFound('job', id);
    const { jobs } = this.knowledge;
    return cancellable(async function* (signal) {
      const call = { ...context.call(watchDeadlineMs), signal };
      for await (const line of jobs.watchJobLog({ id, afterSeq: Number(after ?? 0) }, call))
        yield { jobLog: toJobLogLine(line) };
    });
  }
}
