import { DomainError } from '@cairn/contracts';
import { type Rows, withNorms } from '@cairn/kmeans';
import { chooseK } from './evaluation/choose-k.js';
import { cutAtCount, cutAtHeight, type Cut } from './hierarchy/cut.js';
import type { Dendrogram } from './hierarchy/dendrogram.js';
import { leafLimit, type Linkage } from './hierarchy/link-rows.js';
import { whole } from './parameters.js';
import { Refusal } from './refusal.js';
import { following, stageCounter } from './workers/stage-counter.js';
import type { WorkerPool } from './workers/worker-pool.js';

/** Leaves that too many rows are gathered into: groups small enough for no topic to be lost in one. */
const gatheredLeaves = 2_000;

/** Of Euclidean rows, so many are looked at for a silhouette. */
const silhouetteSample = 2_000;

export interface LinkSettings {
  readonly linkage: Linkage;
  readonly spherical: boolean;
  readonly seed: number;
  /** Undefined: as many as the linkage is meant for. */
  readonly maxLeaves: number | undefined;
  /** Where to cut: into so many clusters, at a height, or, with neither, where the mean silhouette is best, from min to max. */
  readonly clusters: number | undefined;
  readonly height: number | undefined;
  readonly minClusters: number;
  readonly maxClusters: number;
}

export interface LinkedVectors {
  readonly dendrogram: Dendrogram;
  readonly cut: Cut;
  /** Leaf of each row `[count]`; undefined where every row is its own. */
  readonly leafOf: Int32Array | undefined;
  /** Cluster of each row `[count]`. */
  readonly labels: Int32Array;
}

/**
 * A dendrogram over the rows, or over centroids of bisecting k-means where there are more rows than leaves, and a cut.
 * @param rows prepared, in shared memory
 * @throws INVALID_INPUT (n_clusters, height, max_leaves)
 */
export async function linkVectors(
  rows: Rows,
  settings: LinkSettings,
  prepared: { readonly scale: number; readonly tolerance: number },
  pool: WorkerPool,
  tell: (stage: 'gather' | 'link' | 'choose_k', done: number, total: number) => void,
  signal: AbortSignal,
): Promise<LinkedVectors> {
  const { linkage, spherical, seed, clusters, height } = settings;
  const { count, dimension } = rows;
  if (clusters !== undefined && height !== undefined)
    throw DomainError.invalid(
      'height',
      'A cut is at a number of clusters or at a height: give one of n_clusters and height.',
    );
  const maxLeaves = whole('max_leaves', settings.maxLeaves ?? leafLimit(linkage, spherical), 2, 100_000);
  let leaves = rows;
  let leafOf: Int32Array | undefined;
  let weights = new Float64Array(count).fill(1);
  if (count > maxLeaves) {
    const counter = stageCounter();
    const options = {
      clusters: Math.min(maxLeaves, gatheredLeaves),
      seed,
      restarts: 1,
      maxIter: 20,
      tolerance: prepared.tolerance,
      spherical,
    };
    const gathered = await following(
      counter,
      (_stage, done, total) => tell('gather', done, total),
      pool.run({ kind: 'bisect', rows, options, counter }, signal),
    );
    leafOf = gathered.labels;
    leaves = withNorms(gathered.centroids, dimension);
    weights = new Float64Array(leaves.count);
    for (const leaf of leafOf) weights[leaf]++;
  }
  const counter = stageCounter();
  const options = { linkage, spherical, scale: prepared.scale };
  const dendrogram = await following(
    counter,
    (_stage, done, total) => tell('link', done, total),
    pool.run({ kind: 'link', rows: leaves, weights, options, counter }, signal),
  );
  const labelsOf = ({ labels }: Cut) => (leafOf === undefined ? labels : leafOf.map((leaf) => labels[leaf]));
  const bestCount = async () => {
    const min = Math.min(settings.minClusters, leaves.count - 1);
    const max = Math.min(settings.maxClusters, leaves.count - 1);
    // Silhouettes need two clusters, and one row more than clusters.
    if (leaves.count < 3) return 1;
    let done = 0;
    let total = 0;
    const found = await chooseK(min, max, (ks) => {
      total += ks.length;
      return Promise.all(
        ks.map(async (k) => {
          const labels = labelsOf(cutAtCount(dendrogram, k, weights));
          const task = { labels, clusters: k, spherical, seed, sampleLimit: silhouetteSample };
          const { mean } = await pool.run({ kind: 'silhouette', rows, ...task }, signal);
          tell('choose_k', ++done, total);
          return { clusters: k, silhouette: mean, inertia: 0 };
        }),
      );
    });
    return found.best.clusters;
  };
  const wanted = clusters ?? (height === undefined ? await bestCount() : undefined);
  const cut = cutOf(dendrogram, wanted, height, weights);
  const labels = labelsOf(cut);
  return { dendrogram, cut, leafOf, labels };
}

function cutOf(
  dendrogram: Dendrogram,
  clusters: number | undefined,
  height: number | undefined,
  weights: Float64Array,
): Cut {
  try {
    if (height !== undefined) return cutAtHeight(dendrogram, height, weights);
    return cutAtCount(dendrogram, clusters ?? 1, weights);
  } catch (error) {
    throw error instanceof Refusal ? DomainError.invalid(error.field, error.message) : error;
  }
}
