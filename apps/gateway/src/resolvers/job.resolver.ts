import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { jobKind, jobState, toJob, toJobLogLine } from '../mapping/jobs.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { Clustering } from '../schema/clustering.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Evaluation } from '../schema/evaluation.js';
import { Head } from '../schema/head.js';
import { JobLogLineConnection, type JobLogLine } from '../schema/job-log.js';
import {
  ClusterJobResult,
  EvaluateJobResult,
  FineTuneJobResult,
  Job,
  JobConnection,
  JobKind,
  JobState,
  TrainJobResult,
} from '../schema/job.js';

@Resolver(() => Job)
export class JobResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => JobConnection, { nullable: true, description: 'Jobs, newest first.' })
  async jobs(
    @Args('states', { type: () => [JobState], nullable: true, description: 'In one of these states; any if absent.' })
    states: JobState[] | null | undefined,
    @Args('kinds', { type: () => [JobKind], nullable: true, description: 'Of one of these kinds; any if absent.' })
    kinds: JobKind[] | null | undefined,
    @Args('dead', { defaultValue: false, description: 'Only dead letters.' }) dead: boolean,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Job>> {
    const request = {
      page: pageRequest(page, info),
      states: states?.map(jobState.toProto),
      kinds: kinds?.map(jobKind.toProto),
      dead,
    };
    const { jobs, pageInfo } = await this.knowledge.jobs.listJobs(request, context.call());
    return toConnection({ rows: jobs, pageInfo }, page, toJob);
  }

  @Requires('admin')
  @Query(() => Job, { nullable: true, description: 'One job; null if it does not exist.' })
  job(
    @Args('id', { type: () => ID, description: 'Its id.' }) id: string,
    @Context() { loaders }: GatewayContext,
  ): Promise<Job | undefined> {
    return loaders.jobs.load(id);
  }

  @Requires('admin')
  @ResolveField(() => JobLogLineConnection, {
    nullable: true,
    description: 'What it has written down about itself, the oldest line first.',
  })
  async log(
    @Parent() { id }: Job,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<JobLogLine>> {
    const request = { id, page: pageRequest(page, info) };
    const { lines, pageInfo } = await this.knowledge.jobs.listJobLog(request, context.call());
    return toConnection({ rows: lines, pageInfo }, page, toJobLogLine);
  }
}

@Resolver(() => TrainJobResult)
export class TrainJobResultResolver {
  @ResolveField(() => Head, { nullable: true, description: 'The head it trained.' })
  head(@Parent() { headId }: TrainJobResult, @Context() { loaders }: GatewayContext): Promise<Head | undefined> {
    return loaders.heads.load(headId);
  }

  @ResolveField(() => Evaluation, {
    nullable: true,
    description: 'How the head does beside the one in use; absent without held-out labels.',
  })
  evaluation(
    @Parent() { evaluationId }: TrainJobResult,
    @Context() { loaders }: GatewayContext,
  ): Promise<Evaluation | undefined> | undefined {
    return evaluationId === undefined ? undefined : loaders.evaluations.load(evaluationId);
  }
}

@Resolver(() => EvaluateJobResult)
export class EvaluateJobResultResolver {
  @ResolveField(() => Evaluation, { nullable: true, description: 'The evaluation it made.' })
  evaluation(
    @Parent() { evaluationId }: EvaluateJobResult,
    @Context() { loaders }: GatewayContext,
  ): Promise<Evaluation | undefined> {
    return loaders.evaluations.load(evaluationId);
  }
}

@Resolver(() => FineTuneJobResult)
export class FineTuneJobResultResolver {
  @ResolveField(() => Head, { nullable: true, description: 'The head of the new encoder; absent without topics.' })
  async head(
    @Parent() { headId }: FineTuneJobResult,
    @Context() { loaders }: GatewayContext,
  ): Promise<Head | undefined> {
    return headId === '' ? undefined : loaders.heads.load(headId);
  }

  @ResolveField(() => Evaluation, {
    nullable: true,
    description: 'How its head does beside the one in use; absent without held-out labels.',
  })
  evaluation(
    @Parent() { evaluationId }: FineTuneJobResult,
    @Context() { loaders }: GatewayContext,
  ): Promise<Evaluation | undefined> | undefined {
    return evaluationId === undefined ? undefined : loaders.evaluations.load(evaluationId);
  }
}

@Resolver(() => ClusterJobResult)
export class ClusterJobResultResolver {
  @ResolveField(() => Clustering, { nullable: true, description: 'The clustering it made.' })
  clustering(
    @Parent() { clusteringId }: ClusterJobResult,
    @Context() { loaders }: GatewayContext,
  ): Promise<Clustering | undefined> {
    return loaders.clusterings.load(clusteringId);
  }
}
