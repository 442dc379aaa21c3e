import {
  ClusteringRefusal,
  drawTogether,
  fitKMeans,
  nearestRows,
  none,
  Products,
  SoloCrew,
  Workbench,
  type KMeansOptions,
} from '@cairn/kmeans';
import { columnMeans, guideOf, guideRows, normalizeRows, takeRows, type Random } from '@cairn/numerics';
import { Refusal } from '../threads/refusal.js';
import { membersOfClasses, partners } from './augmentation.js';
import { BrokenFile } from './checkpoint-file.js';
import { noLabel } from './no-label.js';
import type { TrainingSettings } from './training-settings.js';

/** First centroids are drawn so many times; the tightest clusters are kept. Later ones follow those before. */
const restarts = 10;
/** Texts that one is drawn to; with clusters of few texts fewer: a part of what a cluster has. */
const mostDrawnTo = 15;
const membersPerNeighbour = 4;

/**
 * Clusters that stand for classes while an encoder is trained: found among the vectors of all texts, those of known classes
 * first and in their order. Found again, they begin at the means of those before, in the new vectors, and so keep their
 * numbers (DeepAligned, Zhang et al. 2021, arXiv:2012.08987, which matches them instead; USNID, Zhang et al. 2023,
 * arXiv:2304.07699). Texts of known classes stay in theirs and pull its centroid there.
 */
export class PseudoLabels {
  /** `[count]`, the cluster of each text. */
  readonly labels: Int32Array;
  /** `[count]`, the same where it is taken for true, else `noLabel`: of known texts, and of those near their centroid. */
  readonly trusted: Int32Array;
  /** Texts of each cluster that are trusted. */
  members: readonly number[][] = [];
  /** `[count, neighbours]`, the nearest texts of each; empty if none are asked for. */
  nearest: Int32Array = new Int32Array();
  private readonly knownMembers: readonly number[][];
  private isBegun = false;

  /**
   * @param known `[count]`, the class of each text or `noLabel`
   * @param classCount known classes
   */
  constructor(
    private readonly known: Int32Array,
    private readonly classCount: number,
    private readonly settings: Pick<TrainingSettings, 'clusters' | 'confident' | 'neighbours' | 'seed'>,
  ) {
    this.labels = new Int32Array(known.length).fill(noLabel);
    this.trusted = this.labels.slice();
    this.knownMembers = membersOf(known);
  }

  get clusters(): number {
    return this.settings.clusters!;
  }

  /**
   * Finds the clusters of the texts.
   * @param vectors `[count, dimension]`, overwritten by those that are compared: see `see`
   * @returns share of the texts that are in another cluster than before; 1 the first time
   * @throws Refusal for "clusters", or for "texts" if their vectors are all the same
   */
  async find(vectors: Float32Array, dimension: number): Promise<number> {
    const { labels, known } = this;
    const before = this.isBegun ? labels.slice() : undefined;
    this.see(vectors, dimension);
    const products = await Products.create();
    try {
      await this.cluster(products, vectors, dimension, before);
    } finally {
      await products.release();
    }
    known.forEach((label, i) => {
      if (label !== noLabel) labels[i] = label;
    });
    this.isBegun = true;
    this.trust(vectors, dimension);
    return before === undefined ? 1 : before.filter((label, i) => label !== labels[i]).length / labels.length;
  }

  /** Another text that is to be near a text: of its nearest, or of its cluster; itself where there is none to trust. */
  partner(text: number, random: Random): number {
    const { nearest, known, trusted } = this;
    const { neighbours } = this.settings;
    const among = (members: readonly number[][], labels: Int32Array) =>
      partners(members, labels, Int32Array.of(text), random)[0];
    if (neighbours === 0) return trusted[text] === noLabel ? text : among(this.members, trusted);
    if (known[text] !== noLabel) return among(this.knownMembers, known);
    const found = nearest[text * neighbours + random.below(neighbours)];
    return found === none ? text : found;
  }

  /** Whether two texts are to be near each other. */
  areAlike(a: number, b: number): boolean {
    const { nearest, known, trusted } = this;
    const { neighbours } = this.settings;
    if (a === b) return true;
    const ofClass = neighbours > 0 ? known : trusted;
    if (ofClass[a] !== noLabel && ofClass[b] !== noLabel) return ofClass[a] === ofClass[b];
    const isNear = (one: number, other: number) =>
      nearest.subarray(one * neighbours, (one + 1) * neighbours).includes(other);
    return neighbours > 0 && (isNear(a, b) || isNear(b, a));
  }

  /** What checkpoints keep. */
  arrays(): [string, Float32Array][] {
    return [
      ['clusters', Float32Array.from(this.labels)],
      ['clusters.trusted', Float32Array.from(this.trusted)],
      ['clusters.nearest', Float32Array.from(this.nearest)],
    ];
  }

