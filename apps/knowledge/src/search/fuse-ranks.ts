export interface FusedRank {
  readonly id: string;
  readonly score: number;
  /** Rank in each list, from 1; 0 where it is absent. */
  readonly ranks: readonly number[];
}

/**
 * Reciprocal rank fusion: an item's score is the sum of 1 / (k + rank) over the lists it is in, so that lists whose own
 * scores cannot be compared can be joined (Cormack, Clarke and Büttcher, 2009).
 * @param lists ids, best first, each once; where scores are equal, the later list decides
 * @returns all ids, best first; equal in everything: in the order of ids
 */
export function fuseRanks(lists: readonly (readonly string[])[], k = 60): FusedRank[] {
  const ranksOf = new Map<string, number[]>();
  lists.forEach((list, which) =>
    list.forEach((id, place) => {
      const ranks = ranksOf.get(id) ?? lists.map(() => 0);
      ranks[which] = place + 1;
      ranksOf.set(id, ranks);
    }),
  );
  return [...ranksOf]
    .map(([id, ranks]) => ({
      id,
      ranks,
      score: ranks.reduce((sum, rank) => (rank === 0 ? sum : sum + 1 / (k + rank)), 0),
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
