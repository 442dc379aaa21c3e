import { nextBlock, type RunState } from './run-state.js';

/**
 * An order of centroids `[clusters, dimension]` in which near ones lie side by side: halved again and again, at a
 * multiple of `groupSize`, along the line between two that are far apart. Caller's index of each position `[clusters]`.
 */
export function orderOfCentroids(centroids: Float32Array, dimension: number, groupSize: number): Int32Array {
  const clusters = centroids.length / dimension;
  const order = Int32Array.from({ length: clusters }, (_, j) => j);
  const along = new Float64Array(clusters);
  const farthestFrom = (from: number, part: Int32Array): number => {
    let farthest = part[0];
    let most = -1;
    for (const j of part) {
      let square = 0;
      for (let i = 0; i < dimension; i++)
        square += (centroids[j * dimension + i] - centroids[from * dimension + i]) ** 2;
      if (square > most) {
        most = square;
        farthest = j;
      }
    }
    return farthest;
  };
  const halve = (start: number, end: number) => {
    if (end - start <= groupSize) return;
    const part = order.subarray(start, end);
    const one = farthestFrom(part[0], part);
    const other = farthestFrom(one, part);
    for (const j of part) {
      let dot = 0;
      for (let i = 0; i < dimension; i++)
        dot += centroids[j * dimension + i] * (centroids[other * dimension + i] - centroids[one * dimension + i]);
      along[j] = dot;
    }
    part.sort((a, b) => along[a] - along[b] || a - b);
    const groups = Math.ceil((end - start) / groupSize);
    const middle = start + Math.floor(groups / 2) * groupSize;
    halve(start, middle);
    halve(middle, end);
  };
  halve(0, clusters);
  return order;
}

/** Rows looked at for the shift; any shift is right, one near the mean gives bytes their smallest error. */
const shiftRows = 2048;

/**
 * Gives centroids `[clusters, dimension]` their positions; the first `frozen` of them keep their place. Chooses the
 * shift. One thread does it for all.
 */
export function placeCentroids(state: RunState, start: Float32Array, frozen: number): void {
  if (Atomics.add(state.counters, nextBlock, 1) > 0) return;
  const { values, count, dimension } = state;
  orderOfCentroids(start, dimension, state.groupSize).forEach((name, position) => {
    state.names[position] = name;
    state.frozen[position] = name < frozen ? 1 : 0;
    state.centroids.set(start.subarray(name * dimension, (name + 1) * dimension), position * dimension);
  });
  const mean = new Float64Array(dimension);
  const taken = Math.min(count, shiftRows);
  for (let t = 0; t < taken; t++) {
    const from = Math.floor((t * count) / taken) * dimension;
    for (let i = 0; i < dimension; i++) mean[i] += values[from + i] / taken;
  }
  state.shift.set(mean);
}
