/** Cosine distances are taken between rows of length 1; what is shorter is further from everything. */

export interface Choice {
  readonly row: number;
  /** Cosine distance to the nearest row that is covered or was chosen before it. */
  readonly distance: number;
}

/**
 * Chooses rows that are uncertain and unlike each other and what is covered: greedy k-center (the core-set of Sener and
 * Savarese, 2018) with distances weighted by uncertainty. Of equal ones the first is taken.
 * @param candidates `[n, dimension]`, row-major, each of length 1
 * @param uncertainty `[n]`, 0 to 1
 * @param covered `[m, dimension]`: what is known already
 * @returns `min(count, n)` choices, the best first
 */
export function chooseSpread(
  candidates: Float32Array,
  uncertainty: Float32Array,
  covered: Float32Array,
  dimension: number,
  count: number,
): Choice[] {
  const rows = uncertainty.length;
  const nearest = new Float32Array(rows).fill(covered.length === 0 ? 1 : 2);
  for (let start = 0; start < covered.length; start += dimension)
    approach(nearest, candidates, covered, start, dimension);
  const taken = new Uint8Array(rows);
  const chosen: Choice[] = [];
  while (chosen.length < Math.min(count, rows)) {
    let best = -1;
    let bestScore = -1;
    for (let row = 0; row < rows; row++) {
      if (taken[row] === 1) continue;
      const score = uncertainty[row] * Math.max(0, nearest[row]);
      if (score > bestScore) [best, bestScore] = [row, score];
    }
    taken[best] = 1;
    chosen.push({ row: best, distance: Math.max(0, nearest[best]) });
    approach(nearest, candidates, candidates, best * dimension, dimension);
  }
  return chosen;
}

/** Distances to the nearest, with one more that may be it. */
function approach(
  nearest: Float32Array,
  candidates: Float32Array,
  others: Float32Array,
  start: number,
  dimension: number,
): void {
  for (let row = 0, at = 0; row < nearest.length; row++, at += dimension) {
    let dot = 0;
    for (let i = 0; i < dimension; i++) dot += candidates[at + i] * others[start + i];
    const distance = 1 - dot;
    if (distance < nearest[row]) nearest[row] = distance;
  }
}
