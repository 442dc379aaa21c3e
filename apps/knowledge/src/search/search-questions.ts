import { DomainError, type InferenceClient } from '@cairn/contracts';
import type { Caller } from '../access/caller.js';
import type { Database } from '../persistence/database.js';
import { checkedText, isId } from '../questions/checked-text.js';
import { fullTextSearch } from './full-text.js';
import { fuseRanks } from './fuse-ranks.js';
import { nearestQuestions } from './nearest.js';
import { queryVector } from './query-vector.js';
import { searchHits, type SearchHit } from './search-hits.js';
import { scopeOf } from './search-scope.js';

export interface Search {
  readonly text: string;
  /** 1 to 100; 0: 10. */
  readonly first: number;
  /** Empty: all topics. */
  readonly topicId: string;
}

/** Candidates of each list: what both find deep down may come first when they are fused. */
export const candidates = 100;

/** Hybrid search: words and vectors, fused by rank. Without inference, words alone. */
export async function searchQuestions(
  database: Database,
  inference: InferenceClient,
  caller: Caller,
  search: Search,
): Promise<{ hits: SearchHit[]; vectorsUsed: boolean }> {
  const text = checkedText(search.text, 'text');
  const first = search.first || 10;
  if (first < 1 || first > 100)
    throw DomainError.invalid('first', `A search returns 1 to 100 hits; ${first} were asked for.`);
  if (search.topicId !== '' && !isId(search.topicId)) return { hits: [], vectorsUsed: false };
  const scope = scopeOf(caller, search.topicId);
  const vector = await queryVector(database, inference, text, caller);
  const byText = await fullTextSearch(database, text, scope, candidates);
  const byVector = vector ? await nearestQuestions(database, vector, scope, candidates) : [];
  const ranks = fuseRanks([byText, byVector.map(({ id }) => id)]).slice(0, first);
  return { hits: await searchHits(database, text, ranks, scope, vector), vectorsUsed: vector !== undefined };
}
