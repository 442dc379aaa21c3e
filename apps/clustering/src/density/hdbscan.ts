import type { Interrupt, Rows } from '@cairn/kmeans';
import { nearestNeighbours } from '../distances/neighbours.js';
import type { PairwiseDistances } from '../distances/pairwise.js';
import { dendrogramOf, type Dendrogram } from '../hierarchy/dendrogram.js';
import { Refusal } from '../refusal.js';
import { condense, type CondensedTree } from './condensed-tree.js';
import { labelRows, selectClusters, type DensityLabels, type SelectOptions } from './select-clusters.js';
import { spanningTree } from './spanning-tree.js';

export interface HdbscanOptions extends SelectOptions {
  /** Smaller groups are noise; at least 2. */
  readonly minClusterSize: number;
  /** Rows, itself included, within a row's core distance; at least 1. */
  readonly minSamples: number;
  /** Distances of the rows are this many times those that are meant (see Preparation): epsilon and heights are not. */
  readonly scale: number;
}

export interface DensityClustering extends DensityLabels {
  /** Single linkage over mutual reachability. */
  readonly dendrogram: Dendrogram;
  readonly tree: CondensedTree;
}

/** Neighbours listed at least, so that the spanning tree is mostly found in the lists. */
const listed = 16;

/** Every row is compared with every other: more would take hours. */
export const hdbscanRows = 100_000;

/**
 * HDBSCAN: clusters of uneven size and density, and noise. Campello, Moulavi, Zimek, Sander: Hierarchical density
 * estimates for data clustering, visualization, and outlier detection, 2015. Euclidean; rows of unit norm are ordered
 * by it as by their cosines.
 * @param onStage told of the stages `neighbours` and `link`
 * @throws Refusal (count, min_cluster_size, min_samples) for what cannot be clustered so
 */
export async function hdbscan(
  rows: Rows,
  options: HdbscanOptions,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
  onStage: (stage: 'neighbours' | 'link', done: number, total: number) => void,
): Promise<DensityClustering> {
  const { count } = rows;
  const { minClusterSize, minSamples, scale } = options;
  if (count > hdbscanRows)
    throw new Refusal(
      'count',
      `"hdbscan" compares every vector with every other: send at most ${hdbscanRows}, not ${count}, or choose "kmeans".`,
    );
  if (minClusterSize < 2 || minClusterSize > count)
    throw new Refusal('min_cluster_size', `Clusters of ${minClusterSize} cannot be made of ${count} vectors.`);
  if (minSamples < 1 || minSamples > count)
    throw new Refusal('min_samples', `${minSamples} samples cannot be found among ${count} vectors.`);
  const k = Math.min(count - 1, Math.max(minSamples - 1, listed));
  const neighbours = await nearestNeighbours(rows, k, pairwise, interrupt, (done, total) =>
    onStage('neighbours', done, total),
  );
  const cores = new Float64Array(count);
  if (minSamples > 1) for (let i = 0; i < count; i++) cores[i] = neighbours.squared[i * k + minSamples - 2];
  const edges = await spanningTree(rows, neighbours, cores, pairwise, interrupt, (done) =>
    onStage('link', done, count - 1),
  );
  const heights = edges.heights.map((height) => height / scale);
  const dendrogram = dendrogramOf(count, { ...edges, heights }, new Float64Array(count).fill(1));
  const tree = condense(dendrogram, minClusterSize);
  return { dendrogram, tree, ...labelRows(tree, selectClusters(tree, options)) };
}
