import { dot, row, squaredEuclidean } from '@cairn/numerics';
import type { Clustering } from '../kmeans/lloyd.js';
import type { Rows } from '../kmeans/rows.js';
import { membersOf } from './stratified-sample.js';

export interface ClusterDescription {
  readonly size: number;
  /** Mean cosine of the members to the centroid (spherical), or 1 / (1 + root mean squared distance). */
  readonly cohesion: number;
  /** Distance to the nearest other centroid; 0 where there is no other. */
  readonly separation: number;
  /** Rows nearest to the centroid, nearest first. */
  readonly exemplars: Int32Array;
}

export interface ClusteringDescription {
  readonly clusters: readonly ClusterDescription[];
  /** Distance of each row to its centroid `[count]`. */
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
  const distances = Float64Array.from({ length: count }, (_, i) =>
    measure(row(values, dimension, i), row(centroids, dimension, labels[i])),
  );
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
      exemplars: members
        .slice()
        .sort((a, b) => distances[a] - distances[b] || a - b)
        .slice(0, options.exemplars),
    };
  });
  return { clusters, distances: Float32Array.from(distances) };
}
