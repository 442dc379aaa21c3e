import type { Clustering, Rows } from '@cairn/kmeans';
import { dot, row, squaredEuclidean } from '@cairn/numerics';
import { membersOf } from './stratified-sample.js';

export interface ClusterDescription {
  readonly size: number;
  /** Mean cosine of the members to the centroid (spherical), or 1 / (1 + root mean squared distance). */
  readonly cohesion: number;
  /** Distance to the nearest other centroid; 0 where there is no other. */
  readonly separation: number;
  /** The medoid, then rows near the centroid that differ from those before: see exemplarsOf. */
  readonly exemplars: Int32Array;
}

export interface ClusteringDescription {
  readonly clusters: readonly ClusterDescription[];
  /** Distance of each row to its centroid, of noise (label -1) to the nearest one `[count]`. */
  readonly distances: Float32Array;
}

/**
 * What there is to say about each cluster. Distances are 1 - cosine (spherical) or Euclidean, in the measure of the
 * rows as they came.
 *
 * The first exemplar is the medoid in the measure that k-means minimises: the sum of squared distances to the members
 * is smallest for the member nearest to their mean; for unit vectors that is also the one with the highest mean cosine.
 * @param scale of the preparation: prepared distances are this many times the original ones
 */
export function describeClusters(
  rows: Rows,
  clustering: Clustering,
  options: { spherical: boolean; scale: number; exemplars: number },
): ClusteringDescription {
  const { values, count, dimension } = rows;
  const { labels, centroids } = clustering;
  const { spherical, scale } = options;
  const measure = (a: Float32Array, b: Float32Array) =>
    spherical ? Math.max(0, Math.min(2, 1 - dot(a, b))) : Math.sqrt(squaredEuclidean(a, b)) / scale;
  const distances = Float64Array.from({ length: count }, (_, i) => {
    const own = row(values, dimension, i);
    if (labels[i] >= 0) return measure(own, row(centroids, dimension, labels[i]));
    let least = Infinity;
    for (let at = 0; at < centroids.length; at += dimension)
      least = Math.min(least, measure(own, centroids.subarray(at, at + dimension)));
    return centroids.length === 0 ? 0 : least;
  });
  const clusterCount = centroids.length / dimension;
  const clusters = membersOf(labels, clusterCount).map((members, own): ClusterDescription => {
    let separation = Infinity;
    for (let other = 0; other < clusterCount; other++)
      if (other !== own)
        separation = Math.min(separation, measure(row(centroids, dimension, own), row(centroids, dimension, other)));
    const mean = (of: (distance: number) => number) =>
      members.reduce((sum, i) => sum + of(distances[i]), 0) / members.length;
    return {
      size: members.length,
      cohesion: spherical ? 1 - mean((distance) => distance) : 1 / (1 + Math.sqrt(mean((distance) => distance ** 2))),
      separation: clusterCount < 2 ? 0 : separation,
      exemplars: exemplarsOf(members, distances, options.exemplars, (a, b) =>
        measure(row(values, dimension, a), row(values, dimension, b)),
      ),
    };
  });
  return { clusters, distances: Float32Array.from(distances) };
}

/** How much nearness to the centroid counts, against distance from the exemplars chosen before. */
const typical = 0.7;

/** Exemplars are looked for among so many times as many members, the nearest to the centroid. */
const poolFactor = 20;

/**
 * Typical members that are not all alike, by maximal marginal relevance (Carbonell, Goldstein 1998): the medoid first, then each time
 * the member that is near the centroid and far from those chosen; members equal to a chosen one only when there are no others.
 */
function exemplarsOf(
  members: Int32Array,
  distances: Float64Array,
  wanted: number,
  measure: (a: number, b: number) => number,
): Int32Array {
  const pool = members
    .slice()
    .sort((a, b) => distances[a] - distances[b] || a - b)
    .slice(0, wanted * poolFactor);
  const apart = new Float64Array(pool.length).fill(Infinity);
  const chosen: number[] = [];
  for (let next = 0; chosen.length < Math.min(wanted, pool.length);) {
    const last = pool[next];
    chosen.push(last);
    apart[next] = -1;
    let best = -Infinity;
    for (let p = 0; p < pool.length; p++) {
      if (apart[p] < 0) continue;
      apart[p] = Math.min(apart[p], measure(last, pool[p]));
      const score = (1 - typical) * apart[p] - typical * distances[pool[p]] - (apart[p] === 0 ? 1e9 : 0);
      if (score > best) [best, next] = [score, p];
    }
  }
  return Int32Array.from(chosen);
}
