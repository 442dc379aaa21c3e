import type { JobInputs, JobKind } from './job-record.js';

/** A row of `job_schedule`, as `scheduleColumns` selects it. */
export interface JobScheduleRecord {
  readonly id: string;
  /** The space its jobs work on. */
  readonly spaceId: string;
  readonly seq: number;
  readonly name: string;
  readonly kind: JobKind;
  readonly input: JobInputs[JobKind];
  readonly cron: string;
  readonly timeZone: string;
  readonly priority: number;
  readonly enabled: boolean;
  readonly nextRunAt: Date | null;
  readonly lastRunAt: Date | null;
  readonly lastJobId: string | null;
  readonly createdBy: string;
  readonly version: number;
}

export const scheduleColumns = `id, space_id AS "spaceId", seq, name, kind, input, cron, time_zone AS "timeZone", priority, enabled,
  next_run_at AS "nextRunAt", last_run_at AS "lastRunAt", last_job_id AS "lastJobId", created_by AS "createdBy", version`;
