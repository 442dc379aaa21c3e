import { row, squaredEuclidean } from '@cairn/numerics';
import type { Interrupt, Rows } from './rows.js';

export interface SizeBounds {
  /** Fewest and most rows of a cluster. */
  readonly min: number;
  readonly max: number;
}

/** A row that may go to another cluster, and what that costs. */
interface Move {
  readonly row: number;
  readonly to: number;
  readonly cost: number;
}

/**
 * Labels `[count]` that keep every cluster within bounds: rows of clusters that are too large go where that adds least to the
 * sum of squared distances and there is room; clusters that are too small take what costs least from those with rows
 * to spare. A greedy choice, not the optimum (that is a flow problem); ties go to the lower row. Needs
 * clusters x min <= count <= clusters x max.
 */
export function boundSizes(
  rows: Rows,
  centroids: Float32Array,
  labels: Int32Array,
  { min, max }: SizeBounds,
  interrupt: Interrupt,
): Int32Array {
  const { values, dimension, count } = rows;
  const clusters = centroids.length / dimension;
  const bounded = Int32Array.from(labels);
  const sizes = new Int32Array(clusters);
  for (const label of bounded) sizes[label]++;
  const distance = (i: number, j: number) => squaredEuclidean(row(values, dimension, i), row(centroids, dimension, j));
  const move = (i: number, to: number) => {
    sizes[bounded[i]]--;
    sizes[to]++;
    bounded[i] = to;
  };
  const byCost = (a: Move, b: Move) => a.cost - b.cost || a.row - b.row || a.to - b.to;

  for (let from = 0; from < clusters; from++) {
    if (sizes[from] <= max) continue;
    const moves: Move[] = [];
    const room = sizes.map((size) => max - size);
    for (let i = 0; i < count; i++) {
      if (bounded[i] !== from) continue;
      interrupt();
      const own = distance(i, from);
      for (let to = 0; to < clusters; to++)
        if (to !== from && room[to] > 0) moves.push({ row: i, to, cost: distance(i, to) - own });
    }
    for (const { row: i, to } of moves.sort(byCost)) {
      if (sizes[from] <= max) break;
      if (bounded[i] === from && sizes[to] < max) move(i, to);
    }
  }
  for (let to = 0; to < clusters; to++) {
    if (sizes[to] >= min) continue;
    const moves: Move[] = [];
    for (let i = 0; i < count; i++) {
      if (bounded[i] === to || sizes[bounded[i]] <= min) continue;
      if (i % 1024 === 0) interrupt();
      moves.push({ row: i, to, cost: distance(i, to) - distance(i, bounded[i]) });
    }
    for (const { row: i } of moves.sort(byCost)) {
      if (sizes[to] >= min) break;
      if (sizes[bounded[i]] > min) move(i, to);
    }
  }
  return bounded;
}

/** Means of the rows of each label, or their directions: `[clusters, dimension]`; the first `frozen` stay. */
export function centroidsOfLabels(
  rows: Rows,
  labels: Int32Array,
  before: Float32Array,
  options: { readonly spherical: boolean; readonly frozen?: number; readonly weights?: Float32Array },
): Float32Array {
  const { values, dimension, count } = rows;
  const sums = new Float64Array(before.length);
  const mass = new Float64Array(before.length / dimension);
  for (let i = 0; i < count; i++) {
    const weight = options.weights?.[i] ?? 1;
    mass[labels[i]] += weight;
    for (let j = 0, from = i * dimension, to = labels[i] * dimension; j < dimension; j++)
      sums[to + j] += weight * values[from + j];
  }
  const centroids = Float32Array.from(before);
  for (let c = options.frozen ?? 0; c < mass.length; c++) {
    if (!(mass[c] > 0)) continue;
    let divisor = mass[c];
    if (options.spherical) {
      let square = 0;
      for (let j = c * dimension; j < (c + 1) * dimension; j++) square += sums[j] * sums[j];
      divisor = Math.sqrt(square) || 1;
    }
    for (let j = c * dimension; j < (c + 1) * dimension; j++) centroids[j] = sums[j] / divisor;
  }
  return centroids;
}
