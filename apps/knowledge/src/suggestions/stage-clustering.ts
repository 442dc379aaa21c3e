import type { knowledgeV1 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database, Sql } from '../persistence/database.js';
import { filterKey, filterOf } from './cluster-filter.js';
import type { Block } from './cluster-vectors.js';
import type { CompleteParameters } from './clustering-input.js';
import type { QuestionIds } from './question-ids.js';

const rowsPerStatement = 4_096;

/** What a job has stored already, so that the next attempt does not make it again. */
export async function findResultOfJob(sql: Sql, jobId: string): Promise<knowledgeV1.ClusterResult | undefined> {
  const [row] = await sql.rows<{ id: string; suggestions: number }>(
    `SELECT id, (SELECT count(*) FROM cluster JOIN suggestion ON suggestion.id = cluster.suggestion_id
       WHERE cluster.clustering_id = clustering.id AND suggestion.state = 'pending') AS suggestions
     FROM clustering WHERE job_id = $1 AND finished`,
    [jobId],
  );
  return row && { clusteringId: row.id, suggestions: row.suggestions };
}

/** The last finished run over the same questions. */
export async function findPreviousRun(sql: Sql, key: string): Promise<string | undefined> {
  const [row] = await sql.rows<{ id: string }>(
    `SELECT id FROM clustering WHERE filter_key = $1 AND finished AND questions > 0 ORDER BY seq DESC LIMIT 1`,
    [key],
  );
  return row?.id;
}

/**
 * Begins a run that nobody sees until it is finished, and clears away what earlier attempts and killed workers left.
 * @returns its id
 */
export async function stageClustering(
  database: Database,
  encoder: EncoderRecord,
  parameters: CompleteParameters,
  questions: number,
  job: RunningJob,
): Promise<string> {
  return database.transaction(async (sql) => {
    await job.guard(sql);
    await sql.rows(
      `DELETE FROM clustering WHERE NOT finished AND (job_id = $1 OR NOT EXISTS
         (SELECT 1 FROM job WHERE job.id = clustering.job_id AND job.state IN ('queued', 'running')))`,
      [job.id],
    );
    const [{ id }] = await sql.rows<{ id: string }>(
      `INSERT INTO clustering (job_id, encoder, parameters, filter_key, questions, n_clusters, inertia, silhouette, iterations)
       VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0) RETURNING id`,
      [job.id, encoder.id, JSON.stringify(parameters), filterKey(filterOf(parameters)), questions],
    );
    return id;
  });
}

/** Stores a block of assignments; row `offset + i` is question `ids.at(offset + i)`. */
export async function stageBlock(
  database: Database,
  clusteringId: string,
  ids: QuestionIds,
  { offset, labels, distances }: Block,
  job: RunningJob,
): Promise<void> {
  for (let start = 0; start < labels.length; start += rowsPerStatement) {
    const end = Math.min(labels.length, start + rowsPerStatement);
    await database.transaction(async (sql) => {
      await job.guard(sql);
      await sql.rows(
        `INSERT INTO clustering_member (clustering_id, question_id, cluster_index, distance)
         SELECT $1, given.question_id, given.cluster_index, given.distance
         FROM unnest($2::uuid[], $3::int[], $4::real[]) AS given (question_id, cluster_index, distance)
         JOIN question ON question.id = given.question_id`,
        [clusteringId, ids.slice(offset + start, offset + end), labels.slice(start, end), distances.slice(start, end)],
      );
    });
  }
}

/** Removes a run that will not be finished. A worker that is killed first leaves it to the next run. */
export async function discardClustering(database: Database, clusteringId: string): Promise<void> {
  await database.rows('DELETE FROM clustering WHERE id = $1 AND NOT finished', [clusteringId]);
}
