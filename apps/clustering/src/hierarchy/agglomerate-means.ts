import type { Interrupt, Rows } from '@cairn/kmeans';
import { takeRows } from '@cairn/numerics';
import { PairwiseDistances, squaredDistanceError, type Block } from '../distances/pairwise.js';
import type { LeafMerges } from './dendrogram.js';

export type MeansLinkage = 'ward' | 'cosine-average';

/** Candidates that float32 gives for each search; double precision chooses among them. */
const candidates = 8;

/** What is stored is packed again when fewer than this share of it is in use. */
const packBelow = 0.6;

/**
 * Clusters that are described by size and mean: enough for Ward's linkage, and for average linkage over 1 - cosine,
 * because the mean product of two groups of unit vectors is the product of their means.
 */
class MeanClusters {
  /** Means `[stored, dimension]`, exact and as the runtime reads them. */
  means: Float64Array;
  values: Float32Array;
  squaredNorms: Float64Array;
  sizes: Float64Array;
  /** A leaf of each, to name it by. */
  leaf: Int32Array;
  alive: Uint8Array;
  /** Nearest other cluster as far as known, -1 where not, and the distance. It can be relied on where `known` says so;
   * elsewhere it is a lower bound, because merging brings nobody nearer (reducibility). */
  nearest: Int32Array;
  distance: Float64Array;
  known: Uint8Array;
  /** Which were part of a merge since the neighbours were last reviewed. */
  changed: Uint8Array;
  stored: number;
  living: number;

  constructor(
    rows: Rows,
    weights: Float64Array,
    readonly linkage: MeansLinkage,
    readonly dimension: number,
  ) {
    this.stored = this.living = rows.count;
    this.means = Float64Array.from(rows.values);
    this.values = Float32Array.from(rows.values);
    this.squaredNorms = Float64Array.from(rows.squaredNorms);
    this.sizes = Float64Array.from(weights);
    this.leaf = Int32Array.from({ length: rows.count }, (_, i) => i);
    this.alive = new Uint8Array(rows.count).fill(1);
    this.nearest = new Int32Array(rows.count).fill(-1);
    this.distance = new Float64Array(rows.count);
    this.known = new Uint8Array(rows.count);
    this.changed = new Uint8Array(rows.count);
  }

  /** Ward: half the squared height. Average: the mean of 1 - cosine. The same for (a, b) and (b, a), bit for bit. */
  between(a: number, b: number): number {
    const { means, dimension, sizes } = this;
    let sum = 0;
    if (this.linkage === 'ward') {
      for (let i = a * dimension, j = b * dimension, end = i + dimension; i < end; i++, j++)
        sum += (means[i] - means[j]) * (means[i] - means[j]);
      return (sum * (sizes[a] * sizes[b])) / (sizes[a] + sizes[b]);
    }
    for (let i = a * dimension, j = b * dimension, end = i + dimension; i < end; i++, j++) sum += means[i] * means[j];
    return Math.max(0, 1 - sum);
  }

  heightOf(distance: number): number {
    return this.linkage === 'ward' ? Math.sqrt(2 * distance) : distance;
  }

  /** `b` becomes part of `a`. */
  merge(a: number, b: number): void {
    const { means, values, sizes, dimension } = this;
    const total = sizes[a] + sizes[b];
    let squared = 0;
    for (let i = a * dimension, j = b * dimension, end = i + dimension; i < end; i++, j++) {
      means[i] = (sizes[a] * means[i] + sizes[b] * means[j]) / total;
      values[i] = means[i];
      squared += means[i] * means[i];
    }
    sizes[a] = total;
    this.squaredNorms[a] = squared;
    this.alive[b] = 0;
    this.changed[a] = this.changed[b] = 1;
    this.known[a] = 0;
    this.living--;
  }

