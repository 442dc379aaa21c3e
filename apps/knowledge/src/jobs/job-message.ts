import { knowledgeV1 } from '@cairn/contracts';
import type { JobLogLevel, JobLogLine } from './job-log.js';
import type { JobKind, JobRecord } from './job-record.js';
import type { JobScheduleRecord } from './job-schedule.js';
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
  evaluate: 'evaluateResult',
};

const { JobPriority } = knowledgeV1;
/** Low, normal, high: -1, 0, 1 in the table. */
const priorityMessages = [JobPriority.JOB_PRIORITY_LOW, JobPriority.JOB_PRIORITY_NORMAL, JobPriority.JOB_PRIORITY_HIGH];

/** A priority as the table has it; normal where none is given. */
export function priorityOfMessage(priority: knowledgeV1.JobPriority | undefined): number {
  const place = priorityMessages.indexOf(priority ?? JobPriority.JOB_PRIORITY_NORMAL);
  return place < 0 ? 0 : place - 1;
}

const levelMessages: Record<JobLogLevel, knowledgeV1.JobLogLevel> = {
  info: knowledgeV1.JobLogLevel.JOB_LOG_LEVEL_INFO,
  warn: knowledgeV1.JobLogLevel.JOB_LOG_LEVEL_WARN,
  error: knowledgeV1.JobLogLevel.JOB_LOG_LEVEL_ERROR,
};

export function lineToMessage({ seq, attempt, level, message, at }: JobLogLine): knowledgeV1.JobLogLine {
  return { seq, attempt, level: levelMessages[level], message, atMs: at.getTime() };
}

export function scheduleToMessage(row: JobScheduleRecord): knowledgeV1.JobSchedule {
  return {
    id: row.id,
    name: row.name,
    job: { [row.kind]: row.input, priority: priorityMessages[row.priority + 1], idempotencyKey: '' },
    cron: row.cron,
    timeZone: row.timeZone,
    enabled: row.enabled,
    nextRunAtMs: row.nextRunAt?.getTime() ?? 0,
    lastRunAtMs: row.lastRunAt?.getTime() ?? 0,
    lastJobId: row.lastJobId ?? '',
    createdBy: row.createdBy,
    version: row.version,
  };
}

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
    priority: priorityMessages[row.priority + 1],
    deadAtMs: row.dead_at?.getTime() ?? 0,
    scheduleId: row.schedule_id ?? '',
    runAfterMs: row.state === 'queued' && row.run_after > row.created_at ? row.run_after.getTime() : 0,
  };
}
