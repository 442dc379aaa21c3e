import {
  createUnionType,
  Field,
  Float,
  GraphQLISODateTime,
  ID,
  Int,
  ObjectType,
  registerEnumType,
} from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { UserError, type Payload } from './user-error.js';
import { Node } from './node.js';

export enum JobKind {
  EMBED = 'EMBED',
  CLASSIFY = 'CLASSIFY',
  CLUSTER = 'CLUSTER',
  TRAIN = 'TRAIN',
  FINE_TUNE = 'FINE_TUNE',
  EVALUATE = 'EVALUATE',
}

registerEnumType(JobKind, {
  name: 'JobKind',
  description: 'What a job does.',
  valuesMap: {
    EMBED: {
      description: 'Makes embeddings for questions, and passages of answers, that have none of the encoder in use.',
    },
    CLASSIFY: { description: 'Asks the head in use about questions.' },
    CLUSTER: { description: 'Clusters questions and makes suggestions.' },
    TRAIN: { description: 'Trains a head on the labels.' },
    FINE_TUNE: { description: 'Trains the encoder itself, on the labels or on bare texts.' },
    EVALUATE: { description: 'Compares a head with another on labels that neither has learned from.' },
  },
});

export enum JobState {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
}

registerEnumType(JobState, {
  name: 'JobState',
  description: 'How far a job is.',
  valuesMap: {
    QUEUED: { description: 'Waits for a worker.' },
    RUNNING: { description: 'A worker is at it.' },
    SUCCEEDED: { description: 'Ended; `result` is there.' },
    FAILED: { description: 'Ended; `error` says why. It can be retried.' },
    CANCELLED: { description: 'Ended by somebody. It can be retried.' },
  },
});

export enum JobPriority {
  LOW = 'LOW',
  NORMAL = 'NORMAL',
  HIGH = 'HIGH',
}

registerEnumType(JobPriority, {
  name: 'JobPriority',
  description: 'Which of the waiting jobs of one kind is taken up first.',
  valuesMap: {
    LOW: { description: 'After all others.' },
    NORMAL: { description: 'The oldest first.' },
    HIGH: { description: 'Before all others.' },
  },
});

@ObjectType({ description: 'Why a job failed.' })
export class JobError {
  @Field({ description: 'A code, for example INVALID_INPUT.' })
  code: string;

  @Field({ description: 'What was wrong and what to do.' })
  message: string;
}

@ObjectType({ description: 'What an embedding job did.' })
export class EmbedJobResult {
  @Field(() => Int, { description: 'Questions embedded.' })
  embedded: number;

  @Field(() => Int, { description: 'Passages of answers embedded.' })
  passages: number;

  @Field(() => Int, { description: 'Questions and passages that could not be embedded.' })
  failed: number;

  @Field(() => Float, { description: 'Tokens read.' })
  tokens: number;
}

@ObjectType({ description: 'What a classification job did.' })
export class ClassifyJobResult {
  @Field(() => Int, { description: 'Questions classified.' })
  classified: number;

  @Field(() => Int, { description: 'Those of them that are unknown.' })
  unknown: number;
}

@ObjectType({ description: 'What a clustering job did.' })
export class ClusterJobResult {
  clusteringId: string;

  @Field(() => Int, { description: 'Suggestions made.' })
  suggestionCount: number;
}

@ObjectType({ description: 'What a training job did.' })
export class TrainJobResult {
  headId: string;
  evaluationId?: string;

  @Field({ description: 'Whether the new head was put in use.' })
  promoted: boolean;

  @Field({ description: 'Why it was, or was not.' })
  reason: string;

  @Field(() => [String], {
    description: 'What is odd about the labels: contradictory ones, topics with a single one.',
  })
  notes: string[];
}

@ObjectType({ description: 'What an evaluation job did.' })
export class EvaluateJobResult {
  evaluationId: string;
}

@ObjectType({ description: 'What a fine-tuning job did.' })
export class FineTuneJobResult {
  headId: string;
  evaluationId?: string;

  @Field(() => ID, { description: 'Id of the new encoder in the model store.' })
  encoderId: string;

