import type { Rows } from '@cairn/kmeans';
import { columnMeans, dot, row, squaredEuclidean } from '@cairn/numerics';

/** Figures of a clustering that follow from its clusters' means alone; noise (label -1) counts nowhere. */
export interface Indices {
  /** Caliński and Harabasz 1974: variance between clusters by variance within, each by its degrees of freedom. */
  readonly calinskiHarabasz: number;
  /**
   * Davies and Bouldin 1979: the mean, over clusters, of how like a cluster is to the one most like it (mean distances to the
   * two means, together, by the distance of the means). Lower is better.
   */
  readonly daviesBouldin: number;
  /**
   * Bayesian information criterion of a mixture of spherical Gaussians of one variance: log likelihood less half the
   * parameters times log rows (Pelleg and Moore, X-means, 2000). Higher is better.
   */
  readonly bic: number;
}

/**
 * Calinski-Harabasz and Davies-Bouldin are scikit-learn's, on the rows as given. With one cluster, or nothing but one row in
 * each, the first two are 0; where no row deviates from its mean, they are Infinity and 0, and bic is Infinity.
 * @param labels `[count]`, all of 0 to clusters - 1 in use
 */
export function indicesOf(rows: Rows, labels: Int32Array, clusters: number): Indices {
  const { values, count, dimension } = rows;
  const sizes = new Float64Array(clusters);
  const means = new Float64Array(clusters * dimension);
  for (let i = 0; i < count; i++) {
    const label = labels[i];
    if (label < 0) continue;
    sizes[label]++;
    for (let j = 0, from = i * dimension, to = label * dimension; j < dimension; j++) means[to + j] += values[from + j];
  }
  for (let c = 0; c < clusters; c++) for (let j = 0; j < dimension; j++) means[c * dimension + j] /= sizes[c];
  const meanOf = (cluster: number) => means.subarray(cluster * dimension, (cluster + 1) * dimension);

  let within = 0;
  const spread = new Float64Array(clusters);
  for (let i = 0; i < count; i++) {
    if (labels[i] < 0) continue;
    const squared = squaredEuclidean(row(values, dimension, i), meanOf(labels[i]));
    within += squared;
    spread[labels[i]] += Math.sqrt(squared) / sizes[labels[i]];
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const overall = new Float64Array(dimension);
  for (let c = 0; c < clusters; c++)
    for (let j = 0; j < dimension; j++) overall[j] += (sizes[c] / total) * meanOf(c)[j];
  let between = 0;
  for (let c = 0; c < clusters; c++) between += sizes[c] * squaredEuclidean(meanOf(c), overall);

  return {
    calinskiHarabasz: clusters < 2 || total <= clusters ? 0 : between / (clusters - 1) / (within / (total - clusters)),
    daviesBouldin: clusters < 2 ? 0 : daviesBouldin(spread, meanOf),
    bic: bic(sizes, total, within, dimension),
  };
}

function daviesBouldin(spread: Float64Array, meanOf: (cluster: number) => Float64Array): number {
  let sum = 0;
  for (let a = 0; a < spread.length; a++) {
    let worst = 0;
    for (let b = 0; b < spread.length; b++) {
      if (a === b) continue;
      const together = spread[a] + spread[b];
      if (together > 0) worst = Math.max(worst, together / Math.sqrt(squaredEuclidean(meanOf(a), meanOf(b))));
    }
    sum += worst;
  }
  return sum / spread.length;
}

function bic(sizes: Float64Array, total: number, within: number, dimension: number): number {
  const clusters = sizes.length;
  if (total <= clusters) return -Infinity;
  const freedom = (total - clusters) * dimension;
  const variance = within / freedom;
  if (variance === 0) return Infinity;
  let logLikelihood = -(total * dimension * Math.log(2 * Math.PI * variance)) / 2 - freedom / 2;
  for (const size of sizes) logLikelihood += size * Math.log(size / total);
  const parameters = clusters - 1 + clusters * dimension + 1;
  return logLikelihood - (parameters / 2) * Math.log(total);
}

/** Mates that each row of a reference is made of: enough that their sum is nearly Gaussian. */
const mates = 64;

/**
 * As many rows as `rows`, drawn from one Gaussian cloud of the same mean and covariance, which has no clusters: each is the mean
 * plus a random combination of deviations of random rows. What clustering finds there, it finds in anything.
 * @param normal gives standard normal numbers, `below(n)` whole numbers under n
 * @returns `[count, dimension]`
 */
export function referenceRows(rows: Rows, random: { normal(): number; below(n: number): number }): Float32Array {
  const { values, count, dimension } = rows;
  const mean = columnMeans(values, dimension);
  const drawn = new Float32Array(count * dimension);
  const sum = new Float64Array(dimension);
  for (let i = 0; i < count; i++) {
    sum.fill(0);
    for (let m = 0; m < mates; m++) {
      const factor = random.normal() / Math.sqrt(mates);
      const from = random.below(count) * dimension;
      for (let j = 0; j < dimension; j++) sum[j] += factor * (values[from + j] - mean[j]);
    }
    for (let j = 0; j < dimension; j++) drawn[i * dimension + j] = mean[j] + sum[j];
  }
  return drawn;
}

/** Label of the centroid nearest to each row, of `centroids [clusters, dimension]`; for few rows. */
export function nearestLabels(rows: Rows, centroids: Float32Array): Int32Array {
  const { values, count, dimension } = rows;
  const clusters = centroids.length / dimension;
  const norms = Float64Array.from({ length: clusters }, (_, c) =>
    dot(row(centroids, dimension, c), row(centroids, dimension, c)),
  );
  return Int32Array.from({ length: count }, (_, i) => {
    let nearest = 0;
    let least = Infinity;
    for (let c = 0; c < clusters; c++) {
      const distance = norms[c] - 2 * dot(row(values, dimension, i), row(centroids, dimension, c));
      if (distance < least) [least, nearest] = [distance, c];
    }
    return nearest;
  });
}
