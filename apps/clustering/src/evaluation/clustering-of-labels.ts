import type { Clustering, Rows } from '@cairn/kmeans';
import { normalizeRows, row, squaredEuclidean } from '@cairn/numerics';

/**
 * The clustering that labels amount to, with means (of unit norm in the spherical case) as centroids, as if k-means had found it.
 * @param labels `[count]`, all of 0 to clusters - 1 in use, or -1 for noise, which adds nothing to centroids and inertia
 * @param fixed centroids to take instead of means `[clusters, dimension]`; NaN where the mean is to be taken
 */
export function clusteringOfLabels(
  { values, count, dimension }: Rows,
  labels: Int32Array,
  clusters: number,
  spherical: boolean,
  fixed?: Float32Array,
): Clustering {
  const sums = new Float64Array(clusters * dimension);
  const sizes = new Int32Array(clusters);
  for (let i = 0; i < count; i++) {
    if (labels[i] < 0) continue;
    sizes[labels[i]]++;
    for (let j = 0, from = i * dimension, to = labels[i] * dimension; j < dimension; j++)
      sums[to + j] += values[from + j];
  }
  const centroids = Float32Array.from(sums, (sum, at) => sum / sizes[Math.floor(at / dimension)]);
  if (spherical) normalizeRows(centroids, dimension);
  fixed?.forEach((value, at) => {
    if (!Number.isNaN(value)) centroids[at] = value;
  });
  let inertia = 0;
  for (let i = 0; i < count; i++)
    if (labels[i] >= 0) inertia += squaredEuclidean(row(values, dimension, i), row(centroids, dimension, labels[i]));
  return { centroids, labels, inertia, iterations: 0 };
}
