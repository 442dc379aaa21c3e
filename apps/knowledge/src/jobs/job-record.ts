import type { knowledgeV1 } from '@cairn/contracts';
import type { JobState } from './job-state.js';

/** What each kind of job is given. */
export interface JobInputs {
  embed: knowledgeV1.EmbedInput;
  classify: knowledgeV1.ClassifyInput;
  cluster: knowledgeV1.ClusterInput;
  train: knowledgeV1.TrainInput;
  fineTune: knowledgeV1.FineTuneInput;
  evaluate: knowledgeV1.EvaluateInput;
}

/** What each kind of job ends with. */
export interface JobResults {
  embed: knowledgeV1.EmbedResult;
  classify: knowledgeV1.ClassifyResult;
  cluster: knowledgeV1.ClusterResult;
  train: knowledgeV1.TrainResult;
  fineTune: knowledgeV1.FineTuneJobResult;
  evaluate: knowledgeV1.EvaluateResult;
}

export const jobKinds = [
  'embed',
  'classify',
  'cluster',
  'train',
  'fineTune',
  'evaluate',
] as const satisfies readonly (keyof JobInputs)[];
export type JobKind = (typeof jobKinds)[number];

/** A row of the table `job`, as `jobColumns` selects it. */
export interface JobRecord {
  readonly id: string;
  /** The space it works on. */
  readonly space_id: string;
  readonly seq: number;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly input: JobInputs[JobKind];
  /** Of an ended job; before that, what is done so far. */
  readonly result: JobResults[JobKind] | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** Seconds from the start of the stage to its last step; null before the first step. */
  readonly stage_seconds: number | null;
  readonly attempt: number;
  readonly fence: number;
  readonly failures: number;
  /** -1 low, 0 normal, 1 high. */
  readonly priority: number;
  /** Set on dead letters: all attempts were used up, or the fault was ours. */
  readonly dead_at: Date | null;
  readonly schedule_id: string | null;
  readonly run_after: Date;
  readonly cancel_requested: boolean;
  /** `traceparent` of the request that started it. */
  readonly trace_parent: string | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  /** To the microsecond, as text: changes with everything a watcher wants to see. */
  readonly revision: string;
}

export const jobColumns = `id, space_id, seq, kind, state, input, result, error, stage, done, total,
  extract(epoch FROM updated_at - stage_started_at)::float8 AS stage_seconds, attempt, fence, failures,
  priority, dead_at, schedule_id, run_after, cancel_requested, trace_parent, created_by, created_at, started_at, finished_at, updated_at::text AS revision`;
