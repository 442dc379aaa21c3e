import type { inferenceV1 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import type { HeadRecord } from './head-in-use.js';

/** Stores a head that a job has trained, as a candidate; one that is there already is left as it is. */
export async function storeHead(
  database: Database,
  head: inferenceV1.Head,
  encoder: EncoderRecord,
  parent: HeadRecord | undefined,
  seed: number,
  job: RunningJob,
): Promise<void> {
  await database.transaction(async (sql) => {
    await job.guard(sql);
    await sql.rows(
      `INSERT INTO trained_head (id, encoder, figures, parent_id, job_id, seed) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO NOTHING`,
      [head.id, encoder.id, JSON.stringify(head), parent?.id ?? null, job.id, seed],
    );
  });
}
