import type { Interrupt } from './rows.js';
import { blockRows, nextBlock, strideOf } from './run-state.js';
import type { Workbench } from './workbench.js';

/** Most candidates of one draw. */
export const mostCandidates = 32;

/** What the threads share while first centroids are drawn. */
export interface SeedState {
  readonly count: number;
  readonly dimension: number;
  /** `[count, dimension]`, prepared. */
  readonly values: Float32Array;
  readonly weights: Float32Array | undefined;
  /** Squared distance of each row to the nearest centroid so far `[count]`. */
  readonly closest: Float32Array;
  /** The same if a candidate were taken: `[candidates, count]`. */
  readonly after: Float32Array;
  /** Sums of `after`, weighted, of each block: `[blocks, mostCandidates]`. */
  readonly potentials: Float64Array;
  readonly counters: Int32Array;
}

/**
 * One thread's share of a draw: takes over the distances after the candidate that was `chosen` last (-1: none), and finds
 * what each of the next candidates, `points [candidates, dimension]`, would leave.
 */
export function seedShare(
  state: SeedState,
  points: Float32Array,
  chosen: number,
  bench: Workbench,
  interrupt: Interrupt,
): void {
  interrupt();
  const { count, dimension, values, weights, closest, after, potentials } = state;
  const stride = strideOf(dimension);
  const turn = Math.max(16, Math.min(blockRows, Math.floor(2 ** 18 / stride)));
  const sums = bench.borrow(
    (turn + mostCandidates) * stride * 4 + turn * 4 * (2 + mostCandidates) + mostCandidates * 8,
  );
  const { kernels, float32, float64 } = bench;
  const firstPoint = sums + mostCandidates * 8;
  const rows = firstPoint + mostCandidates * stride * 4;
  const near = rows + turn * stride * 4;
  const weigh = near + turn * 4;
  const then = weigh + turn * 4;
  const candidates = points.length / dimension;
  float32.fill(0, firstPoint >> 2, near >> 2);
  for (let c = 0; c < candidates; c++)
    float32.set(points.subarray(c * dimension, (c + 1) * dimension), (firstPoint >> 2) + c * stride);
  for (;;) {
    const block = Atomics.add(state.counters, nextBlock, 1);
    const start = block * blockRows;
    if (start >= count) return;
    interrupt();
    const end = Math.min(count, start + blockRows);
    if (chosen >= 0) closest.set(after.subarray(chosen * count + start, chosen * count + end), start);
    const totals = new Float64Array(mostCandidates);
    for (let from = start; from < end; from += turn) {
      const taken = Math.min(turn, end - from);
      for (let i = 0; i < taken; i++)
        float32.set(values.subarray((from + i) * dimension, (from + i + 1) * dimension), (rows >> 2) + i * stride);
      float32.set(closest.subarray(from, from + taken), near >> 2);
      if (weights !== undefined) float32.set(weights.subarray(from, from + taken), weigh >> 2);
      const weighed = weights === undefined ? 0 : weigh;
      kernels.closestAfter(taken, stride, rows, firstPoint, candidates, near, weighed, then, turn, sums);
      for (let c = 0; c < candidates; c++) {
        totals[c] += float64[(sums >> 3) + c];
        const found = (then >> 2) + c * turn;
        after.set(float32.subarray(found, found + taken), c * count + from);
      }
    }
    potentials.set(totals, block * mostCandidates);
  }
}
