import * as operations from './operations.js';
import type { GraphqlClient, UserError } from './graphql-client.js';

export type JobState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export type JobResult =
  | {
      readonly __typename: 'EmbedJobResult';
      readonly embedded: number;
      readonly passages: number;
      readonly failed: number;
      readonly tokens: number;
    }
  | { readonly __typename: 'ClassifyJobResult'; readonly classified: number; readonly unknown: number }
  | {
      readonly __typename: 'ClusterJobResult';
      readonly suggestionCount: number;
      readonly clustering: { readonly id: string; readonly nClusters: number; readonly questionCount: number } | null;
    }
  | {
      readonly __typename: 'TrainJobResult';
      readonly promoted: boolean;
      readonly head: {
        readonly id: string;
        readonly state: string;
        readonly accuracy: number;
        readonly heldOutExamples: number;
      } | null;
      readonly reason: string;
      readonly notes: readonly string[];
      readonly evaluation?: EvaluationSummary | null;
    }
  | {
      readonly __typename: 'FineTuneJobResult';
      readonly promoted: boolean;
      readonly reason: string;
      readonly encoderId: string;
      readonly steps: number;
      readonly seconds: number;
      readonly accuracy?: number | null;
      readonly accuracyInUse?: number | null;
      readonly notes: readonly string[];
      readonly head: { readonly id: string; readonly heldOutExamples: number } | null;
      readonly evaluation?: EvaluationSummary | null;
    }
  | { readonly __typename: 'EvaluateJobResult'; readonly evaluation?: EvaluationSummary | null };

/** The figures of an evaluation that a sentence needs. */
export interface EvaluationSummary {
  readonly id: string;
  readonly examples: number;
  readonly pValue?: number | null;
  readonly figures: { readonly accuracy: number };
  readonly figuresAgainst?: { readonly accuracy: number } | null;
}

/** Long work, run by a worker. */
export interface Job {
  readonly id: string;
  readonly kind: 'EMBED' | 'CLASSIFY' | 'CLUSTER' | 'TRAIN' | 'FINE_TUNE' | 'EVALUATE';
  readonly state: JobState;
  readonly stage?: string | null;
  readonly done: number;
  readonly total?: number | null;
  readonly rate?: number | null;
  readonly etaSeconds?: number | null;
  readonly attempt: number;
  readonly priority: 'LOW' | 'NORMAL' | 'HIGH';
  readonly deadAt?: string | null;
  readonly notBefore?: string | null;
  readonly cancelRequested: boolean;
  readonly error?: { readonly code: string; readonly message: string } | null;
  readonly result?: JobResult | null;
  readonly createdBy?: string | null;
  readonly createdAt: string;
  readonly startedAt?: string | null;
  readonly finishedAt?: string | null;
}

export interface JobPayload {
  readonly job?: Job | null;
  readonly userErrors: readonly UserError[];
}

const mutations = {
  startEmbedding: operations.startEmbedding,
  startClassification: operations.startClassification,
  startClustering: operations.startClustering,
  startTraining: operations.startTraining,
  startFineTuning: operations.startFineTuning,
  startEvaluation: operations.startEvaluation,
  cancelJob: operations.cancelJob,
  retryJob: operations.retryJob,
  runJobSchedule: operations.runJobSchedule,
} as const;

/**
 * Starts, cancels or retries a job.
 * @param value the mutation's input, or the job's id
 */
export async function changeJob(
  client: GraphqlClient,
  mutation: keyof typeof mutations,
  value?: unknown,
): Promise<Job> {
  const variables = value === undefined ? {} : { value };
  return (await client.mutate<JobPayload>(mutations[mutation], mutation, variables)).job!;
}

/** The job, or null if there is none with this id. */
export async function findJob(client: GraphqlClient, id: string): Promise<Job | null> {
  return (await client.request<{ job: Job | null }>(operations.job, { id })).job;
}

export const hasEnded = ({ state }: Job): boolean =>
  state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED';
