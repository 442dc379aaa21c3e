import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { pageOf, type KeysetPage } from '../persistence/keyset-page.js';
import { checkedId, isId } from '../questions/checked-text.js';
import type { Merge } from './run-tree.js';

/** A row of `clustering` with its encoder's id. */
export interface ClusteringRecord {
  readonly id: string;
  readonly seq: number;
  readonly job_id: string;
  readonly encoder: number;
  readonly parameters: knowledgeV1.ClusteringParameters;
  readonly questions: number;
  readonly n_clusters: number;
  readonly inertia: number;
  readonly silhouette: number;
  readonly iterations: number;
  readonly candidates: knowledgeV1.CandidateClusters[];
  readonly encoder_id: string;
  readonly created_at: Date;
  readonly noise: number;
  readonly known: number;
  readonly k_low: number | null;
  readonly k_high: number | null;
  readonly previous_id: string | null;
  readonly map_method: string;
  readonly map_points: number;
  readonly dendrogram: { linkage: string; merges: Merge[] } | null;
  /** How many changes of each kind. */
  readonly changes: Partial<knowledgeV1.ChangeCounts> | null;
}

/** Finished runs. */
const clusterings = `(SELECT clustering.*, encoder.encoder_id,
    (SELECT count(*) FROM map_point WHERE map_point.clustering_id = clustering.id) AS map_points,
    (SELECT jsonb_object_agg(kind, n) FROM (SELECT kind, count(*) AS n FROM cluster_change
      WHERE cluster_change.clustering_id = clustering.id GROUP BY kind) AS counted) AS changes
  FROM clustering JOIN encoder ON encoder.id = clustering.encoder WHERE clustering.finished) AS clustering`;

/** Newest first. */
export async function listClusterings(
  sql: Sql,
  page: KeysetPage,
): Promise<{ rows: ClusteringRecord[]; pageInfo: knowledgeV1.PageInfo }> {
  const found = await sql.rows<ClusteringRecord>(
    `SELECT * FROM ${clusterings} WHERE $1::bigint IS NULL OR seq < $1 ORDER BY seq DESC LIMIT $2`,
    [page.afterSeq ?? null, page.first + 1],
  );
  const [counted] = page.withTotal
    ? await sql.rows<{ total: number }>('SELECT count(*) AS total FROM clustering WHERE finished')
    : [];
  return pageOf(found, page, counted?.total);
}

/** Runs by id, in any order; those that do not exist are left out. */
export function readClusterings(sql: Sql, ids: readonly string[]): Promise<ClusteringRecord[]> {
  return sql.rows<ClusteringRecord>(`SELECT * FROM ${clusterings} WHERE id = ANY ($1::uuid[])`, [ids.filter(isId)]);
}

/** @throws NOT_FOUND */
export async function readClustering(sql: Sql, id: string): Promise<ClusteringRecord> {
  const [clustering] = await readClusterings(sql, [checkedId('clustering', id)]);
  if (clustering === undefined) throw DomainError.notFound('clustering', id);
  return clustering;
}

/** A row as the contract's Clustering. */
export function clusteringToMessage(row: ClusteringRecord): knowledgeV1.Clustering {
  return {
    id: row.id,
    jobId: row.job_id,
    parameters: row.parameters,
    questions: row.questions,
    nClusters: row.n_clusters,
    inertia: row.inertia,
    silhouette: row.silhouette,
    iterations: row.iterations,
    candidates: row.candidates,
    encoderId: row.encoder_id,
    createdAtMs: row.created_at.getTime(),
    noise: row.noise,
    known: row.known,
    kLow: row.k_low ?? undefined,
    kHigh: row.k_high ?? undefined,
    previousId: row.previous_id ?? '',
    mapPoints: row.map_points,
    mapMethod: row.map_method,
    changes: { born: 0, continued: 0, split: 0, merged: 0, died: 0, ...row.changes },
  };
}
