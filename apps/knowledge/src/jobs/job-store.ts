import { DomainError } from '@cairn/contracts';
import { actorOf, type Caller } from '../access/caller.js';
import type { Database, Sql } from '../persistence/database.js';
import { once } from '../persistence/idempotent-result.js';
import { checkedId, isId } from '../questions/checked-text.js';
import type { JobOrder } from './job-input.js';
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

/** Newest first. @param states empty: all */
export async function listJobs(
  sql: Sql,
  states: readonly JobState[],
  afterSeq: number | undefined,
  limit: number,
): Promise<JobRecord[]> {
  return sql.rows<JobRecord>(
    `SELECT ${jobColumns} FROM job WHERE (cardinality($1::text[]) = 0 OR state = ANY ($1))
       AND ($2::bigint IS NULL OR seq < $2) ORDER BY seq DESC LIMIT $3`,
    [states, afterSeq ?? null, limit],
  );
}

export async function countJobs(sql: Sql, states: readonly JobState[]): Promise<number> {
  const [{ total }] = await sql.rows<{ total: number }>(
    'SELECT count(*) AS total FROM job WHERE cardinality($1::text[]) = 0 OR state = ANY ($1)',
    [states],
  );
  return total;
}

/** A waiting job; with an idempotency key that was used before, the job it made then. */
export async function createJob(
  database: Database,
  caller: Caller,
  order: JobOrder,
  idempotencyKey: string,
): Promise<JobRecord> {
  return database.transaction(async (sql) => {
    const call = { actor: actorOf(caller), operation: 'StartJob', key: idempotencyKey };
    const id = await once(sql, call, async (newId) => {
      await sql.rows('INSERT INTO job (id, kind, input, created_by) VALUES ($1, $2, $3, $4)', [
        newId,
        order.kind,
        JSON.stringify(order.input),
        actorOf(caller),
      ]);
    });
    return readJob(sql, id);
  });
}

/** Ends a waiting job at once and asks the worker of a running one to stop. @throws NOT_FOUND, CONFLICT if it has ended */
export async function cancelJob(database: Database, id: string): Promise<JobRecord> {
  const { claim, cancel } = jobTransitions;
  const rows = await database.rows<JobRecord>(
    `UPDATE job SET cancel_requested = true, updated_at = clock_timestamp(),
       state = CASE WHEN state = ANY ($2) THEN $3 ELSE state END,
       finished_at = CASE WHEN state = ANY ($2) THEN clock_timestamp() END
     WHERE id = $1 AND state = ANY ($4) RETURNING ${jobColumns}`,
    [checkedId('job', id), claim.from, cancel.to, cancel.from],
  );
  return rows[0] ?? refuse(database, id, 'cancelled');
}

/** Lets a failed or cancelled job wait again, with all its attempts. @throws NOT_FOUND, CONFLICT if it has not ended so */
export async function retryJob(database: Database, id: string): Promise<JobRecord> {
  const { retry } = jobTransitions;
  const rows = await database.rows<JobRecord>(
    `UPDATE job SET state = $2, failures = 0, result = NULL, error = NULL, cancel_requested = false, finished_at = NULL, stage = '',
       done = 0, total = 0, run_after = clock_timestamp(), updated_at = clock_timestamp()
     WHERE id = $1 AND state = ANY ($3) RETURNING ${jobColumns}`,
    [checkedId('job', id), retry.to, retry.from],
  );
  return rows[0] ?? refuse(database, id, 'run again');
}

async function refuse(database: Database, id: string, what: string): Promise<never> {
  const { state } = await readJob(database, id);
  throw DomainError.conflict(`This job is ${state}; it cannot be ${what}.`, 'id');
}
