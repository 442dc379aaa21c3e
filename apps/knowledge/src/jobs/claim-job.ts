import type { Database, Sql } from '../persistence/database.js';
import { jobColumns, type JobRecord } from './job-record.js';
import { jobTransitions } from './job-state.js';

/** Seconds a worker holds a job without a sign of life; it extends the lease every `heartbeatSeconds`. */
export const leaseSeconds = 15;
export const heartbeatSeconds = 3;

/** Any number, the same in every process: claims take turns, so that two cannot both see the last free place. */
const claimLock = 7_246_002;

const { claim } = jobTransitions;

/** Jobs of the same kind that run now; `job` is the one asked about. */
const running = `(SELECT count(*) FROM job other
   WHERE other.kind = job.kind AND other.state = 'running' AND other.lease_until >= clock_timestamp())`;

/**
 * Makes this worker the one that runs a job. Each claim raises the job's fence, and every later write carries it:
 * whoever held the job before can write no more.
 * @param perKind how many jobs of one kind may run at the same time
 * @returns the job, or undefined if it does not wait (any more), is not due yet, or others of its kind run
 */
export async function claimJob(database: Database, id: string, perKind: number): Promise<JobRecord | undefined> {
  return database.transaction(async (sql) => {
    await sql.rows('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    const [job] = await sql.rows<JobRecord>(
      `UPDATE job SET state = $2, fence = fence + 1, attempt = attempt + 1, stage = '', done = 0, total = 0,
         stage_started_at = NULL, lease_until = clock_timestamp() + make_interval(secs => $4),
         started_at = coalesce(started_at, clock_timestamp()), updated_at = clock_timestamp()
       WHERE id = $1 AND state = ANY ($3) AND run_after <= clock_timestamp() AND ${running} < $5
       RETURNING ${jobColumns}`,
      [id, claim.to, claim.from, leaseSeconds, perKind],
    );
    return job;
  });
}

/** The longest waiting due job of each kind that has a free place. */
export async function claimableJobs(sql: Sql, perKind: number): Promise<string[]> {
  const rows = await sql.rows<{ id: string }>(
    `SELECT DISTINCT ON (kind) id FROM job
     WHERE state = ANY ($1) AND run_after <= clock_timestamp() AND ${running} < $2
     ORDER BY kind, seq`,
    [claim.from, perKind],
  );
  return rows.map(({ id }) => id);
}
