import { DomainError, knowledgeV1, type Draft } from '@cairn/contracts';
import {
  ClassifyJobResult,
  ClusterJobResult,
  EmbedJobResult,
  EvaluateJobResult,
  FineTuneJobResult,
  TrainJobResult,
} from '../schema/job.js';
import { JobLogLevel, type JobLogLine } from '../schema/job-log.js';
import type { JobSchedule, ScheduledJobInput } from '../schema/job-schedule.js';
import { JobKind, JobPriority, JobState, type Job, type JobResult } from '../schema/job.js';
import type { StartClusteringInput, StartFineTuningInput, StartTrainingInput } from '../schema/job-input.js';
import {
  clusteringAlgorithm,
  clusteringScope,
  clusterLinkage,
  clusterSeeding,
  knownTopics,
  mapMethod,
} from './discovery.js';
import { dateOrAbsent, enumTable, given, numberOrAbsent, textOrAbsent } from './values.js';

export const jobState = enumTable<JobState, knowledgeV1.JobState>({
  [JobState.QUEUED]: knowledgeV1.JobState.JOB_STATE_QUEUED,
  [JobState.RUNNING]: knowledgeV1.JobState.JOB_STATE_RUNNING,
  [JobState.SUCCEEDED]: knowledgeV1.JobState.JOB_STATE_SUCCEEDED,
  [JobState.FAILED]: knowledgeV1.JobState.JOB_STATE_FAILED,
  [JobState.CANCELLED]: knowledgeV1.JobState.JOB_STATE_CANCELLED,
});

export const jobPriority = enumTable<JobPriority, knowledgeV1.JobPriority>({
  [JobPriority.LOW]: knowledgeV1.JobPriority.JOB_PRIORITY_LOW,
  [JobPriority.NORMAL]: knowledgeV1.JobPriority.JOB_PRIORITY_NORMAL,
  [JobPriority.HIGH]: knowledgeV1.JobPriority.JOB_PRIORITY_HIGH,
});

/** Protobuf's unspecified priority is the normal one. */
const priorityOf = (priority: knowledgeV1.JobPriority): JobPriority =>
  priority === knowledgeV1.JobPriority.JOB_PRIORITY_UNSPECIFIED ? JobPriority.NORMAL : jobPriority.fromProto(priority);

/** Kinds by the names of their fields in protobuf. */
export const jobKind = enumTable<JobKind, string>({
  [JobKind.EMBED]: 'embed',
  [JobKind.CLASSIFY]: 'classify',
  [JobKind.CLUSTER]: 'cluster',
  [JobKind.TRAIN]: 'train',
  [JobKind.FINE_TUNE]: 'fineTune',
  [JobKind.EVALUATE]: 'evaluate',
});

function kindOf(
  job: Pick<knowledgeV1.Job, 'embed' | 'classify' | 'cluster' | 'train' | 'fineTune' | 'evaluate'>,
): JobKind {
  if (job.embed != null) return JobKind.EMBED;
  if (job.classify != null) return JobKind.CLASSIFY;
  if (job.cluster != null) return JobKind.CLUSTER;
  if (job.train != null) return JobKind.TRAIN;
  if (job.fineTune != null) return JobKind.FINE_TUNE;
  if (job.evaluate != null) return JobKind.EVALUATE;
  throw new Error('A job is of no known kind.');
}

/** Instances, not literals: the union tells its members apart by class. */
function resultOf(job: knowledgeV1.Job): JobResult | undefined {
  if (job.embedResult != null) return Object.assign(new EmbedJobResult(), job.embedResult);
  if (job.classifyResult != null) return Object.assign(new ClassifyJobResult(), job.classifyResult);
  if (job.evaluateResult != null) return Object.assign(new EvaluateJobResult(), job.evaluateResult);
  if (job.trainResult != null) {
    const { evaluationId, ...told } = job.trainResult;
    return Object.assign(new TrainJobResult(), told, { evaluationId: textOrAbsent(evaluationId) });
  }
  if (job.fineTuneResult != null) {
    const { accuracy, accuracyInUse, evaluationId, ...told } = job.fineTuneResult;
    const accuracies = {
      accuracy: given(accuracy),
      accuracyInUse: given(accuracyInUse),
      evaluationId: textOrAbsent(evaluationId),
    };
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
  priority: priorityOf(job.priority),
  deadAt: dateOrAbsent(job.deadAtMs),
  scheduleId: textOrAbsent(job.scheduleId),
  notBefore: dateOrAbsent(job.runAfterMs),
  createdBy: textOrAbsent(job.createdBy),
  createdAt: new Date(job.createdAtMs),
  startedAt: dateOrAbsent(job.startedAtMs),
  finishedAt: dateOrAbsent(job.finishedAtMs),
});

