import type { clusteringV1, knowledgeV1 } from '@cairn/contracts';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database, Sql } from '../persistence/database.js';
import { encodeVector } from '../embedding/vector-codec.js';
import { filterKey, filterOf } from './cluster-filter.js';
import type { CompleteParameters } from './clustering-input.js';
import type { Dendrogram } from './grow-tree.js';
import { identify, lockKnownSuggestions, readSuggestionOverlaps } from './identify-suggestions.js';
import type { DescribedCluster } from './name-clusters-of-run.js';
import { relateRuns, storeChanges } from './relate-runs.js';
import { findPreviousRun, findResultOfJob } from './stage-clustering.js';

/** What a run ends with, besides its members, which are stored already. */
export interface FinishedRun {
  readonly clusteringId: string;
  readonly parameters: CompleteParameters;
  readonly summary: clusteringV1.ClusterSummary;
  readonly clusters: readonly DescribedCluster[];
  /** '' without a map. */
  readonly mapMethod: string;
  /** Undefined where it could not be made. */
  readonly dendrogram: Dendrogram | undefined;
}

/**
 * Finishes a staged run in one transaction: its clusters, what became of those of the run before, and the suggestions.
 * Clusters that are large enough are offered, unless they are suggestions that people have decided on; pending
 * suggestions of the same questions that this run did not find again are superseded.
 */
export async function storeClustering(
  database: Database,
  run: FinishedRun,
  job: RunningJob,
): Promise<knowledgeV1.ClusterResult> {
  const { clusteringId, parameters, clusters } = run;
  const key = filterKey(filterOf(parameters));
  const large = clusters.filter(
    // What stands for a known topic is not offered as a new one.
    ({ size, topicId }) => topicId === undefined && size >= parameters.minClusterSize,
  );
  const result = await database.transaction(async (sql) => {
    await job.guard(sql);
    const made = await findResultOfJob(sql, job.id);
    if (made !== undefined) return made;
    const previousId = await findPreviousRun(sql, key);
    await insertClusters(sql, clusteringId, clusters);
    const relation = previousId && (await relateRuns(sql, previousId, clusteringId));
    if (previousId && relation) await storeChanges(sql, previousId, clusteringId, relation.changes);
    const known = await lockKnownSuggestions(sql, key, previousId);
    const overlaps = await readSuggestionOverlaps(
      sql,
      known.map(({ id }) => id),
      clusteringId,
    );
    const sizes = new Map(large.map(({ clusterIndex, size }) => [clusterIndex, size]));
    const matches = (relation ? relation.matches : []).filter(({ current }) => sizes.has(current));
    const suggestionOf = identify(known, matches, overlaps, sizes);
    await linkClusters(sql, clusteringId, suggestionOf);
    const byId = new Map(known.map((suggestion) => [suggestion.id, suggestion]));
    // Lists show the newest first, so the largest cluster is written last.
    for (const cluster of [...large].sort((a, b) => a.size - b.size)) {
      const suggestion = byId.get(suggestionOf.get(cluster.clusterIndex) ?? '');
      if (suggestion === undefined) await offer(sql, clusteringId, cluster);
      else if (suggestion.same_filter && !suggestion.edited && isOpen(suggestion.state))
        await renew(sql, suggestion.id, clusteringId, cluster);
    }
    await sql.rows(
      `UPDATE suggestion SET state = 'superseded', version = version + 1
       FROM clustering WHERE clustering.id = suggestion.clustering_id AND suggestion.state = 'pending'
         AND NOT suggestion.edited AND clustering.id <> $1 AND clustering.filter_key = $2
         AND NOT EXISTS (SELECT 1 FROM cluster WHERE cluster.clustering_id = $1 AND cluster.suggestion_id = suggestion.id)`,
      [clusteringId, key],
    );
    await finish(sql, run, previousId);
    return findResultOfJob(sql, job.id);
  });
  return result!;
}

const isOpen = (state: string) => state === 'pending' || state === 'superseded';

