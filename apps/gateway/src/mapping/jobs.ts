import { knowledgeV1 } from '@cairn/contracts';
import {
  ClassifyJobResult,
  ClusterJobResult,
  EmbedJobResult,
  FineTuneJobResult,
  TrainJobResult,
} from '../schema/job.js';
import { JobKind, JobState, type Job, type JobResult } from '../schema/job.js';
import type { StartClusteringInput, StartFineTuningInput, StartTrainingInput } from '../schema/job-input.js';
import { clusteringScope } from './discovery.js';
import { dateOrAbsent, enumTable, given, numberOrAbsent, textOrAbsent } from './values.js';

export const jobState = enumTable<JobState, knowledgeV1.JobState>({
  [JobState.QUEUED]: knowledgeV1.JobState.JOB_STATE_QUEUED,
  [JobState.RUNNING]: knowledgeV1.JobState.JOB_STATE_RUNNING,
  [JobState.SUCCEEDED]: knowledgeV1.JobState.JOB_STATE_SUCCEEDED,
  [JobState.FAILED]: knowledgeV1.JobState.JOB_STATE_FAILED,
  [JobState.CANCELLED]: knowledgeV1.JobState.JOB_STATE_CANCELLED,
});

function kindOf(job: knowledgeV1.Job): JobKind {
  if (job.embed != null) return JobKind.EMBED;
  if (job.classify != null) return JobKind.CLASSIFY;
  if (job.cluster != null) return JobKind.CLUSTER;
  if (job.train != null) return JobKind.TRAIN;
  if (job.fineTune != null) return JobKind.FINE_TUNE;
  throw new Error(`Job ${job.id} is of no known kind.`);
}

/** Instances, not literals: the union tells its members apart by class. */
function resultOf(job: knowledgeV1.Job): JobResult | undefined {
  if (job.embedResult != null) return Object.assign(new EmbedJobResult(), job.embedResult);
  if (job.classifyResult != null) return Object.assign(new ClassifyJobResult(), job.classifyResult);
  if (job.trainResult != null) return Object.assign(new TrainJobResult(), job.trainResult);
  if (job.fineTuneResult != null) {
    const { accuracy, accuracyInUse, ...told } = job.fineTuneResult;
    const accuracies = { accuracy: given(accuracy), accuracyInUse: given(accuracyInUse) };
    return Object.assign(new FineTuneJobResult(), told, accuracies);
  }
  if (job.clusterResult == null) return undefined;
  const { clusteringId, suggestions } = job.clusterResult;
  return Object.assign(new ClusterJobResult(), { clusteringId, suggestionCount: suggestions });
}

export const toJob = (job: knowledgeV1.Job): Job => ({
  id: job.id,
  kind: kindOf(job),
  state: jobState.fromProto(job.state),
  stage: textOrAbsent(job.stage),
  done: job.done,
  total: numberOrAbsent(job.total),
  rate: numberOrAbsent(job.rate),
  etaSeconds: given(job.etaSeconds),
  attempt: job.attempt,
  cancelRequested: job.cancelRequested,
  error: given(job.error),
  result: resultOf(job),
  createdBy: textOrAbsent(job.createdBy),
  createdAt: new Date(job.createdAtMs),
  startedAt: dateOrAbsent(job.startedAtMs),
  finishedAt: dateOrAbsent(job.finishedAtMs),
});

export const fromClusteringInput = (input: StartClusteringInput) => ({
  scope: clusteringScope.toProto(input.scope),
  nClusters: given(input.nClusters),
  minClusters: given(input.minClusters),
  maxClusters: given(input.maxClusters),
  nInit: given(input.nInit),
  spherical: given(input.spherical),
  seed: given(input.seed),
  minClusterSize: given(input.minClusterSize),
});

export const fromTrainingInput = (input: StartTrainingInput) => ({
  l2: given(input.l2),
  classWeights: given(input.classWeights),
  heldOut: given(input.heldOut),
  maxIterations: given(input.maxIterations),
  seed: given(input.seed),
  promoteIfBetter: input.promoteIfBetter,
});

export const fromFineTuningInput = ({
  objective,
  scope,
  output,
  promoteIfBetter,
  ...numbers
}: StartFineTuningInput) => ({
  objective: objective.toLowerCase(),
  scope: scope.toLowerCase(),
  output: output ?? '',
  promoteIfBetter,
  lastLayers: given(numbers.lastLayers),
  loraRank: given(numbers.loraRank),
  epochs: given(numbers.epochs),
  batchSize: given(numbers.batchSize),
  learningRate: given(numbers.learningRate),
  dropout: given(numbers.dropout),
  labelSmoothing: given(numbers.labelSmoothing),
  heldOut: given(numbers.heldOut),
  patience: given(numbers.patience),
  seed: given(numbers.seed),
});
