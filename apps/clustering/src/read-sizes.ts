import { DomainError, type clusteringV1 } from '@cairn/contracts';
import type { SizeBounds } from '@cairn/kmeans';
import type { KnownCentroids } from './known-centroids.js';

const isCount = (value: number) => Number.isInteger(value) && value >= 1;

/**
 * The bounds on the sizes of clusters; undefined if none are given.
 * @param other known centroids of a k-means, or the algorithm that is none
 * @throws INVALID_INPUT naming the field
 */
export function readSizes(
  { minSize, maxSize, nClusters }: clusteringV1.KMeansParameters,
  count: number,
  other: KnownCentroids | string | undefined,
): SizeBounds | undefined {
  if (minSize == null && maxSize == null) return undefined;
  const field = minSize == null ? 'max_size' : 'min_size';
  if (typeof other === 'string')
    throw DomainError.invalid(field, `Only k-means keeps sizes within bounds; the algorithm is "${other}".`);
  if (other?.frozen)
    throw DomainError.invalid(
      field,
      'Frozen centroids take what is nearest to them, however much it is: leave the sizes out.',
    );
  const bounds = { min: minSize ?? 1, max: maxSize ?? count };
  if (!isCount(bounds.min) || bounds.min > count)
    throw DomainError.invalid('min_size', `min_size must be a whole number from 1 to ${count}; got ${minSize}.`);
  if (!isCount(bounds.max) || bounds.max < bounds.min)
    throw DomainError.invalid(
      'max_size',
      `max_size must be a whole number of at least ${bounds.min}, the least size; got ${maxSize}.`,
    );
  if (nClusters == null) return bounds;
  if (nClusters * bounds.min > count)
    throw DomainError.invalid(
      'min_size',
      `${nClusters} clusters of at least ${bounds.min} need ${nClusters * bounds.min} vectors; there are ${count}.`,
    );
  if (nClusters * bounds.max < count)
    throw DomainError.invalid(
      'max_size',
      `${nClusters} clusters of at most ${bounds.max} hold ${nClusters * bounds.max} vectors; there are ${count}.`,
    );
  return bounds;
}

/**
 * The numbers of clusters to choose from, so that their sizes can be within bounds.
 * @throws INVALID_INPUT if there are none
 */
export function clustersWithin(
  { min, max }: SizeBounds,
  count: number,
  minClusters: number,
  maxClusters: number,
): { minClusters: number; maxClusters: number } {
  const fewest = Math.max(minClusters, Math.ceil(count / max));
  const most = Math.floor(count / min);
  if (most < fewest)
    throw DomainError.invalid(
      'min_size',
      `No number of clusters of ${min} to ${max} vectors, at least ${minClusters} of them, makes ${count}: allow other sizes.`,
    );
  // As few clusters as the largest size allows may be more than would be looked for unasked.
  return { minClusters: fewest, maxClusters: Math.max(fewest, Math.min(maxClusters, most)) };
}
