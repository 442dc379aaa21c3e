/** A number of clusters that was tried, and how well it did. */
export interface Candidate {
  readonly clusters: number;
  /** Mean silhouette. */
  readonly silhouette: number;
  readonly inertia: number;
}

/** Each number of the first grid is about this many times the one before. */
const gridRatio = 1.35;

/** Numbers tried at once between the best one and its neighbours. */
const refinement = 4;

/** A rising grid of whole numbers from `min` to `max`, both included, in about equal ratios. */
export function candidateGrid(min: number, max: number): number[] {
  const grid = [min];
  while (grid[grid.length - 1] < max) {
    const last = grid[grid.length - 1];
    grid.push(Math.min(max, Math.max(last + 1, Math.round(last * gridRatio))));
  }
  return grid;
}

/** Up to `refinement` numbers, evenly spread, that lie between `low` and `high`, neither included. */
function between(low: number, high: number): number[] {
  const free = high - low - 1;
  const wanted = Math.min(free, refinement);
  return Array.from({ length: wanted }, (_, i) => low + Math.round(((i + 1) * (free + 1)) / (wanted + 1)));
}

/** The candidate of highest silhouette; the one with fewer clusters among equals. */
export function bestCandidate<C extends Candidate>(candidates: readonly C[]): C {
  return candidates.reduce((best, next) =>
    next.silhouette > best.silhouette || (next.silhouette === best.silhouette && next.clusters < best.clusters)
      ? next
      : best,
  );
}

/**
 * Looks for the number of clusters with the highest mean silhouette: a geometric grid over [min, max] first, then the
 * numbers around the best one, until its neighbours have been tried. The result is the best of what was tried; the
 * silhouette need not have a single peak.
 * @param tryAll tries numbers of clusters, in parallel if it likes; gives the candidates in the same order
 * @returns all candidates by rising number of clusters, and the best one
 */
export async function chooseK<C extends Candidate>(
  min: number,
  max: number,
  tryAll: (clusters: readonly number[]) => Promise<C[]>,
): Promise<{ best: C; candidates: C[] }> {
  let candidates = await tryAll(candidateGrid(min, max));
  for (;;) {
    const best = bestCandidate(candidates);
    const at = candidates.indexOf(best);
    const low = candidates[at - 1]?.clusters ?? best.clusters;
    const high = candidates[at + 1]?.clusters ?? best.clusters;
    const next = [...new Set([...between(low, best.clusters), ...between(best.clusters, high)])];
    if (next.length === 0) return { best, candidates };
    candidates = [...candidates, ...(await tryAll(next))].sort((a, b) => a.clusters - b.clusters);
  }
}
