import { bestRestart, type Clustering, type Preparation, prepare, runRestart } from '@cairn/kmeans';
import { chooseNumber, inMeasureOf, type Choice } from './choose-vectors.js';
import { knownClusters, prepareKnown } from './known-centroids.js';
import type { RunParameters } from './parameters.js';
import type { TaskResults } from './workers/tasks.js';
import { PoolCrew } from './workers/pool-crew.js';
import type { WorkerPool } from './workers/worker-pool.js';

/** Rows looked at for a silhouette. */
const silhouetteSample = 2_000;

/** A restart that multiplies less than this is done by one thread. */
const sharedWork = 5e7;

/** Rows of more components than this are worked on by one restart at a time: each needs half their memory once more. */
const sharedComponents = 2 ** 24;

export type Stage = 'guide' | 'search' | 'compare' | 'neighbours' | 'gather' | 'link' | 'fit' | 'evaluate';

/** Told of each step; `inertia` is the lowest so far, in the measure of the vectors as they came. */
export type OnProgress = (stage: Stage, done: number, total: number, inertia: number) => void;

export interface ClusteringResult {
  readonly preparation: Preparation;
  readonly evaluation: TaskResults['evaluate'];
  /** How the number of clusters was chosen, in the measure of the vectors as they came; absent: it was given, or found otherwise. */
  readonly choice?: Choice;
  /** The frozen centroid that each cluster is; -1: none. Absent where none was frozen. */
  readonly known?: Int32Array;
  /** How sure each row belongs to its cluster `[count]`, where the algorithm says so. */
  readonly probabilities?: Float32Array;
  /** Of the space that guided; see Guide. */
  readonly shrinkage?: number;
}

/**
 * The way of one run: prepare the rows -> choose k where none is given -> restarts of k-means -> evaluate the best.
 * All work is done by the pool's threads; which thread does what has no influence on the result.
 * @param values `[count, dimension]` in shared memory; changed in place
 * @param weights of the rows `[count]`, in shared memory; the choice of k takes no notice of them
 */
export async function clusterVectors(
  values: Float32Array,
  parameters: RunParameters,
  pool: WorkerPool,
  onProgress: OnProgress,
  signal: AbortSignal,
  weights?: Float32Array,
): Promise<ClusteringResult> {
  const { count, dimension, spherical, tol, seed, maxIter, init, sizes } = parameters;
  const crew = new PoolCrew(pool, pool.size, signal);
  const { preparation, rows } = await prepare(values, dimension, spherical, tol, crew);
  const toOriginal = (inertia: number) => inertia / preparation.scale ** 2;
  const options = { seed, maxIter, tolerance: preparation.tolerance, spherical, init, weights };

  const tell = (stage: Stage, done: number, total: number) => onProgress(stage, done, total, 0);
  const found =
    parameters.clusters === undefined
      ? await chooseNumber(rows, parameters, preparation.tolerance, pool, tell, signal)
      : { clusters: parameters.clusters };
  const { known } = parameters;
  const given = known && prepareKnown(known, preparation, dimension, spherical);
  // A number that was chosen counts the known centroids, as one that is given does.
  const clusters = known && parameters.clusters === undefined ? found.clusters + known.count : found.clusters;
  const start = given && { given, frozen: known?.frozen ? known.count : 0 };

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
  const best = bestRestart(restarts);
  const clustering =
    sizes === undefined
      ? best
      : await pool.run(
          { kind: 'sizes', rows, clustering: best, options: { bounds: sizes, spherical, weights } },
          signal,
        );
  const evaluation = await pool.run(
    {
      kind: 'evaluate',
      rows,
      clustering,
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
  const choice = found.choice && inMeasureOf(found.choice, preparation.scale);
  return { preparation, evaluation, choice, known: frozen || undefined };
}

/** The results of all pieces of work, `abreast` of them at a time. */
async function inTurn<T>(abreast: number, work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (let at = 0; at < work.length; at += abreast)
    results.push(...(await Promise.all(work.slice(at, at + abreast).map((one) => one()))));
  return results;
}
