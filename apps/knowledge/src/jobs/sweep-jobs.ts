import type { Logger } from '@cairn/service-kit';
import type { Database } from '../persistence/database.js';
import { claimableJobs, leaseSeconds, type JobPlaces } from './claim-job.js';
import { fireSchedules } from './fire-schedules.js';
import { maxFailures } from './job-failure.js';
import { jobTransitions } from './job-state.js';
import type { JobQueue } from './queue.js';

/** Every worker sweeps that often: a job whose worker died runs again after a lease and a sweep, under 20 s. */
export const sweepSeconds = 3;

const diedTooOften = {
  code: 'INTERNAL',
  message: `The worker died ${maxFailures} times over this job; the worker's log says more. Retry the job to go on.`,
};

/**
 * Takes jobs away from workers that gave no sign of life until their lease ran out: they wait again, end if they were
 * to be cancelled, and fail after `maxFailures` deaths in a row.
 * @param own jobs that this very process runs: it lives, only the database was too busy to hear of it
 * @returns how many
 */
export async function takeBackLostJobs(database: Database, own: readonly string[] = []): Promise<number> {
  const { requeue, cancel, fail } = jobTransitions;
  const rows = await database.rows(
    `WITH taken AS (UPDATE job SET failures = failures + 1, lease_until = NULL, run_after = clock_timestamp(),
       updated_at = clock_timestamp(),
       state = CASE WHEN cancel_requested THEN $2 WHEN failures + 1 >= $5 THEN $3 ELSE $4 END,
       finished_at = CASE WHEN cancel_requested OR failures + 1 >= $5 THEN clock_timestamp() END,
       dead_at = CASE WHEN NOT cancel_requested AND failures + 1 >= $5 THEN clock_timestamp() END,
       error = CASE WHEN NOT cancel_requested AND failures + 1 >= $5 THEN $6::jsonb END
     WHERE state = ANY ($1) AND lease_until < clock_timestamp() AND id <> ALL ($7::uuid[])
     RETURNING id, space_id, attempt, state, failures)
     INSERT INTO job_log (space_id, job_id, attempt, level, message)
     SELECT space_id, id, attempt, CASE state WHEN 'failed' THEN 'error' ELSE 'warn' END,
       'The worker gave no sign of life for ${leaseSeconds} s, ' || CASE state
         WHEN 'failed' THEN 'the ' || failures || 'th time in a row: this is a dead letter now.'
         WHEN 'cancelled' THEN 'and the job was to be cancelled: it has ended.'
         ELSE 'another attempt follows.' END
     FROM taken RETURNING job_id`,
    [requeue.from, cancel.to, fail.to, requeue.to, maxFailures, JSON.stringify(diedTooOften), own],
  );
  return rows.length;
}

/** Sends messages for jobs that wait and could run: their message was lost, or others of their kind were in the way. */
export async function sendWaitingJobs(database: Database, queue: JobQueue, places: JobPlaces): Promise<void> {
  for (const id of await claimableJobs(database, places)) await queue.send(id);
}

/** One sweep, which also starts what schedules have due; a database that is away is waited for. @param own jobs that this process runs */
export async function sweepJobs(
  database: Database,
  queue: JobQueue,
  places: JobPlaces,
  own: readonly string[],
  logger: Logger,
): Promise<void> {
  try {
    const lost = await takeBackLostJobs(database, own);
    if (lost > 0) logger.warn({ jobs: lost }, 'took back jobs whose worker died');
    const started = await fireSchedules(database, logger);
    if (started.length > 0) logger.info({ jobs: started }, 'started scheduled jobs');
    await sendWaitingJobs(database, queue, places);
  } catch (error) {
    logger.warn({ err: error }, 'could not look after waiting jobs');
  }
}