export const fromClusteringInput = (input: StartClusteringInput) => ({
  scope: input.scope ? clusteringScope.toProto(input.scope) : undefined,
  topicId: given(input.topicId),
  createdFromMs: input.createdFrom?.getTime(),
  createdBeforeMs: input.createdBefore?.getTime(),
  text: given(input.text),
  source: given(input.source),
  algorithm: input.algorithm ? clusteringAlgorithm.toProto(input.algorithm) : undefined,
  knownTopics: input.knownTopics ? knownTopics.toProto(input.knownTopics) : undefined,
  map: input.map ? mapMethod.toProto(input.map) : undefined,
  nClusters: given(input.nClusters),
  minClusters: given(input.minClusters),
  maxClusters: given(input.maxClusters),
  nInit: given(input.nInit),
  spherical: given(input.spherical),
  seed: given(input.seed),
  minClusterSize: given(input.minClusterSize),
  seeding: input.seeding ? clusterSeeding.toProto(input.seeding) : undefined,
  smallestCluster: given(input.smallestCluster),
  largestCluster: given(input.largestCluster),
  hdbscanMinClusterSize: given(input.hdbscanMinClusterSize),
  hdbscanMinSamples: given(input.hdbscanMinSamples),
  linkage: input.linkage ? clusterLinkage.toProto(input.linkage) : undefined,
  guided: given(input.guided),
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
  model,
  promoteIfBetter,
  ...numbers
}: StartFineTuningInput) => ({
  objective: objective.toLowerCase(),
  scope: scope.toLowerCase(),
  output: output ?? '',
  model: model ?? '',
  promoteIfBetter,
  lastLayers: given(numbers.lastLayers),
  loraRank: given(numbers.loraRank),
  epochs: given(numbers.epochs),
  batchSize: given(numbers.batchSize),
  learningRate: given(numbers.learningRate),
  dropout: given(numbers.dropout),
  labelSmoothing: given(numbers.labelSmoothing),
  contrast: given(numbers.contrast),
  temperature: given(numbers.temperature),
  erase: given(numbers.erase),
  clusters: given(numbers.clusters),
  neighbours: given(numbers.neighbours),
  heldOut: given(numbers.heldOut),
  patience: given(numbers.patience),
  accumulate: given(numbers.accumulate),
  maxTokens: given(numbers.maxTokens),
  warmUp: given(numbers.warmUp),
  maxNorm: given(numbers.maxNorm),
  weightDecay: given(numbers.weightDecay),
  classWeights: given(numbers.classWeights),
  seed: given(numbers.seed),
});

const logLevel = enumTable<JobLogLevel, knowledgeV1.JobLogLevel>({
  [JobLogLevel.INFO]: knowledgeV1.JobLogLevel.JOB_LOG_LEVEL_INFO,
  [JobLogLevel.WARN]: knowledgeV1.JobLogLevel.JOB_LOG_LEVEL_WARN,
  [JobLogLevel.ERROR]: knowledgeV1.JobLogLevel.JOB_LOG_LEVEL_ERROR,
});

export const toJobLogLine = ({ seq, attempt, level, message, atMs }: knowledgeV1.JobLogLine): JobLogLine => ({
  ...{ id: String(seq), attempt, message },
  level: logLevel.fromProto(level),
  at: new Date(atMs),
});

export const toJobSchedule = (schedule: knowledgeV1.JobSchedule): JobSchedule => {
  if (schedule.job === undefined) throw new Error(`Schedule ${schedule.name} starts no job.`);
  return {
    id: schedule.id,
    name: schedule.name,
    kind: kindOf(schedule.job),
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    priority: priorityOf(schedule.job.priority),
    enabled: schedule.enabled,
    nextRunAt: dateOrAbsent(schedule.nextRunAtMs),
    lastRunAt: dateOrAbsent(schedule.lastRunAtMs),
    lastJobId: textOrAbsent(schedule.lastJobId),
    createdBy: schedule.createdBy,
    version: schedule.version,
  };
};

/** @throws INVALID_INPUT unless exactly one job is given */
export function fromScheduledJob(input: ScheduledJobInput): Draft<knowledgeV1.StartJobRequest> {
  const { embed, classify, cluster, train, fineTune } = input;
  const jobs: Draft<knowledgeV1.StartJobRequest>[] = [
    ...(embed ? [{ embed: {} }] : []),
    ...(classify ? [{ classify: { again: classify.again } }] : []),
    ...(cluster ? [{ cluster: { parameters: fromClusteringInput(cluster) } }] : []),
    ...(train ? [{ train: fromTrainingInput(train) }] : []),
    ...(fineTune ? [{ fineTune: fromFineTuningInput(fineTune) }] : []),
  ];
  if (jobs.length !== 1)
    throw DomainError.invalid(
      'job',
      'A schedule starts one job: give exactly one of embed, classify, cluster, train, fineTune.',
    );
  return jobs[0];
}
