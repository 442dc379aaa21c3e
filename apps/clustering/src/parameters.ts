import { DomainError, type clusteringV1 } from '@cairn/contracts';
import { type Seeding, seedings, type SizeBounds } from '@cairn/kmeans';
import { usualMostClusters } from './choose-vectors.js';
import { readKnown, type KnownCentroids } from './known-centroids.js';
import { clustersWithin, readSizes } from './read-sizes.js';

export const algorithms = ['kmeans', 'spherical', 'bisecting', 'hierarchical', 'hdbscan'] as const;
export type Algorithm = (typeof algorithms)[number];

/** What a call asks for, complete and checked. */
export interface RunParameters {
  readonly count: number;
  readonly dimension: number;
  /** Undefined: to be chosen between minClusters and maxClusters. */
  readonly clusters: number | undefined;
  readonly minClusters: number;
  readonly maxClusters: number;
  readonly restarts: number;
  readonly maxIter: number;
  readonly tol: number;
  readonly spherical: boolean;
  readonly seed: number;
  readonly exemplars: number;
  readonly known: KnownCentroids | undefined;
  readonly algorithm: Algorithm;
  /** Of "hierarchical" and "hdbscan", what was given. */
  readonly hierarchical: clusteringV1.HierarchicalParameters;
  readonly hdbscan: clusteringV1.HdbscanParameters;
  readonly init: Seeding;
  /** Fewest and most rows of a cluster; undefined: any number. */
  readonly sizes: SizeBounds | undefined;
  /** Labelled vectors that come first. */
  readonly guides: number;
  /** The vectors lie on disk. */
  readonly spooled: boolean;
}

export function whole(field: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw DomainError.invalid(field, `${field} must be a whole number from ${min} to ${max}; got ${value}.`);
}

/** @throws INVALID_INPUT if it is none of them */
export function oneOf<T extends string>(field: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw DomainError.invalid(
      field,
      `${field} must be one of ${allowed.map((one) => `"${one}"`).join(', ')}; got "${value}".`,
    );
  return found;
}

/** @throws INVALID_INPUT if there is nothing, or more than may be held at once */
export function readShape(
  { count, dimension }: { count: number; dimension: number },
  maxBytes: number,
): { count: number; dimension: number } {
  whole('dimension', dimension, 1, 65_536);
  if (!(count >= 1)) throw DomainError.invalid('count', `There is nothing to cluster: count is ${count}.`);
  if (count * dimension * 4 > maxBytes)
    throw DomainError.invalid(
      'count',
      `${count} vectors of dimension ${dimension} take ${count * dimension * 4} bytes; at most ${maxBytes} are held at once. Send fewer.`,
    );
  return { count, dimension };
}

/** Whether a run can read its vectors from disk, pass after pass: plain k-means can. */
function canSpool({ known, guides, parameters }: clusteringV1.ClusterStart, algorithm: Algorithm): boolean {
  const { minSize, maxSize, init } = parameters ?? {};
  const plain = [known, guides, minSize, maxSize, init].every((given) => !given);
  return plain && (algorithm === 'kmeans' || algorithm === 'spherical');
}

/**
 * The parameters of a call with the defaults that the contract states.
 * @param maxBytes most memory that the vectors of one call may take
 * @param maxDiskBytes most that they may take on disk instead, if the run is one that can read them there
 * @throws INVALID_INPUT naming the field
 */
export function readParameters(start: clusteringV1.ClusterStart, maxBytes: number, maxDiskBytes = 0): RunParameters {
  const given: clusteringV1.KMeansParameters = start.parameters ?? {};
  const algorithm = oneOf('algorithm', start.algorithm || 'kmeans', algorithms);
  if (algorithm === 'spherical' && given.spherical === false)
    throw DomainError.invalid(
      'spherical',
      'The algorithm "spherical" is spherical: leave spherical out, or ask for "kmeans".',
    );
  const spooled = start.count * start.dimension * 4 > maxBytes && canSpool(start, algorithm);
  const { count, dimension } = readShape(start, spooled ? Math.max(maxBytes, maxDiskBytes) : maxBytes);
  const known = readKnown(start, dimension);
  const most = count + (known?.count ?? 0);
  if (known !== undefined && given.nClusters != null && given.nClusters < known.count)
    throw DomainError.invalid(
      'n_clusters',
      `n_clusters counts the ${known.count} known centroids; ${given.nClusters} is too few.`,
    );
  if (given.nClusters !== undefined && given.nClusters > most)
    throw DomainError.invalid(
      'n_clusters',
      `${given.nClusters} clusters cannot be made from ${count} vectors: ask for at most ${count}.`,
    );
  const byKMeans = algorithm === 'kmeans' || algorithm === 'spherical';
  const init = oneOf('init', given.init || 'k-means++', seedings);
  if (given.init && !byKMeans)
    throw DomainError.invalid('init', `Only k-means draws first centroids; the algorithm is "${algorithm}".`);
  const sizes = readSizes(given, count, byKMeans ? known : algorithm);
  const limit = 2 ** 31 - 1;
  const minClusters = whole('min_clusters', given.minClusters ?? 2, 2, limit);
  const maxClusters = whole(
    'max_clusters',
    given.maxClusters ?? Math.max(minClusters, usualMostClusters(count)),
    2,
    limit,
  );
  if (maxClusters < minClusters)
    throw DomainError.invalid('max_clusters', `max_clusters (${maxClusters}) is below min_clusters (${minClusters}).`);
  if (given.nClusters === undefined && given.minClusters !== undefined && minClusters > count)
    throw DomainError.invalid(
      'min_clusters',
      `${minClusters} clusters cannot be made from ${count} vectors: ask for at most ${count}.`,
    );
  const tol = given.tol ?? 1e-4;
  if (!(tol >= 0 && tol < Infinity))
    throw DomainError.invalid('tol', `tol must be a number of at least 0; got ${tol}.`);
  return {
    count,
    dimension,
    clusters: given.nClusters === undefined ? undefined : whole('n_clusters', given.nClusters, 1, most),
    ...(sizes === undefined || given.nClusters !== undefined
      ? { minClusters, maxClusters }
      : clustersWithin(sizes, count, minClusters, maxClusters)),
    init,
    sizes,
    spooled,
    guides: whole('guides', start.guides ?? 0, 0, limit),
    restarts: whole('n_init', given.nInit ?? 10, 1, 1000),
    maxIter: whole('max_iter', given.maxIter ?? 300, 1, 100_000),
    tol,
    spherical: given.spherical ?? true,
    algorithm,
    hierarchical: start.hierarchical ?? {},
    hdbscan: start.hdbscan ?? {},
    seed: whole('seed', given.seed ?? 42, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    exemplars: whole('exemplars', start.exemplars ?? 5, 0, 1000),
    known,
  };
}