  /** @throws BrokenFile if they are not of these texts */
  restore(arrays: ReadonlyMap<string, Float32Array>): void {
    const [labels, trusted] = [arrays.get('clusters'), arrays.get('clusters.trusted')];
    const nearest = arrays.get('clusters.nearest');
    const count = this.labels.length;
    const fits = labels?.length === count && trusted?.length === count;
    if (!fits || nearest?.length !== count * this.settings.neighbours)
      throw new BrokenFile('The checkpoint has no clusters of these texts.');
    this.labels.set(labels);
    this.trusted.set(trusted);
    this.nearest = Int32Array.from(nearest);
    this.members = membersOf(this.trusted);
    this.isBegun = true;
  }

  /**
   * Vectors as they are compared, in place: seen from the mean of all, unit length; where classes are known, in the space that
   * they make.
   */
  private see(vectors: Float32Array, dimension: number): void {
    const { known } = this;
    normalizeRows(vectors, dimension);
    const examples = Int32Array.from(known.keys()).filter((i) => known[i] !== noLabel);
    const classes = examples.map((i) => known[i]);
    const guide = guideOf(takeRows(vectors, dimension, examples), dimension, classes, vectors);
    if (guide !== undefined) return guideRows(vectors, guide, true, vectors);
    const centre = columnMeans(vectors, dimension);
    for (let at = 0; at < vectors.length; at++) vectors[at] -= centre[at % dimension];
    normalizeRows(vectors, dimension);
  }

  /** Clusters the vectors as they are seen, and once more when they are drawn to their nearest. */
  private async cluster(
    products: Products,
    vectors: Float32Array,
    dimension: number,
    before: Int32Array | undefined,
  ): Promise<void> {
    const { labels, known, classCount, clusters } = this;
    const { neighbours } = this.settings;
    const start: Partial<KMeansOptions> =
      before === undefined
        ? { frozen: classCount > 0 ? sums(vectors, dimension, known, classCount) : undefined, restarts }
        : { init: sums(vectors, dimension, before, clusters) };
    const found = await this.fit(products, vectors, dimension, start);
    labels.set(found.labels);
    const near = (k: number) => nearestRows(products, vectors, dimension, labels, found.centroids, k);
    if (neighbours > 0) this.nearest = await near(neighbours);
    const drawnTo = Math.min(mostDrawnTo, Math.floor(labels.length / clusters / membersPerNeighbour));
    if (drawnTo < 1) return;
    const drawn = drawTogether(vectors, dimension, await near(drawnTo));
    const again = await this.fit(products, drawn, dimension, { init: sums(drawn, dimension, labels, clusters) });
    labels.set(again.labels);
  }

  private async fit(products: Products, vectors: Float32Array, dimension: number, start: Partial<KMeansOptions>) {
    const { clusters, settings } = this;
    try {
      const options: KMeansOptions = { clusters, seed: settings.seed, spherical: true, ...start };
      return await fitKMeans(vectors, dimension, options, new SoloCrew(new Workbench(products), () => undefined));
    } catch (error) {
      if (!(error instanceof ClusteringRefusal)) throw error;
      throw new Refusal(error.field === 'vectors' ? 'texts' : error.field, error.message);
    }
  }

  /** Of each cluster the share of the texts that are nearest to its centroid, and those that are known. */
  private trust(vectors: Float32Array, dimension: number): void {
    const { labels, known, trusted, clusters, settings } = this;
    const centroids = sums(vectors, dimension, labels, clusters);
    normalizeRows(centroids, dimension);
    const cosines = Float64Array.from(labels, (label, i) => {
      let sum = 0;
      for (let j = 0; j < dimension; j++) sum += vectors[i * dimension + j] * centroids[label * dimension + j];
      return sum;
    });
    const members: number[][] = Array.from({ length: clusters }, () => []);
    labels.forEach((label, i) => members[label].push(i));
    trusted.set(known);
    for (const [cluster, own] of members.entries()) {
      own.sort((a, b) => cosines[b] - cosines[a] || a - b);
      for (const i of own.slice(0, Math.ceil(settings.confident * own.length))) trusted[i] = cluster;
    }
    this.members = membersOf(this.trusted);
  }
}

/** Texts of each label. */
const membersOf = (labels: Int32Array): number[][] =>
  membersOfClasses(
    labels,
    Int32Array.from(labels.keys()).filter((i) => labels[i] !== noLabel),
  );

/**
 * For each label the sum of the unit vectors that have it `[labelCount, dimension]`: the direction of their mean. Zeros where
 * none has it; k-means gives such a cluster a place.
 */
function sums(vectors: Float32Array, dimension: number, labels: Int32Array, labelCount: number): Float32Array {
  const added = new Float32Array(labelCount * dimension);
  labels.forEach((label, i) => {
    if (label === noLabel) return;
    const own = vectors.subarray(i * dimension, (i + 1) * dimension);
    const length = Math.sqrt(own.reduce((sum, x) => sum + x * x, 0));
    if (length > 0) for (let j = 0; j < dimension; j++) added[label * dimension + j] += own[j] / length;
  });
  return added;
}
