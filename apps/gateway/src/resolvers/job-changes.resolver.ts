import type { Draft, knowledgeV1, KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Int, Mutation, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import {
  fromClusteringInput,
  fromFineTuningInput,
  fromTrainingInput,
  jobKind,
  jobPriority,
  toJob,
} from '../mapping/jobs.js';
import { pageSize } from '../mapping/paging.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { ClusteringScope } from '../schema/clustering.js';
import {
  StartClassificationInput,
  StartClusteringInput,
  StartEvaluationInput,
  StartFineTuningInput,
  StartJobArgs,
  StartTrainingInput,
  TrainedPart,
  TrainingObjective,
} from '../schema/job-input.js';
import { JobKind, JobPayload, RedriveJobsPayload } from '../schema/job.js';

@Resolver()
export class JobChangesResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Mutation(() => JobPayload, {
    nullable: true,
    description:
      'Starts a job that makes embeddings for questions, and passages of answers, that have none of the encoder in use.',
  })
  startEmbedding(@Args() args: StartJobArgs, @Context() context: GatewayContext): Promise<JobPayload> {
    return this.start({ embed: {} }, args, context);
  }

  @Requires('admin')
  @Mutation(() => JobPayload, {
    nullable: true,
    description: 'Starts a job that asks the head in use about questions.',
  })
  startClassification(
    @Args('input', { nullable: true, description: 'Which questions; those not classified yet if absent.' })
    input: StartClassificationInput,
    @Args() args: StartJobArgs,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    return this.start({ classify: { again: input?.again ?? false } }, args, context);
  }

  @Requires('admin')
  @Mutation(() => JobPayload, { nullable: true, description: 'Starts a job that clusters questions.' })
  startClustering(
    @Args('input', { nullable: true, description: 'How.' }) input: StartClusteringInput,
    @Args() args: StartJobArgs,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    const parameters = fromClusteringInput(input ?? { scope: ClusteringScope.UNKNOWN });
    return this.start({ cluster: { parameters } }, args, context);
  }

  @Requires('admin')
  @Mutation(() => JobPayload, { nullable: true, description: 'Starts a job that trains a head on the labels.' })
  startTraining(
    @Args('input', { nullable: true, description: 'How.' }) input: StartTrainingInput,
    @Args() args: StartJobArgs,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    return this.start({ train: fromTrainingInput(input ?? { promoteIfBetter: false }) }, args, context);
  }

  @Requires('admin')
  @Mutation(() => JobPayload, {
    nullable: true,
    description:
      'Starts a job that trains the encoder itself: fine-tuning on the labels, or pre-training on all texts.',
  })
  startFineTuning(
    @Args('input', { nullable: true, description: 'How.' }) input: StartFineTuningInput,
    @Args() args: StartJobArgs,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    const asked = input ?? { objective: TrainingObjective.CLASSES, scope: TrainedPart.ALL, promoteIfBetter: false };
    return this.start({ fineTune: fromFineTuningInput(asked) }, args, context);
  }

  @Requires('admin')
  @Mutation(() => JobPayload, {
    nullable: true,
    description: 'Starts a job that compares a head with another on labels that neither has learned from.',
  })
  startEvaluation(
    @Args('input', { nullable: true, description: 'Which heads.' }) input: StartEvaluationInput,
    @Args() args: StartJobArgs,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    const evaluate = { headId: input?.headId ?? '', againstHeadId: input?.againstHeadId ?? '' };
    return this.start({ evaluate }, args, context);
  }

  @Requires('admin')
  @Mutation(() => JobPayload, {
    nullable: true,
    description: 'Stops a job: at once if it waits, at its next step if it runs.',
  })
  cancelJob(
    @Args('id', { type: () => ID, description: 'The job.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    return payload('job', async () => toJob(await this.knowledge.jobs.cancelJob({ id }, context.call())));
  }

  @Requires('admin')
  @Mutation(() => JobPayload, { nullable: true, description: 'Runs a failed or cancelled job again.' })
  retryJob(
    @Args('id', { type: () => ID, description: 'The job.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    return payload('job', async () => toJob(await this.knowledge.jobs.retryJob({ id }, context.call())));
  }

  @Requires('admin')
  @Mutation(() => RedriveJobsPayload, {
    nullable: true,
    description: 'Runs dead letters again, the oldest first.',
  })
  redriveJobs(
    @Args('kind', { type: () => JobKind, nullable: true, description: 'Only of this kind; all if absent.' })
    kind: JobKind | null | undefined,
    @Args('first', { type: () => Int, defaultValue: 100, description: 'At most that many, 1 to 1,000.' }) first: number,
    @Context() context: GatewayContext,
  ): Promise<RedriveJobsPayload> {
    const request = { kind: kind ? jobKind.toProto(kind) : '', first: pageSize(first, 1000) };
    return payload('jobs', async () =>
      (await this.knowledge.jobs.redriveJobs(request, context.call())).jobs.map(toJob),
    );
  }

  private start(
    input: Draft<knowledgeV1.StartJobRequest>,
    { idempotencyKey, priority }: StartJobArgs,
    context: GatewayContext,
  ): Promise<JobPayload> {
    const request = { ...input, idempotencyKey: given(idempotencyKey), priority: jobPriority.toProto(priority) };
    return payload('job', async () => toJob(await this.knowledge.jobs.startJob(request, context.call())));
  }
}
