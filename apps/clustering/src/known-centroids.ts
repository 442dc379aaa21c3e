import { DomainError, fromVectors, type clusteringV1 } from '@cairn/contracts';
import type { Preparation } from '@cairn/kmeans';
import { firstNonFinite, normalizeRows, row } from '@cairn/numerics';

/** Centroids that are known before a run. */
export interface KnownCentroids {
  /** `[count, dimension]`, in the measure of the vectors as they came. */
  readonly values: Float32Array;
  readonly count: number;
  /** They stay where they are. */
  readonly frozen: boolean;
}

/**
 * The known centroids of a call; undefined if there are none.
 * @throws INVALID_INPUT naming `known`
 */
export function readKnown(
  { known, frozen, algorithm }: clusteringV1.ClusterStart,
  dimension: number,
): KnownCentroids | undefined {
  if (known == null || known.count === 0) return undefined;
  if (algorithm && algorithm !== 'kmeans' && algorithm !== 'spherical')
    throw DomainError.invalid('known', `Only k-means starts from known centroids; the algorithm is "${algorithm}".`);
  if (known.dimension !== dimension)
    throw DomainError.invalid(
      'known',
      `The vectors have dimension ${dimension}; the known centroids have ${known.dimension}.`,
    );
  const values = fromVectors(known, 'known');
  const bad = firstNonFinite(values);
  if (bad >= 0)
    throw DomainError.invalid(
      'known',
      `Component ${bad % dimension} of centroid ${Math.floor(bad / dimension)} is ${values[bad]}; all must be finite numbers.`,
    );
  return { values, count: known.count, frozen: frozen ?? true };
}

/** Centroids, or other vectors, in the measure of the prepared rows. */
export function prepareKnown(
  { values }: Pick<KnownCentroids, 'values'>,
  { offset, scale }: Preparation,
  dimension: number,
  spherical: boolean,
): Float32Array {
  const prepared = values.map((value, i) => (value - offset[i % dimension]) * scale);
  if (spherical) normalizeRows(prepared, dimension);
  return prepared;
}

/**
 * Which clusters of a result are frozen centroids: their centroids have not moved by a bit.
 * @param prepared `[known, dimension]`, as the run was given them
 * @param centroids `[clusters, dimension]` of the result
 * @returns the known centroid of each cluster; -1: none
 */
export function knownClusters(prepared: Float32Array, centroids: Float32Array, dimension: number): Int32Array {
  const known = prepared.length / dimension;
  const found = new Int32Array(centroids.length / dimension).fill(-1);
  const taken = new Set<number>();
  found.forEach((_, cluster) => {
    const centroid = row(centroids, dimension, cluster);
    for (let i = 0; i < known; i++) {
      if (taken.has(i) || !row(prepared, dimension, i).every((value, j) => value === centroid[j])) continue;
      taken.add(i);
      found[cluster] = i;
      return;
    }
  });
  return found;
}
