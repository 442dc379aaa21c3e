import { DomainError, type InferenceClient } from '@cairn/contracts';
import type { Caller } from '../access/caller.js';
import type { Database } from '../persistence/database.js';
import { checkedText } from '../questions/checked-text.js';
import { afterCursor, hitCursor } from './hit-cursor.js';
import { countFacets, type FacetCount } from './facets.js';
import { fullTextSearch, textQuery } from './full-text.js';
import { fuseWordsAndVectors } from './fuse-ranks.js';
import { nearContent } from './near-content.js';
import { queryVector } from './query-vector.js';
import { searchHits, type SearchHit } from './search-hits.js';
import { scopeOf, type SearchFilter } from './search-scope.js';
import type { Correction } from './typed-words.js';

export interface Search {
  readonly text: string;
  /** 1 to 100; 0: 10. */
  readonly first: number;
  /** Cursor of a hit; empty: from the best on. */
  readonly after: string;
  readonly filter: SearchFilter;
  readonly withFacets: boolean;
}

export interface SearchResult {
  readonly hits: readonly (SearchHit & { readonly cursor: string })[];
  readonly vectorsUsed: boolean;
  readonly hasNextPage: boolean;
  readonly corrections: readonly Correction[];
  readonly facets: readonly FacetCount[];
}

/**
 * Candidates of each list: what both find deep down may come first when they are fused. Every page is cut from the same
 * lists, so that a deep one costs what the first costs, and pages fit together.
 */
export const candidates = 200;

/** Hybrid search: words, and vectors of questions and passages, fused by rank. Without inference, words alone. */
export async function searchQuestions(
  database: Database,
  inference: InferenceClient,
  caller: Caller,
  search: Search,
): Promise<SearchResult> {
  const text = checkedText(search.text, 'text');
  const first = search.first || 10;
  if (first < 1 || first > 100)
    throw DomainError.invalid('first', `A search returns 1 to 100 hits; ${first} were asked for.`);
  const scope = scopeOf(caller, search.filter);
  if (scope === undefined) return { hits: [], vectorsUsed: false, hasNextPage: false, corrections: [], facets: [] };
  const [vector, query] = await Promise.all([
    queryVector(database, inference, text, caller),
    textQuery(database, text, scope),
  ]);
  const [byText, byVector] = await Promise.all([
    fullTextSearch(database, query, scope, candidates),
    vector ? nearContent(database, vector, scope, candidates) : [],
  ]);
  const all = fuseWordsAndVectors(
    byText,
    byVector.map(({ id }) => id),
  );
  const rest = afterCursor(all, search.after);
  const page = rest.slice(0, first);
  const [hits, facets] = await Promise.all([
    searchHits(database, query, page, scope, vector, byVector),
    search.withFacets
      ? countFacets(
          database,
          all.map(({ id }) => id),
        )
      : [],
  ]);
  return {
    hits: hits.map((hit) => ({ ...hit, cursor: hitCursor({ id: hit.questionId, score: hit.score }) })),
    vectorsUsed: vector !== undefined,
    hasNextPage: rest.length > first,
    corrections: query.corrections,
    facets,
  };
}
