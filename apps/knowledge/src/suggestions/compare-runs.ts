/** Two runs side by side, over the questions that are in both. */
import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { agreementOfCounts } from '@cairn/numerics';
import type { Sql } from '../persistence/database.js';
import { pageOf, type KeysetPage } from '../persistence/keyset-page.js';
import { readClustering, type ClusteringRecord } from './clustering-record.js';
import { relateRuns, type RunRelation } from './relate-runs.js';

const maxMatches = 1_000;

async function readPair(
  sql: Sql,
  clusteringId: string,
  otherId: string,
): Promise<[ClusteringRecord, ClusteringRecord]> {
  if (clusteringId === otherId)
    throw DomainError.invalid('otherId', 'A run is compared with another one; these are the same.');
  return [await readClustering(sql, clusteringId), await readClustering(sql, otherId)];
}

/**
 * Agreement, corresponding clusters and how many questions moved. The relation is that of `other` to `clustering`.
 * @throws NOT_FOUND, INVALID_INPUT if both are the same
 */
export async function compareClusterings(
  sql: Sql,
  { clusteringId, otherId }: knowledgeV1.CompareClusteringsRequest,
): Promise<knowledgeV1.ClusteringComparison> {
  const [one, other] = await readPair(sql, clusteringId, otherId);
  const relation = await relateRuns(sql, one.id, other.id);
  const shared = relation.overlaps.reduce((sum, overlap) => sum + overlap.shared, 0);
  const agreement =
    shared === 0
      ? undefined
      : agreementOfCounts(
          relation.overlaps.map(({ previous }) => previous),
          relation.overlaps.map(({ current }) => current),
          relation.overlaps.map((overlap) => overlap.shared),
        );
  const counterpart = counterparts(relation);
  const stayed = relation.overlaps
    .filter(({ previous, current }) => counterpart.get(previous) === current)
    .reduce((sum, overlap) => sum + overlap.shared, 0);
  return {
    shared,
    onlyHere: one.questions - shared,
    onlyThere: other.questions - shared,
    ari: agreement?.ari,
    nmi: agreement?.nmi,
    moved: shared - stayed,
    matches: await matchesOf(sql, one, other, relation),
  };
}

/** Cluster of the other run that corresponds to each; noise corresponds to noise. */
function counterparts({ matches }: RunRelation): Map<number, number> {
  return new Map([[-1, -1], ...matches.map(({ previous, current }) => [previous, current] as const)]);
}

interface NamedCluster {
  readonly cluster_index: number;
  readonly title: string;
  readonly size: number;
}

async function matchesOf(
  sql: Sql,
  one: ClusteringRecord,
  other: ClusteringRecord,
  relation: RunRelation,
): Promise<knowledgeV1.MatchedClusters[]> {
  const named = async ({ id }: ClusteringRecord) => {
    const rows = await sql.rows<NamedCluster>(
      'SELECT cluster_index, title, size FROM cluster WHERE clustering_id = $1',
      [id],
    );
    return new Map(rows.map((row) => [row.cluster_index, row]));
  };
  const [here, there] = [await named(one), await named(other)];
  const drifts =
    one.encoder === other.encoder ? await readDrifts(sql, one, other, relation) : new Map<number, number>();
  const pairs: knowledgeV1.MatchedClusters[] = relation.matches.map(({ previous, current, shared, overlap }) => ({
    index: previous,
    otherIndex: current,
    size: relation.previousSizes.get(previous) ?? 0,
    otherSize: relation.currentSizes.get(current) ?? 0,
    shared,
    overlap,
    drift: drifts.get(previous),
    title: here.get(previous)?.title ?? '',
    otherTitle: there.get(current)?.title ?? '',
  }));
  const alone = { shared: 0, overlap: 0, size: 0, otherSize: 0, title: '', otherTitle: '' };
  const [matchedHere, matchedThere] = [
    new Set(relation.matches.map(({ previous }) => previous)),
    new Set(relation.matches.map(({ current }) => current)),
  ];
  const unmatched: knowledgeV1.MatchedClusters[] = [
    ...[...relation.previousSizes]
      .filter(([index]) => index >= 0 && !matchedHere.has(index))
      .map(([index, size]) => ({ ...alone, index, size, title: here.get(index)?.title ?? '' })),
    ...[...relation.currentSizes]
      .filter(([index]) => index >= 0 && !matchedThere.has(index))
      .map(([otherIndex, otherSize]) => ({
        ...alone,
        otherIndex,
        otherSize,
        otherTitle: there.get(otherIndex)?.title ?? '',
      })),
  ];
  const bySize = (a: knowledgeV1.MatchedClusters, b: knowledgeV1.MatchedClusters) =>
    Math.max(b.size, b.otherSize) - Math.max(a.size, a.otherSize);
  return [...pairs.sort(bySize), ...unmatched.sort(bySize)].slice(0, maxMatches);
}

/** 1 - cosine between the centroids of corresponding clusters, by the cluster here. */
async function readDrifts(
  sql: Sql,
  one: ClusteringRecord,
  other: ClusteringRecord,
  { matches }: RunRelation,
): Promise<Map<number, number>> {
  const rows = await sql.rows<{ index: number; drift: number | null }>(
    `SELECT given.index, a.vector <=> b.vector AS drift
     FROM unnest($3::int[], $4::int[]) AS given (index, other)
     JOIN cluster a ON a.clustering_id = $1 AND a.cluster_index = given.index
     JOIN cluster b ON b.clustering_id = $2 AND b.cluster_index = given.other
     WHERE a.vector IS NOT NULL AND b.vector IS NOT NULL`,
    [one.id, other.id, matches.map(({ previous }) => previous), matches.map(({ current }) => current)],
  );
  return new Map(rows.map(({ index, drift }) => [index, drift ?? 0]));
}

/** The questions whose clusters do not correspond, in the order they were asked. */
export async function listMovedQuestions(
  sql: Sql,
  { clusteringId, otherId }: Pick<knowledgeV1.ListMovedQuestionsRequest, 'clusteringId' | 'otherId'>,
  page: KeysetPage,
): Promise<knowledgeV1.ListMovedQuestionsResponse> {
  const [one, other] = await readPair(sql, clusteringId, otherId);
  const relation = await relateRuns(sql, one.id, other.id);
  const pairs = [...counterparts(relation)];
  const moved = `clustering_member a
     JOIN clustering_member b ON b.clustering_id = $2 AND b.question_id = a.question_id
     JOIN question ON question.id = a.question_id
     WHERE a.clustering_id = $1 AND NOT EXISTS (SELECT 1 FROM unnest($3::int[], $4::int[]) AS same (here, there)
       WHERE same.here = a.cluster_index AND same.there = b.cluster_index)`;
  const parameters = [one.id, other.id, pairs.map(([here]) => here), pairs.map(([, there]) => there)];
  const found = await sql.rows<{ seq: number; question_id: string; here: number; there: number }>(
    `SELECT question.seq, a.question_id, a.cluster_index AS here, b.cluster_index AS there FROM ${moved}
       AND question.seq > $5 ORDER BY question.seq LIMIT $6`,
    [...parameters, page.afterSeq ?? 0, page.first + 1],
  );
  const [counted] = page.withTotal
    ? await sql.rows<{ total: number }>(`SELECT count(*) AS total FROM ${moved}`, parameters)
    : [];
  const { rows, pageInfo } = pageOf(found, page, counted?.total);
  const questions = rows.map(({ question_id: questionId, here, there }) => ({
    questionId,
    clusterIndex: here,
    otherIndex: there,
  }));
  return { questions, pageInfo };
}
