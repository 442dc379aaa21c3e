import { guideRows, type Guide } from '@cairn/numerics';
import type { clusterVectors, ClusteringResult, OnProgress } from '../cluster-vectors.js';
import { prepareKnown } from '../known-centroids.js';
import type { RunParameters } from '../parameters.js';
import { prepareVectors } from '../prepare-vectors.js';
import type { WorkerPool } from '../workers/worker-pool.js';
import type { LabelledVectors } from './receive-guides.js';

/** Rows looked at for a Euclidean silhouette. */
const silhouetteSample = 2_000;

/**
 * A run whose labels are found in the space that labelled vectors make (see guideOf), and whose clusters are described in the
 * measure of the vectors as they came: prepare -> learn the space -> move a copy of the rows into it -> cluster there -> describe.
 * @param cluster the run itself, of any algorithm
 * @param values as `cluster` takes them
 * @throws INVALID_INPUT (guides) if there is nothing to learn from the labels
 */
export async function clusterGuided(
  cluster: typeof clusterVectors,
  values: Float32Array,
  guides: LabelledVectors,
  parameters: RunParameters,
  pool: WorkerPool,
  onProgress: OnProgress,
  signal: AbortSignal,
  weights?: Float32Array,
): Promise<ClusteringResult> {
  const { dimension, spherical, seed, exemplars, known } = parameters;
  const { rows, preparation } = await prepareVectors(values, parameters, pool, signal);
  onProgress('guide', 0, 1, 0);
  const { topics } = guides;
  const examples = prepareKnown(guides, preparation, dimension, spherical);
  const guide = await pool.run({ kind: 'guide', examples, dimension, topics, values: rows.values }, signal);
  const guided = await guideAll(rows.values, guide, spherical, pool, signal);
  onProgress('guide', 1, 1, 0);

  const prepared = known && prepareKnown(known, preparation, dimension, spherical);
  const seen = prepared?.slice();
  if (prepared && seen) guideRows(prepared, guide, spherical, seen);
  const inside = { ...parameters, known: known && seen && { ...known, values: seen } };
  const found = await cluster(guided, inside, pool, onProgress, signal, weights);
  const { labels, iterations, centroids } = found.evaluation.clustering;
  const clusters = centroids.length / dimension;
  const fixed = prepared && found.known && frozenRows(prepared, found.known, dimension);
  const task = { labels, clusters, spherical, scale: preparation.scale, exemplars, seed, fixed };
  const evaluation = await pool.run({ kind: 'describe', rows, ...task, sampleLimit: silhouetteSample }, signal);
  return {
    ...found,
    preparation,
    evaluation: { ...evaluation, clustering: { ...evaluation.clustering, iterations } },
    shrinkage: guide.shrinkage,
  };
}

/** All rows as the guide sees them, in shared memory; each thread moves a part. */
async function guideAll(
  values: Float32Array,
  guide: Guide,
  spherical: boolean,
  pool: WorkerPool,
  signal: AbortSignal,
): Promise<Float32Array> {
  const into = new Float32Array(new SharedArrayBuffer(values.length * 4));
  const dimension = guide.centre.length;
  const part = Math.ceil(values.length / dimension / pool.size) * dimension;
  const parts = Array.from({ length: pool.size }, (_, p) => [p * part, (p + 1) * part]);
  await Promise.all(
    parts.map(([start, end]) => {
      const task = { guide, spherical, into: into.subarray(start, end) };
      return pool.run({ kind: 'guideRows', values: values.subarray(start, end), ...task }, signal);
    }),
  );
  return into;
}

/** Of each cluster that is a frozen centroid, that centroid; of the others NaN `[clusters, dimension]`. */
function frozenRows(prepared: Float32Array, known: Int32Array, dimension: number): Float32Array {
  const fixed = new Float32Array(known.length * dimension).fill(NaN);
  known.forEach((from, cluster) => {
    if (from >= 0) fixed.set(prepared.subarray(from * dimension, (from + 1) * dimension), cluster * dimension);
  });
  return fixed;
}
