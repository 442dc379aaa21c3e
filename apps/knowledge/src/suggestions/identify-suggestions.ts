/**
 * Which suggestion a cluster of a new run is. A suggestion outlives the run that made it: found again, it keeps its id
 * and what was decided on it; a pending one takes over the figures and questions of its new cluster.
 */
import type { Sql } from '../persistence/database.js';
import { pairUp, type Match } from './align-clusters.js';
import { suggestionQuestions } from './read-suggestions.js';
import type { SuggestionState } from './suggestion-state.js';

/** A person's decision holds for clusters that are at least this much (Jaccard) the one that was decided on. */
const decidedFrom = 0.5;

/** A suggestion that a cluster may be. */
export interface KnownSuggestion {
  readonly id: string;
  readonly state: SuggestionState;
  /** Made or last found by runs over the same questions. */
  readonly same_filter: boolean;
  readonly edited: boolean;
  /** Cluster of the previous run over the same questions that it was; null: none. */
  readonly previous_index: number | null;
}

/** Locks the suggestions that clusters of a run may be; the newest first. */
export async function lockKnownSuggestions(
  sql: Sql,
  key: string,
  previousId: string | undefined,
): Promise<KnownSuggestion[]> {
  return sql.rows<KnownSuggestion>(
    `SELECT suggestion.id, suggestion.state, clustering.filter_key = $1 AS same_filter, suggestion.edited,
       (SELECT min(cluster.cluster_index) FROM cluster
        WHERE cluster.clustering_id = $2 AND cluster.suggestion_id = suggestion.id) AS previous_index
     FROM suggestion JOIN clustering ON clustering.id = suggestion.clustering_id
     WHERE suggestion.state <> 'superseded' OR clustering.filter_key = $1
     ORDER BY suggestion.seq DESC FOR UPDATE OF suggestion`,
    [key, previousId ?? null],
  );
}

/** Questions that suggestions share with the clusters of a run. */
export interface SuggestionOverlap {
  readonly suggestion_id: string;
  readonly cluster_index: number;
  readonly shared: number;
}

export function readSuggestionOverlaps(
  sql: Sql,
  suggestionIds: readonly string[],
  clusteringId: string,
): Promise<SuggestionOverlap[]> {
  return sql.rows<SuggestionOverlap>(
    `SELECT suggestion_question.suggestion_id, member.cluster_index, count(*) AS shared
     FROM ${suggestionQuestions}
     JOIN clustering_member member ON member.clustering_id = $2 AND member.question_id = suggestion_question.question_id
     WHERE suggestion_question.suggestion_id = ANY ($1::uuid[]) GROUP BY 1, 2`,
    [suggestionIds, clusteringId],
  );
}

/** What people decided comes first, then what waits, then what a later run had not found. */
const preference: Record<SuggestionState, number> = {
  ...{ accepted: 1, merged: 1, rejected: 1, split: 1 },
  ...{ pending: 0.1, superseded: 0 },
};

/**
 * The suggestion of each cluster, as far as it is a known one. Clusters and suggestions are paired one to one:
 *
 * - The run before over the same questions hands on its clusters' suggestions, along the pairs of clusters.
 * - The questions of all suggestions are compared with the clusters: of those decided, of those of other runs, and of
 *   those that a later run had not found.
 *
 * Clusters that are left and lie mostly in a suggestion that a person has merged, split or joined belong to it.
 *
 * @param sizes members of each cluster of the run
 * @returns suggestion id by cluster index
 */
export function identify(
  known: readonly KnownSuggestion[],
  matches: readonly Match[],
  overlaps: readonly SuggestionOverlap[],
  sizes: ReadonlyMap<number, number>,
): Map<number, string> {
  const pairs = pairUp([...handedOn(known, matches), ...sharing(known, overlaps, sizes)]);
  const found = new Map(pairs.map(({ previous, current }) => [current, known[previous].id]));
  const joined = new Set(
    known
      .filter(({ state, edited }) => state === 'split' || state === 'merged' || (edited && state === 'pending'))
      .map(({ id }) => id),
  );
  for (const { suggestion_id: id, cluster_index: current, shared } of overlaps)
    if (sizes.has(current) && !found.has(current) && joined.has(id) && shared >= decidedFrom * sizes.get(current)!)
      found.set(current, id);
  return found;
}

/** Pairs of a suggestion, by its place in `known`, and the cluster that goes on from the one it was. */
function handedOn(known: readonly KnownSuggestion[], matches: readonly Match[]): Match[] {
  const placeOf = new Map<number, number>();
  known.forEach(({ previous_index: index }, place) => index !== null && placeOf.set(index, place));
  return matches.flatMap(({ previous, current, shared, overlap }) => {
    const place = placeOf.get(previous);
    if (place === undefined) return [];
    const { state } = known[place];
    const open = state === 'pending' || state === 'superseded';
    return open || overlap >= decidedFrom
      ? [{ previous: place, current, shared, overlap: overlap + preference[state] }]
      : [];
  });
}

/** Pairs of a suggestion, by its place in `known`, and a cluster that shares at least half the questions with it. */
function sharing(
  known: readonly KnownSuggestion[],
  overlaps: readonly SuggestionOverlap[],
  sizes: ReadonlyMap<number, number>,
): Match[] {
  const placeOf = new Map(known.map(({ id }, place) => [id, place]));
  // Questions of a suggestion that the run saw at all: those labelled since are not in it.
  const seen = new Map<string, number>();
  for (const { suggestion_id: id, shared } of overlaps) seen.set(id, (seen.get(id) ?? 0) + shared);
  return overlaps.flatMap(({ suggestion_id: id, cluster_index: current, shared }) => {
    const place = placeOf.get(id);
    const size = sizes.get(current);
    if (place === undefined || size === undefined) return [];
    const overlap = shared / (seen.get(id)! + size - shared);
    return overlap >= decidedFrom
      ? [{ previous: place, current, shared, overlap: overlap + preference[known[place].state] }]
      : [];
  });
}
