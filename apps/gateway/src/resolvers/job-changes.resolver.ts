import type { Draft, knowledgeV1, KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Mutation, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { fromClusteringInput, fromFineTuningInput, fromTrainingInput, toJob } from '../mapping/jobs.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { IdempotentArgs } from '../schema/change-args.js';
import { ClusteringScope } from '../schema/clustering.js';
import {
  StartClassificationInput,
  StartClusteringInput,
  StartFineTuningInput,
  StartTrainingInput,
  TrainedPart,
  TrainingObjective,
} from '../schema/job-input.js';
import { JobPayload } from '../schema/job.js';

@Resolver()
export class JobChangesResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Mutation(() => JobPayload, {
    nullable: true,
    description: 'Starts a job that makes embeddings for questions that have none of the encoder in use.',
  })
  startEmbedding(@Args() args: IdempotentArgs, @Context() context: GatewayContext): Promise<JobPayload> {
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
    @Args() args: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    return this.start({ classify: { again: input?.again ?? false } }, args, context);
  }

  @Requires('admin')
  @Mutation(() => JobPayload, { nullable: true, description: 'Starts a job that clusters questions.' })
  startClustering(
    @Args('input', { nullable: true, description: 'How.' }) input: StartClusteringInput,
    @Args() args: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    const parameters = fromClusteringInput(input ?? { scope: ClusteringScope.UNKNOWN });
    return this.start({ cluster: { parameters } }, args, context);
  }

  @Requires('admin')
  @Mutation(() => JobPayload, { nullable: true, description: 'Starts a job that trains a head on the labels.' })
  startTraining(
    @Args('input', { nullable: true, description: 'How.' }) input: StartTrainingInput,
    @Args() args: IdempotentArgs,
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
    @Args() args: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<JobPayload> {
    const asked = input ?? { objective: TrainingObjective.CLASSES, scope: TrainedPart.ALL, promoteIfBetter: false };
    return this.start({ fineTune: fromFineTuningInput(asked) }, args, context);
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

  private start(
    input: Draft<knowledgeV1.StartJobRequest>,
    { idempotencyKey }: IdempotentArgs,
    context: GatewayContext,
  ): Promise<JobPayload> {
    const request = { ...input, idempotencyKey: given(idempotencyKey) };
    return payload('job', async () => toJob(await this.knowledge.jobs.startJob(request, context.call())));
  }
}
