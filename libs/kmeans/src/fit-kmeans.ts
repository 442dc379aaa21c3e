import { firstNonFinite, Random, row, takeRows } from '@cairn/numerics';
import type { Crew } from './crew.js';
import { keepSizes } from './keep-sizes.js';
import { seedInParallel } from './kmeans-parallel.js';
import { seedCentroids } from './kmeans-plus-plus.js';
import { lloyd, shared, type Clustering, type Iteration } from './lloyd.js';
import { prepare, type Preparation } from './prepare-rows.js';
import { ClusteringRefusal } from './refusal.js';
import type { Interrupt, Rows } from './rows.js';

export interface KMeansOptions {
  readonly clusters: number;
  /** [42] */
  readonly seed?: number;
  /** Cosine instead of Euclidean distance, for seeding as well [false]. */
  readonly spherical?: boolean;
  /** Stop when labels repeat, or the squared moves of all centroids together are at most tol x the mean variance [1e-4]. */
  readonly tol?: number;
  /** [300] */
  readonly maxIter?: number;
  /** Restarts; the lowest inertia is kept. A warm start needs one only [1]. */
  readonly restarts?: number;
  /** First centroids: how to draw them, or themselves `[clusters, dimension]` (a warm start) ["k-means++"]. */
  readonly init?: 'k-means++' | 'k-means||' | 'random' | Float32Array;
  /** Of each row `[count]`, not negative, not all 0. */
  readonly weights?: Float32Array;
  /** Centroids that keep their place `[frozen, dimension]`: clusters 0, 1, ... of the result. */
  readonly frozen?: Float32Array;
  /** Fewest and most rows of a cluster, kept by a greedy choice after the iterations. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** Whether bounds skip rows; the result is the same without [true]. */
  readonly pruning?: boolean;
  /** Told after each iteration. */
  readonly onIteration?: (iteration: Iteration & { readonly restart: number }) => void;
}

export interface KMeansResult extends Clustering {
  /** How the rows lie now, and the way back; centroids and inertia are in the measure of the rows as they came. */
  readonly preparation: Preparation;
  /** The rows as they are now. */
  readonly rows: Rows;
  /** Rows of each cluster. */
  readonly sizes: Int32Array;
}

/**
 * k-means of `values [count, dimension]`, which are made ready in place: unit norm (spherical), or centred and scaled.
 * Where several threads work and the values are not in shared memory, a copy of them is.
 * The same seed gives the same labels and centroids, bit for bit, for any number of threads.
 * @param interrupt throws when the work is no longer wanted; threads of the crew have their own
 * @throws ClusteringRefusal naming the field: NaN or infinite components, fewer than 2 rows, clusters below 2 or above
 * the number of rows, all rows equal, weights, sizes or centroids that do not fit
 */
export async function fitKMeans(
  values: Float32Array,
  dimension: number,
  options: KMeansOptions,
  crew: Crew,
  interrupt: Interrupt = () => {},
): Promise<KMeansResult> {
  checkRows(values, dimension);
  const count = values.length / dimension;
  checkOptions(count, dimension, options);
  const { clusters, spherical = false, tol = 1e-4, restarts = 1, seed = 42 } = options;
  const { preparation, rows } = await prepare(shared(values, crew), dimension, spherical, tol, crew);
  if (allEqual(rows)) throw new ClusteringRefusal('vectors', `All ${count} vectors are equal: there is one cluster.`);
  const given = options.frozen && prepared(options.frozen, dimension, spherical, preparation);
  let best: Clustering | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    interrupt();
    const random = new Random(seed, clusters, restart);
    const start = await firstCentroids(rows, options, given, preparation, random, crew);
    const fit = await lloyd(
      rows,
      start,
      {
        maxIter: options.maxIter ?? 300,
        tolerance: preparation.tolerance,
        spherical,
        largest: 1,
        weights: options.weights,
        frozen: given === undefined ? 0 : given.length / dimension,
        pruning: options.pruning,
        onIteration: options.onIteration && ((iteration) => options.onIteration!({ ...iteration, restart })),
      },
      crew,
    );
    if (best === undefined || fit.inertia < best.inertia) best = fit;
  }
  const bounded = await withBounds(rows, best!, options, given, crew, interrupt);
  const { offset, scale } = preparation;
  const sizes = new Int32Array(clusters);
  for (const label of bounded.labels) sizes[label]++;
  return {
    ...bounded,
    centroids: bounded.centroids.map((value, at) => value / scale + offset[at % dimension]),
    inertia: bounded.inertia / scale ** 2,
    preparation,
    rows,
    sizes,
  };
}

