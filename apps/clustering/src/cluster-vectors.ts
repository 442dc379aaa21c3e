import { Random, takeRows } from '@cairn/numerics';
import { chooseK, type Candidate } from './evaluation/choose-k.js';
import type { Clustering } from './kmeans/lloyd.js';
import { bestRestart, runRestart } from './kmeans/kmeans.js';
import { prepare, type Preparation } from './kmeans/prepare-rows.js';
import type { Rows } from './kmeans/rows.js';
import { knownClusters, prepareKnown } from './known-centroids.js';
import type { RunParameters } from './parameters.js';
import type { TaskResults } from './workers/tasks.js';
import { PoolCrew } from './workers/pool-crew.js';
import type { WorkerPool } from './workers/worker-pool.js';

/** Rows looked at for a silhouette. */
const silhouetteSample = 2_000;

/** The choice of k looks at this many rows, or at 25 for each cluster of the largest candidate. */
const searchSample = 5_000;
const searchRowsPerCluster = 25;

/** Restarts of each candidate in the choice of k. */
const searchRestarts = 5;

/** A restart that multiplies less than this is done by one thread. */
const sharedWork = 5e7;

/** Rows of more components than this are worked on by one restart at a time: each needs half their memory once more. */
const sharedComponents = 2 ** 24;

export type Stage = 'choose_k' | 'neighbours' | 'gather' | 'link' | 'fit' | 'evaluate';

/** Told of each step; `inertia` is the lowest so far, in the measure of the vectors as they came. */
export type OnProgress = (stage: Stage, done: number, total: number, inertia: number) => void;

export interface ClusteringResult {
  readonly preparation: Preparation;
  readonly evaluation: TaskResults['evaluate'];
  readonly candidates: readonly Candidate[];
  /** The frozen centroid that each cluster is; -1: none. Absent where none was frozen. */
  readonly known?: Int32Array;
  /** How sure each row belongs to its cluster `[count]`, where the algorithm says so. */
  readonly probabilities?: Float32Array;
}

/**
 * The way of one run: prepare the rows -> choose k where none is given -> restarts of k-means -> evaluate the best.
 * All work is done by the pool's threads; which thread does what has no influence on the result.
 * @param values `[count, dimension]` in shared memory; changed in place
 */
export async function clusterVectors(
  values: Float32Array,
  parameters: RunParameters,
  pool: WorkerPool,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ClusteringResult> {
  const { count, dimension, spherical, tol, seed, maxIter } = parameters;
  const crew = new PoolCrew(pool, pool.size, signal);
  const { preparation, rows } = await prepare(values, dimension, spherical, tol, crew);
  const toOriginal = (inertia: number) => inertia / preparation.scale ** 2;
  const options = { seed, maxIter, tolerance: preparation.tolerance, spherical };

  const found =
    parameters.clusters === undefined
      ? await searchClusters(rows, parameters, options, pool, onProgress, signal)
      : { clusters: parameters.clusters, candidates: [] };
  const { known } = parameters;
  const given = known && prepareKnown(known, preparation, dimension, spherical);
  // A number that was chosen counts the known centroids, as one that is given does.
  const clusters = known && parameters.clusters === undefined ? found.clusters + known.count : found.clusters;
  const start = given && { given, frozen: known?.frozen ? known.count : 0 };
  const candidates = found.candidates.map((candidate) => ({ ...candidate, inertia: toOriginal(candidate.inertia) }));

  // Few restarts or many rows: the threads share each restart. Else each has restarts of its own. The result is the same.
  const work = count * dimension * clusters;
  const together = work > sharedWork && (parameters.restarts < pool.size || count * dimension > sharedComponents);
  let done = 0;
  let lowest = Infinity;
  onProgress('fit', 0, parameters.restarts, 0);
  const fit = async (restart: number): Promise<Clustering> => {
    const own = { ...options, ...start, clusters, restart };
    if (together) return runRestart(rows, own, crew);
    return pool.run({ kind: 'restart', rows, options: own }, signal);
  };
  const restarts = await inTurn(
    together ? 1 : parameters.restarts,
    Array.from({ length: parameters.restarts }, (_, restart) => async (): Promise<Clustering> => {
      const clustering = await fit(restart);
      lowest = Math.min(lowest, clustering.inertia);
      onProgress('fit', ++done, parameters.restarts, toOriginal(lowest));
      return clustering;
    }),
  );

  onProgress('evaluate', 0, 1, toOriginal(lowest));
  const evaluation = await pool.run(
    {
      kind: 'evaluate',
      rows,
      clustering: bestRestart(restarts),
      spherical,
      scale: preparation.scale,
      exemplars: parameters.exemplars,
      seed,
      sampleLimit: silhouetteSample,
    },
    signal,
  );
  onProgress('evaluate', 1, 1, toOriginal(lowest));
  const frozen = given && known?.frozen && knownClusters(given, evaluation.clustering.centroids, dimension);
  return { preparation, evaluation, candidates, known: frozen || undefined };
}

/** The results of all pieces of work, `abreast` of them at a time. */
async function inTurn<T>(abreast: number, work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (let at = 0; at < work.length; at += abreast)
    results.push(...(await Promise.all(work.slice(at, at + abreast).map((one) => one()))));
  return results;
}

/**
 * Chooses k by silhouette, on a seeded sample of the rows where there are many. Fewer than three rows leave no choice:
 * a silhouette needs two clusters and one row more than clusters.
 */
export async function searchClusters(
  rows: Rows,
  parameters: RunParameters,
  options: { seed: number; maxIter: number; tolerance: number; spherical: boolean },
  pool: WorkerPool,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<{ clusters: number; candidates: Candidate[] }> {
  if (rows.count < 3) return { clusters: 1, candidates: [] };
  const min = Math.min(parameters.minClusters, rows.count - 1);
  const max = Math.min(parameters.maxClusters, rows.count - 1);
  const sampled = sampleRows(rows, Math.max(searchSample, searchRowsPerCluster * max), parameters.seed);
  let done = 0;
  let total = 0;
  const { best, candidates } = await chooseK(min, max, (ks) => {
    total += ks.length;
    onProgress('choose_k', done, total, 0);
    return Promise.all(
      ks.map(async (clusters) => {
        const task = { rows: sampled, options: { ...options, clusters }, restarts: searchRestarts };
        const candidate = await pool.run({ kind: 'candidate', ...task, sampleLimit: silhouetteSample }, signal);
        onProgress('choose_k', ++done, total, 0);
        return candidate;
      }),
    );
  });
  return { clusters: best.clusters, candidates };
}

/** At most `limit` of the rows, chosen by the seed, in shared memory and in their order. */
export function sampleRows(rows: Rows, limit: number, seed: number): Rows {
  if (rows.count <= limit) return rows;
  const { dimension } = rows;
  const chosen = new Random(seed).sample(rows.count, limit);
  const values = new Float32Array(new SharedArrayBuffer(limit * dimension * 4));
  values.set(takeRows(rows.values, dimension, chosen));
  const squaredNorms = new Float64Array(new SharedArrayBuffer(limit * 8));
  chosen.forEach((index, i) => (squaredNorms[i] = rows.squaredNorms[index]));
  return { values, squaredNorms, count: limit, dimension };
}