  /** Forgets neighbours that are gone, or are other clusters than they were. */
  review(): void {
    for (let i = 0; i < this.stored; i++) if (this.known[i] && this.changed[this.nearest[i]]) this.known[i] = 0;
    this.changed.fill(0);
  }

  /** Drops what is not alive any more. */
  pack(): void {
    const kept = Int32Array.from({ length: this.stored }, (_, i) => i).filter((i) => this.alive[i] === 1);
    const place = new Int32Array(this.stored).fill(-1);
    kept.forEach((from, to) => (place[from] = to));
    const { dimension } = this;
    const means = new Float64Array(kept.length * dimension);
    kept.forEach((from, to) =>
      means.set(this.means.subarray(from * dimension, (from + 1) * dimension), to * dimension),
    );
    this.means = means;
    this.values = takeRows(this.values, dimension, kept);
    this.squaredNorms = Float64Array.from(kept, (i) => this.squaredNorms[i]);
    this.sizes = Float64Array.from(kept, (i) => this.sizes[i]);
    this.leaf = Int32Array.from(kept, (i) => this.leaf[i]);
    this.nearest = Int32Array.from(kept, (i) => (this.nearest[i] < 0 ? -1 : place[this.nearest[i]]));
    this.distance = Float64Array.from(kept, (i) => this.distance[i]);
    this.known = Uint8Array.from(kept, (i) => this.known[i]);
    this.changed = new Uint8Array(kept.length);
    this.stored = kept.length;
    this.alive = new Uint8Array(this.stored).fill(1);
  }

  /** Finds the nearest other cluster of each of `asked`, the lowest index among equals, in double precision. */
  async search(asked: Int32Array, pairwise: PairwiseDistances, interrupt: Interrupt): Promise<void> {
    const { dimension, stored, linkage } = this;
    const hidden = (value: (i: number) => number) =>
      Float32Array.from({ length: stored }, (_, i) => (this.alive[i] ? value(i) : Infinity));
    const ward = linkage === 'ward';
    const points = {
      values: this.values,
      count: stored,
      dimension,
      bias: hidden(ward ? (i) => this.squaredNorms[i] : () => 1),
      inverses: ward ? Float32Array.from(this.sizes, (size) => 1 / size) : undefined,
    };
    let largestNorm = 0;
    let largestSize = 0;
    for (let i = 0; i < stored; i++) {
      if (!this.alive[i]) continue;
      largestNorm = Math.max(largestNorm, this.squaredNorms[i]);
      largestSize = Math.max(largestSize, this.sizes[i]);
    }
    const k = Math.min(candidates, stored);
    const blockRows = PairwiseDistances.blockRows(stored);
    for (let start = 0; start < asked.length; start += blockRows) {
      interrupt();
      const slots = asked.subarray(start, start + blockRows);
      const block: Block = {
        values: takeRows(this.values, dimension, slots),
        size: slots.length,
        norms: Float32Array.from(slots, (i) => this.squaredNorms[i]),
        inverses: ward ? Float32Array.from(slots, (i) => 1 / this.sizes[i]) : undefined,
      };
      const found = await pairwise.nearest(ward ? 'ward' : 'cosine', block, points, k);
      for (let at = 0; at < slots.length; at++) {
        const a = slots[at];
        // Ward's error is that of the squared distance times the weight of the pair, at most this.
        const weight = ward ? (this.sizes[a] * largestSize) / (this.sizes[a] + largestSize) : 1;
        const error = weight * squaredDistanceError(this.squaredNorms[a], largestNorm, dimension);
        this.settle(a, found.values.subarray(at * k, (at + 1) * k), found.indices.subarray(at * k), error, k);
      }
    }
  }