function firstCentroids(
  rows: Rows,
  options: KMeansOptions,
  given: Float32Array | undefined,
  preparation: Preparation,
  random: Random,
  crew: Crew,
): Promise<Float32Array> {
  const { init = 'k-means++', clusters, weights, spherical = false } = options;
  const { dimension } = rows;
  if (init instanceof Float32Array) {
    const start = prepared(init, dimension, spherical, preparation);
    if (given !== undefined) start.set(given);
    return Promise.resolve(start);
  }
  if (init === 'random') {
    const start = new Float32Array(clusters * dimension);
    const free = clusters - (given?.length ?? 0) / dimension;
    start.set(given ?? []);
    start.set(takeRows(rows.values, dimension, random.sample(rows.count, free)), given?.length ?? 0);
    return Promise.resolve(start);
  }
  const draw = init === 'k-means||' ? seedInParallel : seedCentroids;
  return draw(rows, { clusters, weights, given }, random, crew);
}

/** Centroids as the rows are: in their measure. */
export function prepared(
  centroids: Float32Array,
  dimension: number,
  spherical: boolean,
  { offset, scale }: Preparation,
): Float32Array {
  const moved = centroids.map((value, at) => (value - offset[at % dimension]) * scale);
  if (!spherical) return moved;
  for (let at = 0; at < moved.length; at += dimension) {
    const size = Math.sqrt(row(moved, dimension, at / dimension).reduce((sum, x) => sum + x * x, 0));
    if (size > 0) for (let i = at; i < at + dimension; i++) moved[i] /= size;
  }
  return moved;
}

/** See keepSizes. */
function withBounds(
  rows: Rows,
  found: Clustering,
  { minSize, maxSize, weights, spherical = false }: KMeansOptions,
  given: Float32Array | undefined,
  crew: Crew,
  interrupt: Interrupt,
): Promise<Clustering> {
  if (minSize === undefined && maxSize === undefined) return Promise.resolve(found);
  const bounds = { min: minSize ?? 0, max: maxSize ?? rows.count };
  const frozen = (given?.length ?? 0) / rows.dimension;
  return keepSizes(rows, found, { bounds, spherical, weights, frozen }, crew, interrupt);
}

function allEqual({ values, count, dimension }: Rows): boolean {
  for (let i = 1; i < count; i++)
    for (let j = 0; j < dimension; j++) if (values[i * dimension + j] !== values[j]) return false;
  return true;
}

function checkRows(values: Float32Array, dimension: number): void {
  if (!(Number.isInteger(dimension) && dimension >= 1))
    throw new ClusteringRefusal('dimension', `dimension must be a whole number above 0; got ${dimension}.`);
  if (values.length % dimension !== 0)
    throw new ClusteringRefusal(
      'dimension',
      `${values.length} components are no whole number of vectors of dimension ${dimension}.`,
    );
  const count = values.length / dimension;
  if (count < 2) throw new ClusteringRefusal('vectors', `Clusters need at least 2 vectors; got ${count}.`);
  const bad = firstNonFinite(values);
  if (bad >= 0)
    throw new ClusteringRefusal(
      'vectors',
      `Component ${bad % dimension} of vector ${Math.floor(bad / dimension)} is ${values[bad]}; all must be finite numbers.`,
    );
}

function checkOptions(count: number, dimension: number, options: KMeansOptions): void {
  const { clusters, init, weights, frozen, minSize = 0, maxSize = count, tol = 1e-4 } = options;
  const refuse = (field: string, message: string): never => {
    throw new ClusteringRefusal(field, message);
  };
  if (!(Number.isInteger(clusters) && clusters >= 2 && clusters <= count))
    refuse('clusters', `clusters must be a whole number from 2 to ${count}, the number of vectors; got ${clusters}.`);
  if (!(tol >= 0 && tol < Infinity)) refuse('tol', `tol must be a number of at least 0; got ${tol}.`);
  if (init instanceof Float32Array && (init.length !== clusters * dimension || firstNonFinite(init) >= 0))
    refuse('init', `init must have ${clusters} centroids of ${dimension} finite numbers.`);
  if (frozen !== undefined && (frozen.length % dimension !== 0 || frozen.length > clusters * dimension))
    refuse('frozen', `frozen must have at most ${clusters} centroids of dimension ${dimension}.`);
  if (frozen !== undefined && firstNonFinite(frozen) >= 0) refuse('frozen', 'frozen must have finite numbers only.');
  if (weights !== undefined) {
    if (weights.length !== count) refuse('weights', `There are ${weights.length} weights for ${count} vectors.`);
    const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
    if (bad >= 0) refuse('weights', `Weight ${bad} is ${weights[bad]}; weights must be finite and not negative.`);
    if (!weights.some((weight) => weight > 0)) refuse('weights', 'All weights are 0.');
  }
  if (!(Number.isInteger(minSize) && minSize * clusters <= count))
    refuse('minSize', `${clusters} clusters of at least ${minSize} need more than ${count} vectors.`);
  if (!(Number.isInteger(maxSize) && maxSize * clusters >= count && maxSize >= minSize))
    refuse('maxSize', `${clusters} clusters of at most ${maxSize} cannot hold ${count} vectors.`);
}
