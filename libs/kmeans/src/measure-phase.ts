import type { Interrupt } from './rows.js';
import { blockRows, nextBlock, type RunState } from './run-state.js';
import type { Workbench } from './workbench.js';

/**
 * One thread's share of measuring: squared distances of rows to the centroids of their labels, in double precision;
 * their weighted sum for each block of rows, and each of them into `distances [count]` if it is given.
 */
export function measureRows(
  state: RunState,
  bench: Workbench,
  distances: Float64Array | undefined,
  interrupt: Interrupt,
): void {
  interrupt();
  bench.load(state);
  const { values, dimension, labels, weights, count } = state;
  const { layout, kernels } = bench;
  for (;;) {
    const block = Atomics.add(state.counters, nextBlock, 1);
    const start = block * blockRows;
    if (start >= count) return;
    interrupt();
    const end = Math.min(count, start + blockRows);
    let sum = 0;
    for (let from = start; from < end; from += layout.turn) {
      const taken = Math.min(layout.turn, end - from);
      bench.copyRows(values, dimension, from, taken, 0);
      for (let i = 0; i < taken; i++) {
        const centroid = bench.centroidAddress(labels[from + i]);
        const squared = kernels.doubleDistance(bench.rowAddress(i), centroid, layout.stride);
        sum += weights === undefined ? squared : weights[from + i] * squared;
        if (distances !== undefined) distances[from + i] = squared;
      }
    }
    state.blockInertia[block] = sum;
  }
}
