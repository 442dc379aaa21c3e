import type { Interrupt } from './rows.js';
import { nextBlock, type RunState } from './run-state.js';

/** Clusters that a thread takes at a time. */
const clustersAtOnce = 8;

/**
 * One thread's share of an update: takes clusters until there are none left, adds to their sums what the slots found,
 * and computes where they go: `next` and `drift`. Sums are exact, so no order of slots can change them.
 */
export function updateCentroids(state: RunState, interrupt: Interrupt): void {
  interrupt();
  const { clusters } = state;
  for (;;) {
    const start = Atomics.add(state.counters, nextBlock, clustersAtOnce);
    if (start >= clusters) return;
    const end = Math.min(clusters, start + clustersAtOnce);
    for (let j = start; j < end; j++) {
      const changed = gather(state, j);
      if (changed && state.frozen[j] === 0) moveCentroid(state, j, state.sums, j * state.dimension, state.mass[j]);
      else stay(state, j);
    }
  }
}

/** Adds the changes of all slots to the sums of a cluster; false if there are none. */
function gather(state: RunState, j: number): boolean {
  const { clusters, dimension, slots, sums, sumChanges } = state;
  let changed = false;
  for (let slot = 0; slot < slots; slot++) {
    const at = slot * clusters + j;
    if (state.touched[at] === 0) continue;
    changed = true;
    state.touched[at] = 0;
    state.mass[j] += state.massChanges[at];
    state.sizes[j] += state.sizeChanges[at];
    for (let i = 0, from = at * dimension, to = j * dimension; i < dimension; i++) sums[to + i] += sumChanges[from + i];
  }
  return changed;
}

function stay(state: RunState, j: number): void {
  const { dimension } = state;
  state.next.set(state.centroids.subarray(j * dimension, (j + 1) * dimension), j * dimension);
  state.drift[j] = 0;
}

/**
 * Where a centroid goes: the mean of its rows, or their mean direction in the spherical case. Without weight it stays.
 * @param sums `[., dimension]`, from index `from` on, of `mass` weight
 */
export function moveCentroid(state: RunState, j: number, sums: Float64Array, from: number, mass: number): void {
  const { dimension, next, centroids } = state;
  if (!(mass > 0)) return stay(state, j);
  let divisor = mass;
  if (state.spherical) {
    let square = 0;
    for (let i = from; i < from + dimension; i++) square += sums[i] * sums[i];
    // Rows that cancel each other out have no direction.
    divisor = square > 0 ? Math.sqrt(square) : 1;
  }
  let moved = 0;
  for (let i = 0, at = j * dimension; i < dimension; i++, at++) {
    next[at] = sums[from + i] / divisor;
    const way = next[at] - centroids[at];
    moved += way * way;
  }
  state.drift[j] = Math.sqrt(moved) * (1 + 1e-12);
}
