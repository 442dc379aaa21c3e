import { DomainError } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { readPage, readPagesOfParents, type KeysetList, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import { checkedParents, isId } from '../questions/checked-text.js';
import { suggestionColumns, type ListedSuggestion } from './suggestion-record.js';
import type { SuggestionState } from './suggestion-state.js';

/**
 * The questions of suggestions, as a table: suggestion_id, question_id, distance, late. Those of the cluster where
 * nobody has edited it, and those in the suggestion's own list.
 */
export const suggestionQuestions = `(
  SELECT suggestion.id AS suggestion_id, member.question_id, member.distance, false AS late
  FROM suggestion JOIN clustering_member AS member
    ON member.clustering_id = suggestion.clustering_id AND member.cluster_index = suggestion.cluster_index
  WHERE NOT suggestion.edited
  UNION ALL
  SELECT suggestion_id, question_id, distance, late FROM suggestion_member) AS suggestion_question`;

/**
 * Suggestions in one of `states`, newest first; of those a clustering made, its largest clusters first.
 * @param clusteringId of this clustering only; empty: of all
 * @throws NOT_FOUND if `clusteringId` cannot be the id of anything
 */
export function listSuggestions(
  sql: Sql,
  states: readonly SuggestionState[],
  clusteringId: string,
  page: KeysetPage,
): Promise<PageOfRows<ListedSuggestion>> {
  if (clusteringId === '') return readPage(sql, suggestionsIn(states), page);
  if (!isId(clusteringId)) throw DomainError.notFound('clustering', clusteringId);
  const { where, parameters, ...list } = suggestionsIn(states);
  const ofOne = {
    ...list,
    where: [...where, foundBy('$2')],
    parameters: [...parameters, clusteringId],
  };
  return readPage(sql, ofOne, page);
}

/**
 * The same page of the suggestions of several clusterings, in the order asked: as many statements as for one.
 * @throws INVALID_INPUT naming `clusteringIds` if there are more than 500
 */
export function listSuggestionsOfClusterings(
  sql: Sql,
  states: readonly SuggestionState[],
  clusteringIds: readonly string[],
  page: KeysetPage,
): Promise<PageOfRows<ListedSuggestion>[]> {
  const { where, ...list } = suggestionsIn(states);
  const ofParent = { ...list, where: [...where, foundBy('parent.id')] };
  return readPagesOfParents(sql, ofParent, checkedParents(clusteringIds, 'clusteringIds'), page);
}

function suggestionsIn(states: readonly SuggestionState[]): KeysetList {
  return {
    columns: suggestionColumns,
    tables: 'suggestion',
    ordered: 'suggestion',
    where: ['suggestion.state = ANY ($1)'],
    parameters: [states],
  };
}

/** Suggestions that a clustering made or found again, and the parts of those. */
function foundBy(clusteringId: string): string {
  return `(suggestion.clustering_id = ${clusteringId} OR EXISTS (
    SELECT 1 FROM cluster WHERE cluster.clustering_id = ${clusteringId} AND cluster.suggestion_id = suggestion.id))`;
}

/** Suggestions by id, in any order; those that do not exist are left out. */
export function readSuggestions(sql: Sql, ids: readonly string[]): Promise<ListedSuggestion[]> {
  return sql.rows<ListedSuggestion>(`SELECT ${suggestionColumns} FROM suggestion WHERE id = ANY ($1::uuid[])`, [
    ids.filter(isId),
  ]);
}
