import { ClusteringRefusal, fitKMeans, Products, SoloCrew, Workbench, type KMeansOptions } from '@cairn/kmeans';
import { Refusal } from '../threads/refusal.js';
import { membersOfClasses } from './augmentation.js';
import { BrokenFile } from './checkpoint-file.js';
import { noLabel } from './no-label.js';
import type { TrainingSettings } from './training-settings.js';

/** First centroids are drawn so many times; the tightest clusters are kept. Later ones follow those before. */
const restarts = 10;

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
  private isBegun = false;

  /**
   * @param known `[count]`, the class of each text or `noLabel`
   * @param classCount known classes
   */
  constructor(
    private readonly known: Int32Array,
    private readonly classCount: number,
    private readonly settings: Pick<TrainingSettings, 'clusters' | 'confident' | 'seed'>,
  ) {
    this.labels = new Int32Array(known.length).fill(noLabel);
    this.trusted = this.labels.slice();
  }

  get clusters(): number {
    return this.settings.clusters!;
  }

  /**
   * Finds the clusters of the texts.
   * @param vectors `[count, dimension]`, which are scaled to unit length in place
   * @returns share of the texts that are in another cluster than before; 1 the first time
   * @throws Refusal for "clusters", or for "texts" if their vectors are all the same
   */
  async find(vectors: Float32Array, dimension: number): Promise<number> {
    const { clusters, labels, known } = this;
    const before = this.isBegun ? labels.slice() : undefined;
    const start: Partial<KMeansOptions> =
      before === undefined
        ? { frozen: this.classCount > 0 ? sums(vectors, dimension, known, this.classCount) : undefined, restarts }
        : { init: sums(vectors, dimension, before, clusters) };
    const found = await this.fit(vectors, dimension, start);
    labels.set(found.labels);
    known.forEach((label, i) => {
      if (label !== noLabel) labels[i] = label;
    });
    this.isBegun = true;
    this.trust(vectors, found.centroids, dimension);
    return before === undefined ? 1 : before.filter((label, i) => label !== labels[i]).length / labels.length;
  }

  /** What checkpoints keep. */
  arrays(): [string, Float32Array][] {
    return [
      ['clusters', Float32Array.from(this.labels)],
      ['clusters.trusted', Float32Array.from(this.trusted)],
    ];
  }

  /** @throws BrokenFile if they are not of these texts */
  restore(arrays: ReadonlyMap<string, Float32Array>): void {
    const [labels, trusted] = [arrays.get('clusters'), arrays.get('clusters.trusted')];
    if (labels?.length !== this.labels.length || trusted?.length !== this.labels.length)
      throw new BrokenFile('The checkpoint has no clusters of these texts.');
    this.labels.set(labels);
    this.trusted.set(trusted);
    this.members = this.trustedMembers();
    this.isBegun = true;
  }

  private async fit(vectors: Float32Array, dimension: number, start: Partial<KMeansOptions>) {
    const { clusters, settings } = this;
    const products = await Products.create();
    try {
      const options: KMeansOptions = { clusters, seed: settings.seed, spherical: true, ...start };
      return await fitKMeans(vectors, dimension, options, new SoloCrew(new Workbench(products), () => undefined));
    } catch (error) {
      if (!(error instanceof ClusteringRefusal)) throw error;
      throw new Refusal(error.field === 'vectors' ? 'texts' : error.field, error.message);
    } finally {
      await products.release();
    }
  }

  private trustedMembers(): number[][] {
    const { trusted } = this;
    return membersOfClasses(
      trusted,
      Int32Array.from(trusted.keys()).filter((i) => trusted[i] !== noLabel),
    );
  }

  /** Of each cluster the share of the texts that are nearest to its centroid, and those that are known. */
  private trust(vectors: Float32Array, centroids: Float32Array, dimension: number): void {
    const { labels, known, trusted, clusters, settings } = this;
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
    this.members = this.trustedMembers();
  }
}

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
