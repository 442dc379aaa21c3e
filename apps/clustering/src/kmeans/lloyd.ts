import { row, squaredEuclidean } from '@cairn/numerics';
import type { CentroidDistances } from './centroid-distances.js';
import type { Interrupt, Rows } from './rows.js';
import { updateCentroids } from './update-centroids.js';

export interface LloydOptions {
  readonly maxIter: number;
  /** Stop when the squared movement of all centroids together is at most this. */
  readonly tolerance: number;
  /** Centroids are scaled to unit norm after each step. */
  readonly spherical: boolean;
}

export interface Clustering {
  /** `[clusters, dimension]`, in the measure of the prepared rows. */
  readonly centroids: Float32Array;
  /** Index of the nearest centroid of each row `[count]`. */
  readonly labels: Int32Array;
  /** Sum of squared distances of the rows to their centroids. */
  readonly inertia: number;
  readonly iterations: number;
}

/**
 * Lloyd's algorithm from the given centroids `[clusters, dimension]`: assign each row to its nearest centroid, move
 * each centroid to the mean of its rows, until no label changes, the centroids hardly move, or `maxIter` is reached.
 */
export async function lloyd(
  rows: Rows,
  start: Float32Array,
  options: LloydOptions,
  distances: CentroidDistances,
  interrupt: Interrupt,
): Promise<Clustering> {
  let centroids = start;
  let labels = new Int32Array(rows.count).fill(-1);
  let nextLabels = new Int32Array(rows.count);
  let iterations = 0;
  for (let settled = false; !settled && iterations < options.maxIter; iterations++) {
    await distances.nearest(rows, centroids, nextLabels, interrupt);
    const unchanged = labels.every((label, i) => label === nextLabels[i]);
    [labels, nextLabels] = [nextLabels, labels];
    const moved = updateCentroids(rows, labels, centroids, options.spherical);
    settled = unchanged || squaredEuclidean(moved, centroids) <= options.tolerance;
    centroids = moved;
  }
  // The last move may have changed who is nearest.
  await distances.nearest(rows, centroids, labels, interrupt);
  return { centroids, labels, inertia: inertiaOf(rows, labels, centroids), iterations };
}

/** Sum of squared distances of the rows to the centroids `[clusters, dimension]` of their labels `[count]`. */
export function inertiaOf(rows: Rows, labels: Int32Array, centroids: Float32Array): number {
  const { values, count, dimension } = rows;
  let sum = 0;
  for (let i = 0; i < count; i++)
    sum += squaredEuclidean(row(values, dimension, i), row(centroids, dimension, labels[i]));
  return sum;
}
