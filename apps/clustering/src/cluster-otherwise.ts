import { DomainError } from '@cairn/contracts';
import type { Rows } from '@cairn/kmeans';
import { chooseNumber, inMeasureOf, type Choice } from './choose-vectors.js';
import type { ClusteringResult, OnProgress } from './cluster-vectors.js';
import { selections } from './density/select-clusters.js';
import { linkVectors } from './link-vectors.js';
import { oneOf, whole, type Algorithm, type RunParameters } from './parameters.js';
import { prepareVectors } from './prepare-vectors.js';
import { linkages } from './hierarchy/link-rows.js';
import { following, stageCounter } from './workers/stage-counter.js';
import type { WorkerPool } from './workers/worker-pool.js';

/** Rows looked at for a Euclidean silhouette. */
const silhouetteSample = 2_000;

export const clustersByKMeans = (algorithm: Algorithm) => algorithm === 'kmeans' || algorithm === 'spherical';

/** What an algorithm finds; labels are -1 or clusters by falling size. */
interface Found {
  readonly labels: Int32Array;
  readonly clusters: number;
  readonly iterations?: number;
  readonly probabilities?: Float32Array;
  readonly choice?: Choice;
}

/**
 * The way of a run that is not k-means: prepare the rows -> find labels -> describe the clusters they make.
 * @param values `[count, dimension]` in shared memory; changed in place
 */
export async function clusterOtherwise(
  values: Float32Array,
  parameters: RunParameters,
  pool: WorkerPool,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ClusteringResult> {
  const { spherical, seed, exemplars } = parameters;
  const { rows, preparation } = await prepareVectors(values, parameters, pool, signal);
  const tell = (stage: Parameters<OnProgress>[0], done: number, total: number) => onProgress(stage, done, total, 0);
  const { scale, tolerance } = preparation;
  const find = { bisecting: bisect, hierarchical: link, hdbscan: density }[
    parameters.algorithm as 'bisecting' | 'hierarchical' | 'hdbscan'
  ];
  const found = await find(rows, parameters, { scale, tolerance }, pool, tell, signal);
  tell('evaluate', 0, 1);
  const task = { labels: found.labels, clusters: found.clusters, spherical, scale, exemplars, seed };
  const evaluation = await pool.run({ kind: 'describe', rows, ...task, sampleLimit: silhouetteSample }, signal);
  tell('evaluate', 1, 1);
  const clustering = { ...evaluation.clustering, iterations: found.iterations ?? 0 };
  const { probabilities, choice } = found;
  return {
    preparation,
    evaluation: { ...evaluation, clustering },
    choice: choice && inMeasureOf(choice, scale),
    probabilities,
  };
}

type Finding = (
  rows: Rows,
  parameters: RunParameters,
  prepared: { readonly scale: number; readonly tolerance: number },
  pool: WorkerPool,
  tell: (stage: Parameters<OnProgress>[0], done: number, total: number) => void,
  signal: AbortSignal,
) => Promise<Found>;

const bisect: Finding = async (rows, parameters, { tolerance }, pool, tell, signal) => {
  const { spherical, seed, maxIter, restarts } = parameters;
  const { clusters, choice = undefined } =
    parameters.clusters === undefined
      ? await chooseNumber(rows, parameters, tolerance, pool, tell, signal)
      : { clusters: parameters.clusters };
  const counter = stageCounter();
  const options = { clusters, seed, restarts, maxIter, tolerance, spherical };
  const { labels, centroids, iterations } = await following(
    counter,
    (_stage, done, total) => tell('fit', done, total),
    pool.run({ kind: 'bisect', rows, options, counter }, signal),
  );
  return { labels, clusters: centroids.length / rows.dimension, iterations, choice };
};

const link: Finding = async (rows, parameters, { scale, tolerance }, pool, tell, signal) => {
  const given = parameters.hierarchical;
  const linkage = oneOf('linkage', given.linkage || 'ward', linkages);
  const asked = given.nClusters ?? parameters.clusters;
  // There cannot be more clusters than leaves.
  const maxClusters = Math.min(parameters.maxClusters, given.maxLeaves ?? Infinity);
  const chosen =
    asked === undefined && given.height === undefined
      ? await chooseNumber(rows, { ...parameters, maxClusters }, tolerance, pool, tell, signal)
      : undefined;
  const settings = {
    linkage,
    spherical: parameters.spherical,
    seed: parameters.seed,
    maxLeaves: given.maxLeaves,
    clusters: asked ?? chosen?.clusters,
    height: given.height,
    minClusters: parameters.minClusters,
    maxClusters: parameters.maxClusters,
  };
  // The number is known by now: no cut is looked for.
  const inStages = (stage: 'gather' | 'link' | 'choose_k', done: number, total: number) =>
    tell(stage === 'choose_k' ? 'search' : stage, done, total);
  const { labels, cut } = await linkVectors(rows, settings, { scale, tolerance }, pool, inStages, signal);
  return { labels, clusters: cut.clusters, choice: chosen?.choice };
};

const density: Finding = async (rows, parameters, { scale }, pool, tell, signal) => {
  const { count } = rows;
  const given = parameters.hdbscan;
  const usual = Math.min(count, Math.max(5, Math.min(50, Math.floor(count / 200))));
  const minClusterSize = whole('min_cluster_size', given.minClusterSize ?? Math.max(2, usual), 2, 2 ** 31 - 1);
  // One row has no neighbours, and is no cluster.
  if (count === 1) return { labels: Int32Array.of(-1), clusters: 0, probabilities: Float32Array.of(0) };
  const epsilon = given.epsilon ?? 0;
  if (!(epsilon >= 0 && epsilon < Infinity))
    throw DomainError.invalid('epsilon', `epsilon must be a number of at least 0; got ${epsilon}.`);
  const options = {
    minClusterSize,
    minSamples: whole('min_samples', given.minSamples ?? Math.min(count, minClusterSize), 1, 2 ** 31 - 1),
    selection: oneOf('selection', given.selection || 'eom', selections),
    epsilon,
    allowSingleCluster: given.allowSingleCluster ?? false,
    scale,
  };
  const counter = stageCounter();
  return following(
    counter,
    (stage, done, total) => tell(stage === 0 ? 'neighbours' : 'link', done, total),
    pool.run({ kind: 'hdbscan', rows, options, counter }, signal),
  );
};