  @Field({ description: 'Its revision: a hash over its files.' })
  encoderRevision: string;

  @Field({ description: 'Whether the new encoder and its head were put in use.' })
  promoted: boolean;

  @Field({ description: 'Why they were, or were not.' })
  reason: string;

  @Field(() => Int, { description: 'Steps taken.' })
  steps: number;

  @Field(() => Float, { description: 'Seconds of training, all runs of the job together.' })
  seconds: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of held-out labels that the new head has right; absent without topics.',
  })
  accuracy?: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'The same of the head that was in use: on the same labels if there is an evaluation, else on its own held-out ones. Absent if there was none.',
  })
  accuracyInUse?: number;

  @Field(() => [String], {
    description: 'What is odd about the examples: contradictory labels, topics with one example.',
  })
  notes: string[];
}

export const JobResult = createUnionType({
  name: 'JobResult',
  description: 'What a job did, by its kind.',
  types: () =>
    [
      EmbedJobResult,
      ClassifyJobResult,
      ClusterJobResult,
      TrainJobResult,
      FineTuneJobResult,
      EvaluateJobResult,
    ] as const,
});
export type JobResult =
  EmbedJobResult | ClassifyJobResult | ClusterJobResult | TrainJobResult | FineTuneJobResult | EvaluateJobResult;

@ObjectType({ implements: () => [Node], description: 'Long work, run by a worker.' })
export class Job implements Node {
  @Field(() => ID, { description: 'Id of the job.' })
  id: string;

  @Field(() => JobKind, { description: 'What it does.' })
  kind: JobKind;

  @Field(() => JobState, { description: 'How far it is.' })
  state: JobState;

  @Field(() => String, { nullable: true, description: 'What it is doing now, a word or two.' })
  stage?: string;

  @Field(() => Int, { description: 'Steps of the current stage that are done.' })
  done: number;

  @Field(() => Int, { nullable: true, description: 'Steps of the current stage; absent while unknown.' })
  total?: number;

  @Field(() => Float, { nullable: true, description: 'Steps a second over the current stage; absent while unknown.' })
  rate?: number;

  @Field(() => Float, { nullable: true, description: 'Seconds to go at that rate; absent while unknown.' })
  etaSeconds?: number;

  @Field(() => Int, { description: '1 for the first run.' })
  attempt: number;

  @Field({ description: 'Whether somebody has asked it to stop.' })
  cancelRequested: boolean;

  @Field(() => JobError, { nullable: true, description: 'Why it failed.' })
  error?: JobError;

  @Field(() => JobResult, { nullable: true, description: 'What it did; absent until it has succeeded.' })
  result?: JobResult;

  @Field(() => JobPriority, { description: 'How soon it is taken up among the waiting ones of its kind.' })
  priority: JobPriority;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description:
      'When it became a dead letter: all attempts used up, or a fault of ours. `redriveJobs` runs it again. Absent if it is none.',
  })
  deadAt?: Date;

  @Field(() => ID, { nullable: true, description: 'The schedule that started it; absent if a person did.' })
  scheduleId?: string;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: 'A waiting job that has failed before is not tried again sooner; absent if it is due.',
  })
  notBefore?: Date;

  @Field(() => String, { nullable: true, description: 'Name of the key that started it.' })
  createdBy?: string;

  @Field(() => GraphQLISODateTime, { description: 'When it was asked for.' })
  createdAt: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When a worker took it up.' })
  startedAt?: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it ended.' })
  finishedAt?: Date;
}

export const JobConnection = connectionType(Job, 'jobs');

@ObjectType({ description: 'Outcome of redriving dead letters.' })
export class RedriveJobsPayload implements Payload {
  @Field(() => [Job], { nullable: true, description: 'Those that wait again, the oldest first.' })
  jobs?: Job[];

  @Field(() => [UserError], { description: 'Why none was redriven; empty if nothing was in the way.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'Outcome of starting, cancelling or retrying a job.' })
export class JobPayload implements Payload {
  @Field(() => Job, { nullable: true, description: 'The job after the change; absent if it was not made.' })
  job?: Job;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
