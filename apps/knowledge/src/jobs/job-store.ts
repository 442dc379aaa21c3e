import { DomainError } from '@cairn/contracts';
import { currentTraceParent } from '@cairn/service-kit';
import { actorOf, type Caller } from '../access/caller.js';
import { defaultSpace } from '../access/scope.js';
import type { Database, Sql } from '../persistence/database.js';
import { once } from '../persistence/idempotent-result.js';
import { checkedId, isId } from '../questions/checked-text.js';
import type { JobOrder } from './job-input.js';
import { writeLog } from './job-log.js';
import { jobColumns, type JobRecord } from './job-record.js';
import { jobTransitions, type JobState } from './job-state.js';

/** Jobs by id, in the order asked; ids that do not exist are left out. */
export async function readJobs(sql: Sql, ids: readonly string[]): Promise<JobRecord[]> {
  const query = `SELECT ${jobColumns} FROM job WHERE id = ANY ($1::uuid[])`;
  const rows = await sql.rows<JobRecord>(query, [ids.filter(isId)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []);
}

/** One job. @throws NOT_FOUND */
export async function readJob(sql: Sql, id: string): Promise<JobRecord> {
  const [job] = await readJobs(sql, [checkedId('job', id)]);
  if (job === undefined) throw DomainError.notFound('job', id);
  return job;
}

/** Which jobs a list has. */
export interface JobFilter {
  /** Empty: all. */
  readonly states: readonly JobState[];
  /** Empty: all. */
  readonly kinds: readonly string[];
  /** Only dead letters. */
  readonly dead: boolean;
}

const matching = `(cardinality($1::text[]) = 0 OR state = ANY ($1))
  AND (cardinality($2::text[]) = 0 OR kind = ANY ($2)) AND (NOT $3::boolean OR dead_at IS NOT NULL)`;

/** Newest first. */
export async function listJobs(
  sql: Sql,
  { states, kinds, dead }: JobFilter,
  afterSeq: number | undefined,
  limit: number,
): Promise<JobRecord[]> {
  return sql.rows<JobRecord>(
    `SELECT ${jobColumns} FROM job WHERE ${matching}
       AND ($4::bigint IS NULL OR seq < $4) ORDER BY seq DESC LIMIT $5`,
    [states, kinds, dead, afterSeq ?? null, limit],
  );
}

export async function countJobs(sql: Sql, { states, kinds, dead }: JobFilter): Promise<number> {
  const [{ total }] = await sql.rows<{ total: number }>(`SELECT count(*) AS total FROM job WHERE ${matching}`, [
    states,
    kinds,
    dead,
  ]);
  return total;
}

/** A waiting job; with an idempotency key that was used before, the job it made then. */
export async function createJob(
  database: Database,
  caller: Caller,
  order: JobOrder,
  idempotencyKey: string,
  from: { readonly priority?: number; readonly scheduleId?: string } = {},
): Promise<JobRecord> {
  return database.transaction(async (sql) => {
    const call = { actor: actorOf(caller), operation: 'StartJob', key: idempotencyKey };
    const id = await once(sql, call, (newId) => insertJob(sql, { id: newId, ...order, ...from, by: actorOf(caller) }));
    return readJob(sql, id);
  });
}

/** A job as it begins to wait. */
export interface NewJob extends JobOrder {
  readonly id: string;
  readonly by: string;
  readonly priority?: number;
  readonly scheduleId?: string;
  /** The scope's where it is absent. */
  readonly spaceId?: string;
}

export async function insertJob(sql: Sql, { id, kind, input, by, ...more }: NewJob): Promise<void> {
  await sql.rows(
    `INSERT INTO job (id, kind, input, created_by, priority, schedule_id, space_id, trace_parent)
     VALUES ($1, $2, $3, $4, $5, $6, coalesce($7::uuid, cairn_space(), '${defaultSpace}'), $8)`,
    [
      ...[id, kind, JSON.stringify(input), by, more.priority ?? 0, more.scheduleId ?? null, more.spaceId ?? null],
      currentTraceParent() ?? null,
    ],
  );
}

/** Ends a waiting job at once and asks the worker of a running one to stop. @throws NOT_FOUND, CONFLICT if it has ended */
export async function cancelJob(database: Database, id: string, by = ''): Promise<JobRecord> {
  const { claim, cancel } = jobTransitions;
  return changed(
    database,
    id,
    'cancelled',
    `Asked to stop${by && ` by ${by}`}.`,
    `UPDATE job SET cancel_requested = true, updated_at = clock_timestamp(),
       state = CASE WHEN state = ANY ($2) THEN $3 ELSE state END,
       finished_at = CASE WHEN state = ANY ($2) THEN clock_timestamp() END
     WHERE id = $1 AND state = ANY ($4) RETURNING ${jobColumns}`,
    [checkedId('job', id), claim.from, cancel.to, cancel.from],
  );
}

const runAgain = `state = $2, failures = 0, result = NULL, error = NULL, cancel_requested = false, finished_at = NULL,
  dead_at = NULL, stage = '', done = 0, total = 0, run_after = clock_timestamp(), updated_at = clock_timestamp()`;

/** Lets a failed or cancelled job wait again, with all its attempts. @throws NOT_FOUND, CONFLICT if it has not ended so */
export async function retryJob(database: Database, id: string, by = ''): Promise<JobRecord> {
  const { retry } = jobTransitions;
  return changed(
    database,
    id,
    'run again',
    `To run again${by && `, says ${by}`}.`,
    `UPDATE job SET ${runAgain} WHERE id = $1 AND state = ANY ($3) RETURNING ${jobColumns}`,
    [checkedId('job', id), retry.to, retry.from],
  );
}

/** Dead letters of a kind (empty: of all), the oldest first, to run again. */
export async function redriveJobs(database: Database, kind: string, first: number, by: string): Promise<JobRecord[]> {
  const { retry } = jobTransitions;
  return database.transaction(async (sql) => {
    const rows = await sql.rows<JobRecord>(
      `UPDATE job SET ${runAgain}
       WHERE id IN (SELECT id FROM job WHERE dead_at IS NOT NULL AND state = ANY ($3) AND ($1 = '' OR kind = $1)
                    ORDER BY seq LIMIT $4 FOR UPDATE SKIP LOCKED)
       RETURNING ${jobColumns}`,
      [kind, retry.to, retry.from, first],
    );
    for (const { id } of rows) await writeLog(sql, id, [{ level: 'info', message: `Redriven by ${by}.` }]);
    return rows.sort((a, b) => a.seq - b.seq);
  });
}

/** Changes a job's state and says so in its log. */
async function changed(
  database: Database,
  id: string,
  what: string,
  line: string,
  update: string,
  parameters: readonly unknown[],
): Promise<JobRecord> {
  const rows = await database.transaction(async (sql) => {
    const updated = await sql.rows<JobRecord>(update, parameters);
    if (updated.length > 0) await writeLog(sql, id, [{ level: 'info', message: line }]);
    return updated;
  });
  return rows[0] ?? refuse(database, id, what);
}

async function refuse(database: Database, id: string, what: string): Promise<never> {
  const { state } = await readJob(database, id);
  throw DomainError.conflict(`This job is ${state}; it cannot be ${what}.`, 'id');
}