async function insertClusters(sql: Sql, clusteringId: string, clusters: readonly DescribedCluster[]): Promise<void> {
  const radii = await sql.rows<{ cluster_index: number; radius: number }>(
    `SELECT cluster_index, percentile_disc(0.95) WITHIN GROUP (ORDER BY distance) AS radius
     FROM clustering_member WHERE clustering_id = $1 AND cluster_index >= 0 GROUP BY cluster_index`,
    [clusteringId],
  );
  const radiusOf = new Map(radii.map(({ cluster_index: index, radius }) => [index, radius]));
  for (const cluster of clusters)
    await sql.rows(
      `INSERT INTO cluster (clustering_id, cluster_index, title, keywords, exemplar_ids, size, cohesion, separation,
         silhouette, nearest_topics, vector, radius, topic_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::vector, $12,
         (SELECT id FROM topic WHERE id = $13))`,
      [
        clusteringId,
        cluster.clusterIndex,
        cluster.title,
        cluster.keywords,
        cluster.exemplarIds,
        cluster.size,
        cluster.cohesion,
        cluster.separation,
        cluster.silhouette,
        JSON.stringify(cluster.nearestTopics),
        encodeVector(cluster.centroid, 0, cluster.centroid.length),
        radiusOf.get(cluster.clusterIndex) ?? 0,
        cluster.topicId ?? null,
      ],
    );
}

async function linkClusters(sql: Sql, clusteringId: string, suggestionOf: ReadonlyMap<number, string>): Promise<void> {
  await sql.rows(
    `UPDATE cluster SET suggestion_id = given.suggestion_id
     FROM unnest($2::int[], $3::uuid[]) AS given (cluster_index, suggestion_id)
     WHERE cluster.clustering_id = $1 AND cluster.cluster_index = given.cluster_index`,
    [clusteringId, [...suggestionOf.keys()], [...suggestionOf.values()]],
  );
}

/** What a suggestion takes over from the cluster it is. */
const figures = 'keywords, exemplar_ids, size, cohesion, separation, silhouette, nearest_topics, vector, radius';

/** A new suggestion of a cluster that is already stored. */
async function offer(sql: Sql, clusteringId: string, { clusterIndex }: DescribedCluster): Promise<void> {
  await sql.rows(
    `WITH made AS (
       INSERT INTO suggestion (clustering_id, cluster_index, title, ${figures})
       SELECT clustering_id, cluster_index, title, ${figures} FROM cluster
       WHERE clustering_id = $1 AND cluster_index = $2 RETURNING id)
     UPDATE cluster SET suggestion_id = made.id FROM made WHERE clustering_id = $1 AND cluster_index = $2`,
    [clusteringId, clusterIndex],
  );
}

/** An open suggestion found again: figures and questions are those of the new cluster; a title people gave stays. */
async function renew(
  sql: Sql,
  suggestionId: string,
  clusteringId: string,
  { clusterIndex }: DescribedCluster,
): Promise<void> {
  await sql.rows(
    `UPDATE suggestion SET state = 'pending', version = version + 1, clustering_id = $2, cluster_index = $3,
       title = CASE WHEN renamed THEN suggestion.title ELSE cluster.title END,
       (${figures}) = (SELECT ${figures} FROM cluster WHERE clustering_id = $2 AND cluster_index = $3)
     FROM cluster WHERE suggestion.id = $1 AND cluster.clustering_id = $2 AND cluster.cluster_index = $3`,
    [suggestionId, clusteringId, clusterIndex],
  );
  // What was assigned meanwhile is in the run itself now, in this cluster or in another one.
  await sql.rows('DELETE FROM suggestion_member WHERE suggestion_id = $1 AND late', [suggestionId]);
}

async function finish(sql: Sql, run: FinishedRun, previousId: string | undefined): Promise<void> {
  const { clusteringId, summary, mapMethod, dendrogram } = run;
  const { choice } = summary;
  await sql.rows(
    `UPDATE clustering SET finished = true, previous_id = $2, n_clusters = $3, inertia = $4, silhouette = $5,
       iterations = $6, candidates = $7, created_at = now(), map_method = $8,
       dendrogram = $9, k_low = $10, k_high = $11,
       known = (SELECT coalesce(sum(size), 0) FROM cluster WHERE clustering_id = $1 AND topic_id IS NOT NULL),
       noise = (SELECT count(*) FROM clustering_member WHERE clustering_id = $1 AND cluster_index < 0)
     WHERE id = $1`,
    [
      clusteringId,
      previousId ?? null,
      summary.nClusters,
      summary.inertia,
      summary.silhouette,
      summary.iterations,
      JSON.stringify((choice?.curve ?? []).map(toCandidate)),
      mapMethod,
      dendrogram === undefined ? null : JSON.stringify(dendrogram),
      choice?.low ?? null,
      choice?.high ?? null,
    ],
  );
}

/** What is kept of a number that was tried. */
const toCandidate = (tried: clusteringV1.KCandidate): knowledgeV1.CandidateClusters => ({
  nClusters: tried.nClusters,
  silhouette: tried.silhouette,
  inertia: tried.inertia,
  stability: tried.stability ?? undefined,
  gap: tried.gap ?? undefined,
});