  /** Chooses among the candidates of one search, or among all where float32 cannot tell them from the rest. */
  private settle(a: number, values: Float32Array, indices: Int32Array, error: number, k: number): void {
    let best = -1;
    let least = Infinity;
    const consider = (b: number) => {
      if (b === a || !this.alive[b]) return;
      const distance = this.between(a, b);
      if (distance < least || (distance === least && b < best)) [least, best] = [distance, b];
    };
    for (let c = 0; c < k && values[c] < Infinity; c++) {
      if (values[c] > least + 2 * error) break;
      consider(indices[c]);
    }
    const rest = k < this.stored && values[k - 1] < Infinity;
    if (best < 0 || (rest && values[k - 1] <= least + error)) for (let b = 0; b < this.stored; b++) consider(b);
    this.nearest[a] = best;
    this.distance[a] = least;
    this.known[a] = 1;
  }
}

/**
 * Agglomerative clustering by reciprocal nearest neighbours: two clusters that are nearest to each other merge, many
 * pairs at a time. Ward's and average linkage are reducible (what is merged comes no nearer to others), so this makes
 * the same merges as always taking the closest pair (Bruynooghe 1978; Murtagh 1983), and a nearest neighbour stays the
 * nearest until it merges itself; until it is looked for again, the old distance bounds the new one from below.
 * Searches are matrix products. Memory: O(count * dimension).
 * @param rows different rows; of unit norm for 'cosine-average'
 * @param weights rows that each stands for `[count]`
 * @param onMerged told of the merges made so far
 * @returns count - 1 merges; heights are SciPy's: for Ward the square root of twice the rise of the sum of squares
 */
export async function agglomerateMeans(
  rows: Rows,
  weights: Float64Array,
  linkage: MeansLinkage,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
  onMerged: (done: number) => void,
): Promise<LeafMerges> {
  const total = Math.max(0, rows.count - 1);
  const merges = { a: new Int32Array(total), b: new Int32Array(total), heights: new Float64Array(total) };
  const clusters = new MeanClusters(rows, weights, linkage, rows.dimension);
  let made = 0;
  const merge = (a: number, b: number) => {
    merges.a[made] = clusters.leaf[a];
    merges.b[made] = clusters.leaf[b];
    merges.heights[made++] = clusters.heightOf(clusters.distance[a]);
    clusters.merge(a, b);
  };
  let asked: Int32Array = Int32Array.from({ length: rows.count }, (_, i) => i);
  while (made < total) {
    await clusters.search(asked, pairwise, interrupt);
    const before = made;
    for (let a = 0; a < clusters.stored; a++) {
      const b = clusters.nearest[a];
      if (b <= a || !clusters.alive[a] || !clusters.known[a] || !clusters.alive[b] || !clusters.known[b]) continue;
      if (clusters.nearest[b] === a) merge(a, b);
    }
    if (made === before) mergeClosest(clusters, merge);
    clusters.review();
    if (clusters.living < packBelow * clusters.stored) clusters.pack();
    onMerged(made);
    asked = leastBounds(clusters, Math.max(4, 8 * (made - before)));
  }
  return merges;
}

/** Without a reciprocal pair: where the least bound of all is a known distance, nobody is closer, so that pair merges. */
function mergeClosest(clusters: MeanClusters, merge: (a: number, b: number) => void): void {
  let closest = -1;
  for (let i = 0; i < clusters.stored; i++)
    if (clusters.alive[i] && (closest < 0 || clusters.distance[i] < clusters.distance[closest])) closest = i;
  if (clusters.known[closest]) merge(closest, clusters.nearest[closest]);
}

/** Up to `wanted` of the clusters whose neighbour must be looked for, those with the least bounds. */
function leastBounds(clusters: MeanClusters, wanted: number): Int32Array {
  const unknown = Int32Array.from({ length: clusters.stored }, (_, i) => i).filter(
    (i) => clusters.alive[i] === 1 && clusters.known[i] === 0,
  );
  if (unknown.length <= wanted) return unknown;
  return unknown
    .sort((a, b) => clusters.distance[a] - clusters.distance[b] || a - b)
    .slice(0, wanted)
    .sort();
}
