/** What a run found, page by page: clusters, members, changes, places on the map. */
import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { pageOf, type KeysetPage } from '../persistence/keyset-page.js';
import type { NearTopic } from './near-topics.js';
import { readClustering } from './clustering-record.js';
import { cutTree } from './run-tree.js';

interface ClusterRow {
  readonly seq: number;
  readonly cluster_index: number;
  readonly size: number;
  readonly cohesion: number;
  readonly separation: number;
  readonly silhouette: number;
  readonly title: string;
  readonly keywords: string[];
  readonly exemplar_ids: string[];
  readonly nearest_topics: NearTopic[];
  readonly suggestion_id: string | null;
  readonly topic_id: string | null;
  readonly change: string | null;
}

/** Pages count from 1: a cursor of 0 would be none. */
const indexPage = (page: KeysetPage) => [page.afterSeq ?? 0, page.first + 1];

/** The clusters of a run, largest first. @throws NOT_FOUND */
export async function listClusters(
  sql: Sql,
  clusteringId: string,
  page: KeysetPage,
): Promise<knowledgeV1.ListClustersResponse> {
  const { id, n_clusters: total } = await readClustering(sql, clusteringId);
  const found = await sql.rows<ClusterRow>(
    `SELECT cluster_index + 1 AS seq, cluster_index, size, cohesion, separation, silhouette, title, keywords,
       exemplar_ids, nearest_topics, suggestion_id, topic_id,
       (SELECT change.kind FROM cluster_change change WHERE change.clustering_id = $1
          AND change.cluster_index = cluster.cluster_index AND change.kind IN ('born', 'continued', 'split')) AS change
     FROM cluster WHERE clustering_id = $1 AND cluster_index + 1 > $2 ORDER BY cluster_index LIMIT $3`,
    [id, ...indexPage(page)],
  );
  const { rows, pageInfo } = pageOf(found, page, page.withTotal ? total : undefined);
  const clusters = rows.map((row) => ({
    clusteringId: id,
    index: row.cluster_index,
    size: row.size,
    cohesion: row.cohesion,
    separation: row.separation,
    silhouette: row.silhouette,
    title: row.title,
    keywords: row.keywords,
    exemplarIds: row.exemplar_ids,
    nearestTopics: row.nearest_topics,
    suggestionId: row.suggestion_id ?? '',
    topicId: row.topic_id ?? '',
    change: row.change ?? '',
  }));
  return { clusters, pageInfo };
}

/** Questions of a run, or of one of its clusters (-1: noise), in the order they were asked. @throws NOT_FOUND */
export async function listClusterMembers(
  sql: Sql,
  clusteringId: string,
  clusterIndex: number | undefined,
  page: KeysetPage,
): Promise<knowledgeV1.ListClusterMembersResponse> {
  const { id } = await readClustering(sql, clusteringId);
  const inCluster = '($2::int IS NULL OR member.cluster_index = $2)';
  const found = await sql.rows<{ seq: number; question_id: string; cluster_index: number; distance: number }>(
    `SELECT question.seq, member.question_id, member.cluster_index, member.distance
     FROM question JOIN clustering_member member ON member.clustering_id = $1 AND member.question_id = question.id
     WHERE ${inCluster} AND question.seq > $3 ORDER BY question.seq LIMIT $4`,
    [id, clusterIndex ?? null, ...indexPage(page)],
  );
  const [counted] = page.withTotal
    ? await sql.rows<{ total: number }>(
        `SELECT count(*) AS total FROM clustering_member member WHERE clustering_id = $1 AND ${inCluster}`,
        [id, clusterIndex ?? null],
      )
    : [];
  const { rows, pageInfo } = pageOf(found, page, counted?.total);
  const members = rows.map(({ question_id: questionId, cluster_index: index, distance }) => ({
    questionId,
    clusterIndex: index,
    distance,
  }));
  return { members, pageInfo };
}

interface ChangeRow {
  readonly seq: number;
  readonly kind: string;
  readonly previous_index: number | null;
  readonly cluster_index: number | null;
  readonly suggestion_id: string | null;
  readonly shared: number;
  readonly overlap: number;
  readonly drift: number | null;
  readonly previous_size: number | null;
  readonly size: number | null;
  readonly previous_title: string | null;
  readonly title: string | null;
}

