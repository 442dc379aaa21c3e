import { Refusal } from '../refusal.js';
import { DisjointSets, type Dendrogram } from './dendrogram.js';

/** Where a dendrogram was cut. */
export interface Cut {
  readonly clusters: number;
  /** Height of the highest merge below the cut; 0 where every leaf is a cluster. */
  readonly height: number;
  /** Cluster of each leaf `[leaves]`, clusters by falling size in rows, then by their first leaf. */
  readonly labels: Int32Array;
  /** Node of each cluster `[clusters]`. */
  readonly nodes: Int32Array;
  /** Rows of each cluster `[clusters]`. */
  readonly sizes: Float64Array;
}

/**
 * The clusters that are left when all but the last `clusters - 1` merges are made.
 * @param weights rows of each leaf `[leaves]`
 * @throws Refusal (n_clusters) if there are fewer leaves, or clusters < 1
 */
export function cutAtCount(dendrogram: Dendrogram, clusters: number, weights: ArrayLike<number>): Cut {
  const { leaves } = dendrogram;
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > leaves)
    throw new Refusal(
      'n_clusters',
      `A dendrogram of ${leaves} leaves can be cut into 1 to ${leaves}; got ${clusters}.`,
    );
  return cutAfter(dendrogram, leaves - clusters, weights);
}

/** The clusters whose rows have all merged at `height` or below. */
export function cutAtHeight(dendrogram: Dendrogram, height: number, weights: ArrayLike<number>): Cut {
  if (!(height >= 0)) throw new Refusal('height', `A cut needs a height of at least 0; got ${height}.`);
  let made = 0;
  while (made < dendrogram.heights.length && dendrogram.heights[made] <= height) made++;
  return cutAfter(dendrogram, made, weights);
}

function cutAfter(dendrogram: Dendrogram, made: number, weights: ArrayLike<number>): Cut {
  const { leaves, first, second, heights } = dendrogram;
  const sets = new DisjointSets(leaves + made);
  for (let i = 0; i < made; i++) {
    sets.join(leaves + i, first[i]);
    sets.join(leaves + i, second[i]);
  }
  const sizeOf = new Map<number, number>();
  for (let leaf = 0; leaf < leaves; leaf++) {
    const node = sets.find(leaf);
    sizeOf.set(node, (sizeOf.get(node) ?? 0) + weights[leaf]);
  }
  // A map keeps the order of the first leaves, and sorting is stable.
  const ordered = [...sizeOf].sort(([, a], [, b]) => b - a);
  const rank = new Map(ordered.map(([node], index) => [node, index]));
  return {
    clusters: ordered.length,
    height: made === 0 ? 0 : heights[made - 1],
    labels: Int32Array.from({ length: leaves }, (_, leaf) => rank.get(sets.find(leaf))!),
    nodes: Int32Array.from(ordered, ([node]) => node),
    sizes: Float64Array.from(ordered, ([, size]) => size),
  };
}
