export interface FusedRank {
  readonly id: string;
  readonly score: number;
  /** Rank in each list, from 1; 0 where it is absent. */
  readonly ranks: readonly number[];
}

/**
 * How words and vectors are joined. To have some of the words says less than to be near in meaning, and with k = 60, as it
 * is mostly taken, a weak list undoes what a good one finds; to have every word says as much. Chosen on one half of the
 * queries of `npm run bench:search`, and as good on the other.
 */
export const fusion = { k: 5, someWords: 1, everyWord: 3, vectors: 3 } as const;

/** A list of ids, best first, each once, and what the one at a place (from 0) counts. */
export interface RankedList {
  readonly ids: readonly string[];
  readonly weightAt: (place: number) => number;
}

/**
 * Reciprocal rank fusion: an item's score is the sum of weight / (k + rank) over the lists it is in, so that lists whose
 * own scores cannot be compared can be joined (Cormack, Clarke and Büttcher, 2009).
 * @param lists where scores are equal, the later one decides
 * @returns all ids, best first; equal in everything: in the order of ids
 */
export function fuseRanks(lists: readonly RankedList[], k: number = fusion.k): FusedRank[] {
  const ranksOf = new Map<string, number[]>();
  lists.forEach(({ ids }, which) =>
    ids.forEach((id, place) => {
      const ranks = ranksOf.get(id) ?? lists.map(() => 0);
      ranks[which] = place + 1;
      ranksOf.set(id, ranks);
    }),
  );
  return [...ranksOf]
    .map(([id, ranks]) => ({
      id,
      ranks,
      score: ranks.reduce(
        (sum, rank, which) => (rank === 0 ? sum : sum + lists[which].weightAt(rank - 1) / (k + rank)),
        0,
      ),
    }))
    .sort((a, b) => b.score - a.score || byLaterList(a, b) || (a.id < b.id ? -1 : 1));
}

function byLaterList(a: FusedRank, b: FusedRank): number {
  for (let which = a.ranks.length - 1; which >= 0; which--) {
    const [left, right] = [a.ranks[which] || Infinity, b.ranks[which] || Infinity];
    if (left !== right) return left - right;
  }
  return 0;
}

/** What full text found: first what has every word. */
export interface FoundByWords {
  readonly ids: readonly string[];
  /** How many of them have every word. */
  readonly withEveryWord: number;
}

/** Full text and vectors, fused. */
export const fuseWordsAndVectors = (words: FoundByWords, vectors: readonly string[]): FusedRank[] =>
  fuseRanks([
    { ids: words.ids, weightAt: (place) => (place < words.withEveryWord ? fusion.everyWord : fusion.someWords) },
    { ids: vectors, weightAt: () => fusion.vectors },
  ]);
