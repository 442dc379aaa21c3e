import { DomainError } from '@cairn/contracts';
import { actorOf, type Caller } from '../access/caller.js';
import { sqlStateOf, type Database, type Sql } from '../persistence/database.js';
import { isId } from '../questions/checked-text.js';
import { nextRun } from './cron.js';
import { startScheduled } from './fire-schedules.js';
import type { JobOrder } from './job-input.js';
import type { JobRecord } from './job-record.js';
import { scheduleColumns, type JobScheduleRecord } from './job-schedule.js';
import { readJob } from './job-store.js';

export interface NewSchedule {
  readonly name: string;
  readonly order: JobOrder;
  readonly cron: string;
  readonly timeZone: string;
  readonly priority: number;
  readonly enabled: boolean;
}

export interface ScheduleChange {
  readonly cron?: string;
  readonly timeZone?: string;
  readonly enabled?: boolean;
}

/** Newest first. */
export async function listSchedules(
  sql: Sql,
  afterSeq: number | undefined,
  limit: number,
): Promise<JobScheduleRecord[]> {
  return sql.rows<JobScheduleRecord>(
    `SELECT ${scheduleColumns} FROM job_schedule WHERE $1::bigint IS NULL OR seq < $1 ORDER BY seq DESC LIMIT $2`,
    [afterSeq ?? null, limit],
  );
}

export async function countSchedules(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>('SELECT count(*) AS total FROM job_schedule'))[0].total;
}

/** @throws INVALID_INPUT naming `name`, `cron` or `timeZone`; CONFLICT if the name is taken */
export async function createSchedule(
  database: Database,
  caller: Caller,
  { name, order, cron, timeZone, priority, enabled }: NewSchedule,
): Promise<JobScheduleRecord> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
    throw DomainError.invalid(
      'name',
      `A schedule's name is made of lower case letters, digits and "-", 63 at most; got "${name}".`,
    );
  const next = nextRun(cron, timeZone, new Date());
  try {
    const [row] = await database.rows<JobScheduleRecord>(
      `INSERT INTO job_schedule (name, kind, input, cron, time_zone, priority, enabled, next_run_at, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${scheduleColumns}`,
      [
        ...[name, order.kind, JSON.stringify(order.input), cron, timeZone, priority, enabled],
        ...[enabled ? next : null, actorOf(caller)],
      ],
    );
    return row;
  } catch (error) {
    if (sqlStateOf(error) === '23505') throw DomainError.conflict(`There is a schedule "${name}" already.`, 'name');
    throw error;
  }
}

/** @throws NOT_FOUND, CONFLICT if it has another version now, INVALID_INPUT naming `cron` or `timeZone` */
export async function updateSchedule(
  database: Database,
  idOrName: string,
  expectedVersion: number,
  change: ScheduleChange,
): Promise<JobScheduleRecord> {
  return database.transaction(async (sql) => {
    const held = await lockSchedule(sql, idOrName);
    if (held.version !== expectedVersion)
      throw DomainError.conflict(
        `The schedule has version ${held.version} now, not ${expectedVersion}. Read it again and repeat the change.`,
        'expectedVersion',
      );
    const { cron = held.cron, timeZone = held.timeZone, enabled = held.enabled } = change;
    const next = nextRun(cron, timeZone, new Date());
    const [row] = await sql.rows<JobScheduleRecord>(
      `UPDATE job_schedule SET cron = $2, time_zone = $3, enabled = $4, next_run_at = $5, version = version + 1,
         updated_at = clock_timestamp() WHERE id = $1 RETURNING ${scheduleColumns}`,
      [held.id, cron, timeZone, enabled, enabled ? next : null],
    );
    return row;
  });
}

/** Its jobs stay. @throws NOT_FOUND */
export async function deleteSchedule(database: Database, idOrName: string): Promise<void> {
  await database.transaction(async (sql) => {
    const { id } = await lockSchedule(sql, idOrName);
    await sql.rows('DELETE FROM job_schedule WHERE id = $1', [id]);
  });
}

/** Starts its job now, even beside one that runs. @throws NOT_FOUND */
export async function runSchedule(database: Database, idOrName: string): Promise<JobRecord> {
  return database.transaction(async (sql) =>
    readJob(sql, await startScheduled(sql, await lockSchedule(sql, idOrName))),
  );
}

async function lockSchedule(sql: Sql, idOrName: string): Promise<JobScheduleRecord> {
  // PostgreSQL takes no NUL, so no schedule has one in its name.
  if (idOrName.includes('\0')) throw DomainError.notFound('schedule', idOrName);
  const [row] = await sql.rows<JobScheduleRecord>(
    `SELECT ${scheduleColumns} FROM job_schedule WHERE ${isId(idOrName) ? 'id' : 'name'} = $1 FOR UPDATE`,
    [idOrName],
  );
  if (row === undefined) throw DomainError.notFound('schedule', idOrName);
  return row;
}
