import { knowledgeV1 } from '@cairn/contracts';
import type { JobKind, JobRecord } from './job-record.js';
import { jobStates, type JobState } from './job-state.js';

const stateMessages: Record<JobState, knowledgeV1.JobState> = {
  queued: knowledgeV1.JobState.JOB_STATE_QUEUED,
  running: knowledgeV1.JobState.JOB_STATE_RUNNING,
  succeeded: knowledgeV1.JobState.JOB_STATE_SUCCEEDED,
  failed: knowledgeV1.JobState.JOB_STATE_FAILED,
  cancelled: knowledgeV1.JobState.JOB_STATE_CANCELLED,
};

/** States a list is filtered by, from their wire names; unknown and unspecified ones are left out. */
export function statesOfMessage(states: readonly knowledgeV1.JobState[]): JobState[] {
  return jobStates.filter((state) => states.includes(stateMessages[state]));
}

const resultFields: Record<JobKind, keyof knowledgeV1.Job> = {
  embed: 'embedResult',
  classify: 'classifyResult',
  cluster: 'clusterResult',
  train: 'trainResult',
  fineTune: 'fineTuneResult',
};

/** A row as the contract's Job. Rate and time to go belong to the current stage. */
export function jobToMessage(row: JobRecord): knowledgeV1.Job {
  const { done, total } = row;
  const seconds = row.stage_seconds ?? 0;
  const rate = row.state === 'running' && seconds > 0 ? done / seconds : 0;
  return {
    id: row.id,
    state: stateMessages[row.state],
    [row.kind]: row.input,
    ...(row.state === 'succeeded' ? { [resultFields[row.kind]]: row.result } : {}),
    error: row.error ?? undefined,
    stage: row.stage,
    done,
    total,
    rate,
    etaSeconds: rate > 0 && total >= done ? (total - done) / rate : undefined,
    attempt: row.attempt,
    cancelRequested: row.cancel_requested,
    createdBy: row.created_by,
    createdAtMs: row.created_at.getTime(),
    startedAtMs: row.started_at?.getTime() ?? 0,
    finishedAtMs: row.finished_at?.getTime() ?? 0,
  };
}
