import { randomUUID } from 'node:crypto';
import type { Logger } from '@cairn/service-kit';
import type { Database, Sql } from '../persistence/database.js';
import { nextRun } from './cron.js';
import { scheduleColumns, type JobScheduleRecord } from './job-schedule.js';
import { insertJob } from './job-store.js';

type Due = JobScheduleRecord & { readonly now: Date };

/**
 * Starts the jobs of the schedules that are due. Job and next time are one transaction under the schedule's lock: however
 * many workers look, and wherever one dies, each time starts one job. If the job of the last time has not ended, this
 * time is left out; of times missed while no worker ran, one is made up for.
 * @returns ids of the jobs
 */
export async function fireSchedules(database: Database, logger: Logger): Promise<string[]> {
  const [due] = await database.rows(
    'SELECT 1 FROM job_schedule WHERE enabled AND next_run_at <= clock_timestamp() LIMIT 1',
  );
  if (due === undefined) return [];
  return database.transaction(async (sql) => {
    const schedules = await sql.rows<Due>(
      `SELECT ${scheduleColumns}, clock_timestamp() AS now FROM job_schedule
       WHERE enabled AND next_run_at <= clock_timestamp() ORDER BY next_run_at LIMIT 20 FOR UPDATE SKIP LOCKED`,
    );
    const jobs: string[] = [];
    for (const schedule of schedules) {
      const busy = await isBusy(sql, schedule);
      if (busy)
        logger.warn({ schedule: schedule.name }, 'the last job of a schedule still runs: this time is left out');
      else jobs.push(await startScheduled(sql, schedule));
      await sql.rows('UPDATE job_schedule SET next_run_at = $2 WHERE id = $1', [
        schedule.id,
        nextRun(schedule.cron, schedule.timeZone, schedule.now),
      ]);
    }
    return jobs;
  });
}

/** Inserts the schedule's job, in the caller's transaction. @returns its id */
export async function startScheduled(sql: Sql, schedule: JobScheduleRecord): Promise<string> {
  const id = randomUUID();
  const { kind, input, priority, createdBy: by } = schedule;
  await insertJob(sql, { id, kind, input, priority, by, scheduleId: schedule.id, spaceId: schedule.spaceId });
  await sql.rows(
    `UPDATE job_schedule SET last_run_at = clock_timestamp(), last_job_id = $2, updated_at = clock_timestamp()
     WHERE id = $1`,
    [schedule.id, id],
  );
  return id;
}

async function isBusy(sql: Sql, { lastJobId }: JobScheduleRecord): Promise<boolean> {
  const rows = await sql.rows(`SELECT 1 FROM job WHERE id = $1 AND state IN ('queued', 'running')`, [lastJobId]);
  return rows.length > 0;
}
