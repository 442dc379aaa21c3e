import type { Database, Sql } from '../persistence/database.js';
import { jobColumns, type JobKind, type JobRecord } from './job-record.js';
import { jobTransitions } from './job-state.js';

/** Seconds a worker holds a job without a sign of life; it extends the lease every `heartbeatSeconds`. */
export const leaseSeconds = 15;
export const heartbeatSeconds = 3;

/** Any number, the same in every process: claims take turns, so that two cannot both see the last free place. */
const claimLock = 7_246_002;

const { claim } = jobTransitions;

/** How many jobs of a kind may run at the same time, over all workers; one where nothing is said. */
export type JobPlaces = Partial<Record<JobKind, number>>;

/** Whether a job of that kind has a place; `$n::jsonb` are the places. */
const hasPlace = (kind: string, places: string) => `(SELECT count(*) FROM job other
   WHERE other.kind = ${kind} AND other.state = 'running' AND other.lease_until >= clock_timestamp())
   < coalesce((${places}::jsonb ->> ${kind})::int, 1)`;

/**
 * Makes this worker the one that runs a job: of the kind of the job it was told of, the most urgent one that waits and
 * is due. Each claim raises the job's fence, and every later write carries it: whoever held the job before can write
 * no more.
 * @param told id of the job the message was about
 * @returns the job, or undefined if none of its kind waits (any more) or is due, or others of its kind run
 */
export async function claimJob(
  database: Database,
  told: string,
  places: JobPlaces = {},
): Promise<JobRecord | undefined> {
  return database.transaction(async (sql) => {
    await sql.rows('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    const [job] = await sql.rows<JobRecord>(
      `UPDATE job SET state = $2, fence = fence + 1, attempt = attempt + 1, stage = '', done = 0, total = 0,
         stage_started_at = NULL, lease_until = clock_timestamp() + make_interval(secs => $4),
         started_at = coalesce(started_at, clock_timestamp()), updated_at = clock_timestamp()
       WHERE id = (
         SELECT waiting.id FROM job told JOIN job waiting ON waiting.kind = told.kind
         WHERE told.id = $1 AND waiting.state = ANY ($3) AND waiting.run_after <= clock_timestamp()
           AND ${hasPlace('told.kind', '$5')}
         ORDER BY waiting.priority DESC, waiting.seq LIMIT 1)
       RETURNING ${jobColumns}`,
      [told, claim.to, claim.from, leaseSeconds, JSON.stringify(places)],
    );
    return job;
  });
}

/** The most urgent due job of each kind that has a free place. */
export async function claimableJobs(sql: Sql, places: JobPlaces = {}): Promise<string[]> {
  const rows = await sql.rows<{ id: string }>(
    `SELECT DISTINCT ON (kind) id FROM job
     WHERE state = ANY ($1) AND run_after <= clock_timestamp() AND ${hasPlace('job.kind', '$2')}
     ORDER BY kind, priority DESC, seq`,
    [claim.from, JSON.stringify(places)],
  );
  return rows.map(({ id }) => id);
}
