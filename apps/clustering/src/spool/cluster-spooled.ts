import { orderClusters, type Rows, streamKMeans } from '@cairn/kmeans';
import { chooseNumber, inMeasureOf } from '../choose-vectors.js';
import type { ClusteringResult, OnProgress } from '../cluster-vectors.js';
import type { Silhouette } from '../evaluation/silhouette.js';
import type { RunParameters } from '../parameters.js';
import { prepareVectors } from '../prepare-vectors.js';
import { PoolCrew } from '../workers/pool-crew.js';
import type { WorkerPool } from '../workers/worker-pool.js';
import { describeSpooled } from './describe-spooled.js';
import type { SampledRows } from './receive-spool.js';
import type { VectorSpool } from './vector-spool.js';

/** Rows looked at for a Euclidean silhouette. */
const silhouetteSample = 2_000;

/**
 * The way of a run whose vectors do not fit into memory: choose k on a sample where none is given -> passes over the rows on disk,
 * from centroids found in a sample -> one more pass that describes. In memory are the sample, a window of rows, and
 * a label and a distance of each row. Its labels are those that k-means in memory has from the same first centroids.
 */
export async function clusterSpooled(
  spool: VectorSpool,
  sample: SampledRows,
  parameters: RunParameters,
  pool: WorkerPool,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ClusteringResult> {
  const { dimension, spherical, seed, tol, maxIter, restarts, exemplars } = parameters;
  const tell = (stage: Parameters<OnProgress>[0], done: number, total: number) => onProgress(stage, done, total, 0);
  const { rows, preparation } = await prepareVectors(sample.values, parameters, pool, signal);
  const { clusters, choice } =
    parameters.clusters === undefined
      ? await chooseNumber(rows, parameters, preparation.tolerance, pool, tell, signal)
      : { clusters: parameters.clusters, choice: undefined };

  tell('fit', 0, maxIter);
  const onPass = ({ pass }: { pass: number }) => tell('fit', pass, maxIter);
  const options = { clusters, seed, spherical, tol, maxPasses: maxIter, restarts, onPass };
  const found = await streamKMeans(spool, options, new PoolCrew(pool, pool.size, signal));
  const labels = new Int32Array(spool.count);
  let at = 0;
  for await (const part of found.labels()) {
    labels.set(part, at);
    at += part.length;
  }
  const { centroids, inertia, passes } = found;
  const clustering = orderClusters({ centroids, labels, inertia, iterations: passes }, dimension);

  tell('evaluate', 0, 1);
  const description = await describeSpooled(spool, clustering, { spherical, exemplars }, signal);
  const ownLabels = sample.rows.map((place) => clustering.labels[place]);
  const silhouette = await silhouetteOfSample(
    rows,
    ownLabels,
    description.clusters.length,
    { spherical, seed },
    pool,
    signal,
  );
  tell('evaluate', 1, 1);
  return {
    // Centroids of a stream are in the measure of the vectors as they came.
    preparation: { offset: new Float64Array(dimension), scale: 1, tolerance: 0 },
    evaluation: { clustering, silhouette, description },
    choice: choice && inMeasureOf(choice, preparation.scale),
  };
}

/** Silhouette of the sampled rows; clusters that the sample has no row of have 0. */
async function silhouetteOfSample(
  rows: Rows,
  labels: Int32Array,
  clusters: number,
  { spherical, seed }: { spherical: boolean; seed: number },
  pool: WorkerPool,
  signal: AbortSignal,
): Promise<Silhouette> {
  const present = [...new Set(labels)].sort((a, b) => a - b);
  const places = new Map(present.map((label, place) => [label, place]));
  const task = { rows, labels: labels.map((label) => places.get(label)!), clusters: present.length, spherical, seed };
  const found = await pool.run({ kind: 'silhouette', ...task, sampleLimit: silhouetteSample }, signal);
  const perCluster = Float64Array.from({ length: clusters }, (_, label) => found.perCluster[places.get(label)!] ?? 0);
  return { ...found, perCluster };
}
