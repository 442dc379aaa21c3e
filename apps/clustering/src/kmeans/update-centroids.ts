import { normalizeRows, row, squaredEuclidean } from '@cairn/numerics';
import type { Rows } from './rows.js';

/**
 * The centroids `[clusters, dimension]` after one step: means of the rows of each label, scaled to unit norm in the
 * spherical case. Sums are in double precision and in the order of the rows.
 *
 * A cluster without rows takes the row that lies farthest from its own centroid, which leaves the cluster it was in
 * (scikit-learn's repair). Where all rows coincide with their centroids there is nothing to give away: there are
 * fewer different rows than clusters, and the empty ones stay where they are.
 */
export function updateCentroids(
  rows: Rows,
  labels: Int32Array,
  centroids: Float32Array,
  spherical: boolean,
): Float32Array {
  const { values, count, dimension } = rows;
  const clusters = centroids.length / dimension;
  const sums = new Float64Array(centroids.length);
  const sizes = new Int32Array(clusters);
  const move = (i: number, label: number, sign: 1 | -1) => {
    sizes[label] += sign;
    for (let j = 0, from = i * dimension, to = label * dimension; j < dimension; j++)
      sums[to + j] += sign * values[from + j];
  };
  for (let i = 0; i < count; i++) move(i, labels[i], 1);

  const empty = [...sizes.keys()].filter((cluster) => sizes[cluster] === 0);
  if (empty.length > 0) {
    const given = farthestRows(rows, labels, centroids, empty.length, sizes);
    given.forEach((i, e) => {
      move(i, labels[i], -1);
      move(i, empty[e], 1);
    });
  }

  const next = Float32Array.from(centroids);
  for (let cluster = 0; cluster < clusters; cluster++) {
    if (sizes[cluster] === 0) continue;
    for (let j = cluster * dimension; j < (cluster + 1) * dimension; j++) next[j] = sums[j] / sizes[cluster];
  }
  if (spherical) normalizeRows(next, dimension);
  return next;
}

/**
 * At most `wanted` rows, farthest from their centroid first, that lie apart from it and leave their cluster at least
 * one row.
 */
function farthestRows(
  rows: Rows,
  labels: Int32Array,
  centroids: Float32Array,
  wanted: number,
  sizes: Int32Array,
): number[] {
  const { values, count, dimension } = rows;
  const distance = Float64Array.from({ length: count }, (_, i) =>
    squaredEuclidean(row(values, dimension, i), row(centroids, dimension, labels[i])),
  );
  const order = Array.from(distance.keys()).sort((a, b) => distance[b] - distance[a] || a - b);
  const left = Int32Array.from(sizes);
  const given: number[] = [];
  for (const i of order) {
    if (given.length === wanted || distance[i] === 0) break;
    if (left[labels[i]] < 2) continue;
    left[labels[i]]--;
    given.push(i);
  }
  return given;
}
