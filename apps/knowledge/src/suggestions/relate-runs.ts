import type { Sql } from '../persistence/database.js';
import {
  changesBetween,
  matchClusters,
  type Change,
  type Match,
  type Overlap,
  type RunOverlap,
} from './align-clusters.js';

/** How a run relates to another one: the counts, the pairs of clusters that correspond, and what became of each. */
export interface RunRelation extends RunOverlap {
  readonly matches: readonly Match[];
  readonly changes: readonly Change[];
}

/** Compares two runs in the database: memory holds counts per pair of clusters, not questions. */
export async function relateRuns(sql: Sql, previousId: string, currentId: string): Promise<RunRelation> {
  const overlaps = await sql.rows<Overlap>(
    `SELECT p.cluster_index AS previous, c.cluster_index AS current, count(*) AS shared
     FROM clustering_member p
     JOIN clustering_member c ON c.clustering_id = $2 AND c.question_id = p.question_id
     WHERE p.clustering_id = $1 GROUP BY 1, 2 ORDER BY 1, 2`,
    [previousId, currentId],
  );
  const runs: RunOverlap = {
    overlaps,
    previousSizes: await sizesOf(sql, previousId),
    currentSizes: await sizesOf(sql, currentId),
  };
  const matches = matchClusters(runs);
  return { ...runs, matches, changes: changesBetween(runs, matches) };
}

async function sizesOf(sql: Sql, clusteringId: string): Promise<Map<number, number>> {
  const rows = await sql.rows<{ cluster_index: number; size: number }>(
    `SELECT cluster_index, count(*) AS size FROM clustering_member WHERE clustering_id = $1
     GROUP BY cluster_index ORDER BY cluster_index`,
    [clusteringId],
  );
  return new Map(rows.map(({ cluster_index: index, size }) => [index, size]));
}

/**
 * Writes what became of the clusters. Drift is measured where both runs used vectors of one encoder.
 * Run it inside a transaction, after the clusters of the run are there.
 */
export async function storeChanges(
  sql: Sql,
  previousId: string,
  currentId: string,
  changes: readonly Change[],
): Promise<void> {
  await sql.rows(
    `INSERT INTO cluster_change (clustering_id, place, kind, previous_index, cluster_index, shared, overlap, drift)
     SELECT $2, given.place, given.kind, given.previous, given.current, given.shared, given.overlap,
       CASE WHEN before.encoder = now.encoder THEN p.vector <=> c.vector END
     FROM unnest($3::text[], $4::int[], $5::int[], $6::int[], $7::real[])
       WITH ORDINALITY AS given (kind, previous, current, shared, overlap, place)
     JOIN clustering before ON before.id = $1
     JOIN clustering now ON now.id = $2
     LEFT JOIN cluster p ON p.clustering_id = $1 AND p.cluster_index = given.previous
     LEFT JOIN cluster c ON c.clustering_id = $2 AND c.cluster_index = given.current`,
    [
      previousId,
      currentId,
      changes.map(({ kind }) => kind),
      changes.map(({ previous }) => previous ?? null),
      changes.map(({ current }) => current ?? null),
      changes.map(({ shared }) => shared),
      changes.map(({ overlap }) => overlap),
    ],
  );
}