/** What became of the clusters of the run before. @throws NOT_FOUND */
export async function listClusterChanges(
  sql: Sql,
  clusteringId: string,
  page: KeysetPage,
): Promise<knowledgeV1.ListClusterChangesResponse> {
  const { id } = await readClustering(sql, clusteringId);
  const found = await sql.rows<ChangeRow>(
    `SELECT change.place AS seq, change.kind, change.previous_index, change.cluster_index, change.shared,
       change.overlap, change.drift, before.size AS previous_size, now.size, before.title AS previous_title, now.title,
       CASE WHEN change.kind IN ('merged', 'died') THEN before.suggestion_id ELSE now.suggestion_id END AS suggestion_id
     FROM cluster_change change
     JOIN clustering ON clustering.id = change.clustering_id
     LEFT JOIN cluster before ON before.clustering_id = clustering.previous_id
       AND before.cluster_index = change.previous_index
     LEFT JOIN cluster now ON now.clustering_id = change.clustering_id AND now.cluster_index = change.cluster_index
     WHERE change.clustering_id = $1 AND change.place > $2 ORDER BY change.place LIMIT $3`,
    [id, ...indexPage(page)],
  );
  const [counted] = page.withTotal
    ? await sql.rows<{ total: number }>('SELECT count(*) AS total FROM cluster_change WHERE clustering_id = $1', [id])
    : [];
  const { rows, pageInfo } = pageOf(found, page, counted?.total);
  const changes = rows.map((row) => ({
    kind: row.kind,
    previousIndex: row.previous_index ?? undefined,
    clusterIndex: row.cluster_index ?? undefined,
    suggestionId: row.suggestion_id ?? '',
    shared: row.shared,
    overlap: row.overlap,
    drift: row.drift ?? undefined,
    previousSize: row.previous_size ?? 0,
    size: row.size ?? 0,
    previousTitle: row.previous_title ?? '',
    title: row.title ?? '',
  }));
  return { changes, pageInfo };
}

const maxPoints = 2_000;

/** Places on the map of a run, from a place on. @throws NOT_FOUND, INVALID_INPUT naming `first` */
export async function listMapPoints(
  sql: Sql,
  { clusteringId, first: asked, after }: knowledgeV1.ListMapPointsRequest,
): Promise<knowledgeV1.ListMapPointsResponse> {
  const first = asked || 500;
  if (first < 1 || first > maxPoints)
    throw DomainError.invalid('first', `1 to ${maxPoints} points can be read at once; ${first} were asked for.`);
  if (after < 0) throw DomainError.invalid('after', '"after" is the nextAfter of the page before, or absent.');
  const { id, map_points: total } = await readClustering(sql, clusteringId);
  const rows = await sql.rows<{ place: number; question_id: string; cluster_index: number; x: number; y: number }>(
    `SELECT place, question_id, cluster_index, x, y FROM map_point
     WHERE clustering_id = $1 AND place > $2 ORDER BY place LIMIT $3`,
    [id, after, first + 1],
  );
  const kept = rows.slice(0, first);
  return {
    points: kept.map(({ question_id: questionId, cluster_index: clusterIndex, x, y }) => ({
      questionId,
      clusterIndex,
      x,
      y,
    })),
    nextAfter: rows.length > first ? kept[kept.length - 1].place : 0,
    total,
  };
}

/** The clusters of a run gathered into fewer. @throws NOT_FOUND, CONFLICT if the run has no dendrogram */
export async function cutClustering(
  sql: Sql,
  { clusteringId, groups, height }: knowledgeV1.CutClusteringRequest,
): Promise<knowledgeV1.ClusteringCut> {
  const { id, dendrogram, n_clusters: n } = await readClustering(sql, clusteringId);
  if (dendrogram === null && n > 1)
    throw DomainError.conflict('This run has no dendrogram: it is older than they are. Run it again.', 'clusteringId');
  const { linkage, merges } = dendrogram ?? { linkage: 'ward', merges: [] };
  const rows = await sql.rows<{ size: number }>(
    'SELECT size FROM cluster WHERE clustering_id = $1 ORDER BY cluster_index',
    [id],
  );
  const cut = cutTree(
    rows.map(({ size }) => size),
    merges,
    { groups: groups ?? undefined, height: height ?? undefined },
  );
  return {
    linkage,
    ...cut,
    merges: merges.map(([first, second, at, size]) => ({ first, second, height: at, size })),
  };
}
