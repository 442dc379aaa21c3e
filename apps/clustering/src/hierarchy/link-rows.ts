import { type Interrupt, type Rows, withNorms } from '@cairn/kmeans';
import { takeRows } from '@cairn/numerics';
import type { PairwiseDistances } from '../distances/pairwise.js';
import { Refusal } from '../refusal.js';
import { agglomerateMatrix } from './agglomerate-matrix.js';
import { agglomerateMeans } from './agglomerate-means.js';
import { dendrogramOf, type Dendrogram, type LeafMerges } from './dendrogram.js';
import { distinctRows } from './distinct-rows.js';

export const linkages = ['ward', 'average', 'complete'] as const;
export type Linkage = (typeof linkages)[number];

export interface LinkOptions {
  readonly linkage: Linkage;
  /** Rows are of unit norm. Average and complete linkage then measure 1 - cosine. */
  readonly spherical: boolean;
  /** The heights of the dendrogram are divided by this (see Preparation). */
  readonly scale: number;
}

/** Whether a linkage needs the distance of every pair in memory. */
export const needsMatrix = (linkage: Linkage, spherical: boolean) =>
  linkage === 'complete' || (linkage === 'average' && !spherical);

/** Most leaves that a linkage is meant for: beyond, centroids are linked. A matrix of 10,000 takes 200 MB. */
export const leafLimit = (linkage: Linkage, spherical: boolean) => (needsMatrix(linkage, spherical) ? 10_000 : 20_000);

/**
 * The dendrogram of all rows. Rows that are equal merge first, at height 0.
 * @param weights rows that each stands for `[count]`: more than 1 for centroids
 * @param onMerged told how many of `count - 1` merges are made
 * @throws Refusal (max_leaves) if a matrix of all distances would be too large
 */
export async function linkRows(
  rows: Rows,
  weights: Float64Array,
  { linkage, spherical, scale }: LinkOptions,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
  onMerged: (done: number) => void,
): Promise<Dendrogram> {
  const { rows: chosen, kindOf } = distinctRows(rows);
  const matrix = needsMatrix(linkage, spherical);
  if (matrix && chosen.length > leafLimit(linkage, spherical))
    throw new Refusal(
      'max_leaves',
      `${linkage} linkage keeps a distance for each pair of leaves: ask for at most ${leafLimit(linkage, spherical)} leaves, not ${chosen.length}.`,
    );
  const merges = { a: new Int32Array(rows.count - 1), b: new Int32Array(rows.count - 1) };
  const heights = new Float64Array(rows.count - 1);
  const totals = new Float64Array(chosen.length);
  let made = 0;
  kindOf.forEach((kind, i) => {
    totals[kind] += weights[i];
    if (chosen[kind] === i) return;
    merges.a[made] = chosen[kind];
    merges.b[made++] = i;
  });
  const distinct =
    chosen.length === rows.count
      ? { ...rows, values: Float32Array.from(rows.values) }
      : withNorms(takeRows(rows.values, rows.dimension, chosen), rows.dimension);
  const equal = made;
  const tell = (done: number) => onMerged(equal + done);
  const found: LeafMerges = matrix
    ? agglomerateMatrix(distinct, totals, linkage as 'average' | 'complete', spherical, interrupt, tell)
    : await agglomerateMeans(
        distinct,
        totals,
        linkage === 'ward' ? 'ward' : 'cosine-average',
        pairwise,
        interrupt,
        tell,
      );
  found.a.forEach((leaf, i) => {
    merges.a[made] = chosen[leaf];
    merges.b[made] = chosen[found.b[i]];
    heights[made++] = found.heights[i] / (spherical && linkage !== 'ward' ? 1 : scale);
  });
  return dendrogramOf(rows.count, { ...merges, heights }, weights);
}
