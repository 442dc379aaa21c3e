import { DomainError } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { readPage, readPagesOfParents, type KeysetList, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import { checkedParents, isId } from '../questions/checked-text.js';
import type { SuggestionRecord } from './suggestion-record.js';
import type { SuggestionState } from './suggestion-state.js';

/**
 * Suggestions in one of `states`, newest first: the newest clustering first, its largest clusters first.
 * @param clusteringId of this clustering only; empty: of all
 * @throws NOT_FOUND if `clusteringId` cannot be the id of anything
 */
export function listSuggestions(
  sql: Sql,
  states: readonly SuggestionState[],
  clusteringId: string,
  page: KeysetPage,
): Promise<PageOfRows<SuggestionRecord>> {
  if (clusteringId === '') return readPage(sql, suggestionsIn(states), page);
  if (!isId(clusteringId)) throw DomainError.notFound('clustering', clusteringId);
  const { where, parameters, ...list } = suggestionsIn(states);
  const ofOne = {
    ...list,
    where: [...where, 'suggestion.clustering_id = $2'],
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
): Promise<PageOfRows<SuggestionRecord>[]> {
  const { where, ...list } = suggestionsIn(states);
  const ofParent = { ...list, where: [...where, 'suggestion.clustering_id = parent.id'] };
  return readPagesOfParents(sql, ofParent, checkedParents(clusteringIds, 'clusteringIds'), page);
}

function suggestionsIn(states: readonly SuggestionState[]): KeysetList {
  return {
    columns: 'suggestion.*',
    tables: 'suggestion',
    ordered: 'suggestion',
    where: ['suggestion.state = ANY ($1)'],
    parameters: [states],
  };
}

/** Suggestions by id, in any order; those that do not exist are left out. */
export function readSuggestions(sql: Sql, ids: readonly string[]): Promise<SuggestionRecord[]> {
  return sql.rows<SuggestionRecord>('SELECT * FROM suggestion WHERE id = ANY ($1::uuid[])', [ids.filter(isId)]);
}
