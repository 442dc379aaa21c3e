import type { knowledgeV1 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database, Sql } from '../persistence/database.js';
import type { ClusteredQuestions } from './cluster-vectors.js';
import type { NewSuggestion } from './suggest-topics.js';

const rowsPerStatement = 10_000;

/** What the job has made already; undefined while it has not. */
export async function findResultOfJob(sql: Sql, jobId: string): Promise<knowledgeV1.ClusterResult | undefined> {
  const [row] = await sql.rows<{ id: string; suggestions: number }>(
    `SELECT id, (SELECT count(*) FROM suggestion WHERE clustering_id = clustering.id) AS suggestions
     FROM clustering WHERE job_id = $1`,
    [jobId],
  );
  return row && { clusteringId: row.id, suggestions: row.suggestions };
}

/**
 * Stores a clustering, its members and its suggestions in one transaction; pending suggestions of older runs of the
 * same scope are superseded. A job that was run again after this finds what it has made and makes nothing.
 */
export async function storeClustering(
  database: Database,
  encoder: EncoderRecord,
  parameters: knowledgeV1.ClusteringParameters,
  clustered: ClusteredQuestions,
  suggestions: readonly NewSuggestion[],
  job: RunningJob,
): Promise<knowledgeV1.ClusterResult> {
  return database.transaction(async (sql) => {
    await job.guard(sql);
    const made = await findResultOfJob(sql, job.id);
    if (made !== undefined) return made;
    const { summary, questionIds, labels, distances } = clustered;
    const [{ id }] = await sql.rows<{ id: string }>(
      `INSERT INTO clustering
         (job_id, encoder, parameters, questions, n_clusters, inertia, silhouette, iterations, candidates)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
      [
        job.id,
        encoder.id,
        JSON.stringify(parameters),
        questionIds.length,
        summary.nClusters,
        summary.inertia,
        summary.silhouette,
        summary.iterations,
        JSON.stringify(summary.candidates),
      ],
    );
    for (let start = 0; start < questionIds.length; start += rowsPerStatement) {
      const end = start + rowsPerStatement;
      await sql.rows(
        `INSERT INTO clustering_member (clustering_id, question_id, cluster_index, distance)
         SELECT $1, question_id, cluster_index, distance
         FROM unnest($2::uuid[], $3::int[], $4::real[]) AS given (question_id, cluster_index, distance)`,
        [id, questionIds.slice(start, end), [...labels.subarray(start, end)], [...distances.subarray(start, end)]],
      );
    }
    await sql.rows(
      `UPDATE suggestion SET state = 'superseded', version = version + 1
       FROM clustering WHERE clustering.id = suggestion.clustering_id AND suggestion.state = 'pending'
         AND clustering.id <> $1 AND clustering.parameters ->> 'scope' = $2`,
      [id, parameters.scope],
    );
    // Lists show the newest first, so the largest cluster is written last.
    for (const suggestion of [...suggestions].reverse()) await insertSuggestion(sql, id, suggestion);
    return { clusteringId: id, suggestions: suggestions.length };
  });
}

async function insertSuggestion(sql: Sql, clusteringId: string, suggestion: NewSuggestion): Promise<void> {
  const { clusterIndex, title, keywords, exemplarIds, size, cohesion, separation, silhouette } = suggestion;
  await sql.rows(
    `INSERT INTO suggestion (clustering_id, cluster_index, title, keywords, exemplar_ids, size, cohesion, separation,
       silhouette, nearest_topics)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      clusteringId,
      clusterIndex,
      title,
      keywords,
      exemplarIds,
      size,
      cohesion,
      separation,
      silhouette,
      JSON.stringify(suggestion.nearestTopics),
    ],
  );
}
