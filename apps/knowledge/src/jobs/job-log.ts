import type { Sql } from '../persistence/database.js';

/** What a job writes down about itself, for the people who started it. The service's own log is another thing. */
export type JobLogLevel = 'info' | 'warn' | 'error';

export interface JobLogLine {
  readonly seq: number;
  readonly attempt: number;
  readonly level: JobLogLevel;
  readonly message: string;
  readonly at: Date;
}

/** A line that waits to be stored. */
export interface UnwrittenLine {
  readonly level: JobLogLevel;
  readonly message: string;
}

/** Lines of one job that its handler may write. What happens to the job itself is always written. */
export const maxLines = 1_000;
const maxLength = 2_000;

const columns = 'seq, attempt, level, message, at';

/**
 * Stores lines of a job. The job's row is locked first, so that lines appear in the order of `seq` and a reader who goes
 * on after the last one misses none.
 * @param fence of the claim; with another one the job is somebody else's, and nothing is written
 */
export async function writeLog(
  sql: Sql,
  jobId: string,
  lines: readonly UnwrittenLine[],
  fence?: number,
): Promise<void> {
  await sql.rows(
    `WITH held AS MATERIALIZED (
       SELECT id, space_id, attempt FROM job WHERE id = $1 AND ($2::int IS NULL OR fence = $2) FOR UPDATE)
     INSERT INTO job_log (space_id, job_id, attempt, level, message)
     SELECT held.space_id, held.id, held.attempt, line.level, line.message
     FROM held, unnest($3::text[], $4::text[]) WITH ORDINALITY AS line (level, message, place) ORDER BY line.place`,
    [
      jobId,
      fence ?? null,
      lines.map(({ level }) => level),
      lines.map(({ message }) => message.replaceAll('\0', '').slice(0, maxLength)),
    ],
  );
}

/** Lines after one, oldest first. */
export async function readLog(sql: Sql, jobId: string, afterSeq: number, limit: number): Promise<JobLogLine[]> {
  return sql.rows<JobLogLine>(
    `SELECT ${columns} FROM job_log WHERE job_id = $1 AND seq > $2 ORDER BY seq LIMIT ${limit}`,
    [jobId, afterSeq],
  );
}

export async function countLog(sql: Sql, jobId: string): Promise<number> {
  const [{ total }] = await sql.rows<{ total: number }>('SELECT count(*) AS total FROM job_log WHERE job_id = $1', [
    jobId,
  ]);
  return total;
}
