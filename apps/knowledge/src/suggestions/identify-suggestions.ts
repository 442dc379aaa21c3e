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

/**
 * The suggestion of each cluster, as far as it is a known one:
 *
 * 1. The run before over the same questions hands on its clusters' suggestions, along the pairs of clusters.
 * 2. What is left is compared with the questions of all suggestions: those decided, those of other runs, and those
 *    that a later run had not found.
 * 3. Clusters that lie mostly in a suggestion that a person has merged, split or joined belong to it.
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
  const found = new Map<number, string>();
  const taken = new Set<string>();
  const take = (cluster: number, id: string) => {
    found.set(cluster, id);
    taken.add(id);
  };
  const ofPrevious = new Map(
    known.flatMap((suggestion) =>
      suggestion.previous_index === null ? [] : [[suggestion.previous_index, suggestion] as const],
    ),
  );
  for (const { previous, current, overlap } of matches) {
    const suggestion = ofPrevious.get(previous);
    if (suggestion === undefined) continue;
    const open = suggestion.state === 'pending' || suggestion.state === 'superseded';
    if (open || overlap >= decidedFrom) take(current, suggestion.id);
  }

  // Questions of a suggestion that the run saw at all: those labelled since are not in it.
  const seen = new Map<string, number>();
  for (const { suggestion_id: id, shared } of overlaps) seen.set(id, (seen.get(id) ?? 0) + shared);

  // What people decided comes before what nobody has looked at.
  for (const round of [
    known.filter(({ state }) => state !== 'superseded'),
    known.filter(({ state }) => state === 'superseded'),
  ]) {
    const free = round.filter(({ id }) => !taken.has(id));
    const place = new Map(free.map(({ id }, index) => [id, index]));
    const candidates = overlaps.flatMap(({ suggestion_id: id, cluster_index: current, shared }) => {
      const previous = place.get(id);
      if (previous === undefined || current < 0 || found.has(current)) return [];
      const overlap = shared / (seen.get(id)! + sizes.get(current)! - shared);
      return overlap >= decidedFrom ? [{ previous, current, shared, overlap }] : [];
    });
    for (const { previous, current } of pairUp(candidates)) take(current, free[previous].id);
  }

  const joined = new Set(
    known
      .filter(({ state, edited }) => state === 'split' || state === 'merged' || (edited && state === 'pending'))
      .map(({ id }) => id),
  );
  for (const { suggestion_id: id, cluster_index: current, shared } of overlaps)
    if (current >= 0 && !found.has(current) && joined.has(id) && shared >= decidedFrom * (sizes.get(current) ?? 0))
      found.set(current, id);
  return found;
}
