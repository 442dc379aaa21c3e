import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { fromScheduledJob, jobPriority, toJob, toJobSchedule } from '../mapping/jobs.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import {
  CreateJobScheduleInput,
  DeleteJobSchedulePayload,
  JobSchedule,
  JobScheduleConnection,
  JobSchedulePayload,
  UpdateJobScheduleInput,
} from '../schema/job-schedule.js';
import { Job, JobPayload } from '../schema/job.js';

@Resolver(() => JobSchedule)
export class JobScheduleResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => JobScheduleConnection, { nullable: true, description: 'Schedules, the newest first.' })
  async jobSchedules(
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<JobSchedule>> {
    const request = { page: pageRequest(page, info) };
    const { schedules, pageInfo } = await this.knowledge.jobs.listSchedules(request, context.call());
    return toConnection({ rows: schedules, pageInfo }, page, toJobSchedule);
  }

  @Requires('admin')
  @Mutation(() => JobSchedulePayload, { nullable: true, description: 'Lets a job start by the clock.' })
  createJobSchedule(
    @Args('input', { description: 'What, and when.' }) input: CreateJobScheduleInput,
    @Context() context: GatewayContext,
  ): Promise<JobSchedulePayload> {
    const { name, job, cron, timeZone, priority, enabled } = input;
    return payload('schedule', async () => {
      const request = { ...fromScheduledJob(job), priority: jobPriority.toProto(priority) };
      const created = { name, job: request, cron, timeZone, disabled: !enabled };
      return toJobSchedule(await this.knowledge.jobs.createSchedule(created, context.call()));
    });
  }

  @Requires('admin')
  @Mutation(() => JobSchedulePayload, { nullable: true, description: 'Changes when a schedule runs, or whether.' })
  updateJobSchedule(
    @Args('id', { type: () => ID, description: 'Its id or its name.' }) id: string,
    @Args('expectedVersion', { type: () => Int, description: 'Its version when it was read.' }) expectedVersion: number,
    @Args('input', { description: 'What changes.' }) { cron, timeZone, enabled }: UpdateJobScheduleInput,
    @Context() context: GatewayContext,
  ): Promise<JobSchedulePayload> {
    const change = { cron: given(cron), timeZone: given(timeZone), enabled: given(enabled) };
    return payload('schedule', async () =>
      toJobSchedule(await this.knowledge.jobs.updateSchedule({ id, expectedVersion, ...change }, context.call())),
    );
  }

  @Requires('admin')
  @Mutation(() => DeleteJobSchedulePayload, { nullable: true, description: 'Deletes a schedule; its jobs stay.' })
  deleteJobSchedule(
    @Args('id', { type: () => ID, description: 'Its id or its name.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<DeleteJobSchedulePayload> {
    return payload('deletedId', async () => {
      await this.knowledge.jobs.deleteSchedule({ id }, context.call());
      return id;
    });
  }

  @Requires('admin')
  @Mutation(() => JobPayload, {
    nullable: true,
    description: "Starts a schedule's job now; its next time stays where it is.",
  })
  runJobSchedule(
    @Args('id', { type: () => ID, description: 'Its id or its name.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    return payload('job', async () => toJob(await this.knowledge.jobs.runSchedule({ id }, context.call())));
  }

  @ResolveField(() => Job, { nullable: true, description: 'The job it started last; absent before the first.' })
  lastJob(
    @Parent() { lastJobId }: JobSchedule,
    @Context() { loaders }: GatewayContext,
  ): Promise<Job | undefined> | undefined {
    return lastJobId === undefined ? undefined : loaders.jobs.load(lastJobId);
  }
}
