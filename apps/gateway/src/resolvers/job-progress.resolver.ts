import { DomainError, type KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Resolver, Subscription } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { toJob } from '../mapping/jobs.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
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
}
