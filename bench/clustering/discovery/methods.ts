import { toVectors, type clusteringV1 } from '@cairn/contracts';
import { withNorms } from '@cairn/kmeans';
import { guideOf, guideRows, takeRows } from '@cairn/numerics';
import { clusterVectors } from '../../../apps/clustering/src/cluster-vectors.js';
import { clusteringOfLabels } from '../../../apps/clustering/src/evaluation/clustering-of-labels.js';
import { nearestLabels } from '../../../apps/clustering/src/evaluation/indices.js';
import { readParameters } from '../../../apps/clustering/src/parameters.js';
import type { WorkerPool } from '../../../apps/clustering/src/workers/worker-pool.js';
import { knownShares, type KnownShare, type Problem } from './problems.js';
import type { SelfTraining } from './self-training.js';

/** Which rows centroids are fitted on: those of the train file, after which test rows go to the nearest; or the test rows. */
export type FittedOn = 'train' | 'test';

/** A way to put rows into clusters. */
export interface Method {
  readonly name: string;
  /** Shares of known topics that it makes sense for. */
  readonly shares: readonly KnownShare[];
  readonly fittedOn: readonly FittedOn[];
  /** What of the data it learns from, in words. */
  readonly learnsFrom: string;
  /** @returns the cluster of each test row */
  place(problem: Problem, fittedOn: FittedOn, tools: Tools): Promise<Int32Array>;
}

/** What methods work with. */
export interface Tools {
  readonly pool: WorkerPool;
  /** Encoders that are trained on a problem. */
  readonly selfTraining: SelfTraining;
}

type Known = 'none' | 'frozen' | 'warm';

const someKnown: readonly KnownShare[] = ['0.25', '0.5', '0.75'];

/** Restarts, as scikit-learn had them. */
const restarts = 10;

/**
 * Clusters with the engine of the service, with its defaults, and puts the test rows to the nearest centroid.
 * @param guided see guideOf
 */
async function kmeans(
  { dimension, clusters, seed, train, test, labelled }: Problem,
  fittedOn: FittedOn,
  { spherical = true, known = 'none', guided = false }: { spherical?: boolean; known?: Known; guided?: boolean },
  { pool }: Tools,
): Promise<Int32Array> {
  let fit = fittedOn === 'train' ? train.vectors : test.vectors;
  let placed = test.vectors;
  let examples = takeRows(train.vectors, dimension, labelled);
  const topics = Int32Array.from(labelled, (row) => train.topics[row]);
  if (guided) {
    const guide = guideOf(examples, dimension, topics, fit)!;
    const seen = (rows: Float32Array) => {
      const into = new Float32Array(rows.length);
      guideRows(rows, guide, spherical, into);
      return into;
    };
    [fit, placed, examples] = [seen(fit), seen(placed), seen(examples)];
  }
  const numbers = new Map([...new Set(topics)].map((topic, place) => [topic, place]));
  const places = topics.map((topic) => numbers.get(topic)!);
  const middles =
    known === 'none'
      ? undefined
      : clusteringOfLabels(withNorms(examples, dimension), places, numbers.size, spherical).centroids;
  const start: clusteringV1.ClusterStart = {
    count: fit.length / dimension,
    dimension,
    parameters: { nClusters: clusters, nInit: restarts, spherical, seed },
    exemplars: 0,
    known: middles && toVectors(middles, dimension),
    frozen: known === 'frozen',
  };
  const values = new Float32Array(new SharedArrayBuffer(fit.length * 4));
  values.set(fit);
  const never = new AbortController().signal;
  const { evaluation, preparation } = await clusterVectors(
    values,
    readParameters(start, Infinity),
    pool,
    () => {},
    never,
  );
  const { offset, scale } = preparation;
  const centroids = evaluation.clustering.centroids.map((value, at) => value / scale + offset[at % dimension]);
  return nearestLabels(withNorms(placed, dimension), centroids);
}

const labelledRows = 'the labelled tenth of known topics';

/** Methods on the encoder as it is, and one that trains it on the texts of each problem. */
export const methods: readonly Method[] = [
  {
    name: 'k-means',
    shares: ['0'],
    fittedOn: ['train', 'test'],
    learnsFrom: 'no labels',
    place: (problem, fittedOn, tools) => kmeans(problem, fittedOn, { spherical: false }, tools),
  },
  {
    name: 'spherical k-means',
    shares: ['0'],
    fittedOn: ['train', 'test'],
    learnsFrom: 'no labels',
    place: (problem, fittedOn, tools) => kmeans(problem, fittedOn, {}, tools),
  },
  {
    name: 'known topics frozen',
    shares: someKnown,
    fittedOn: ['train'],
    learnsFrom: `centroids of ${labelledRows}`,
    place: (problem, fittedOn, tools) => kmeans(problem, fittedOn, { known: 'frozen' }, tools),
  },
  {
    name: 'known topics warm',
    shares: someKnown,
    fittedOn: ['train'],
    learnsFrom: `centroids of ${labelledRows}`,
    place: (problem, fittedOn, tools) => kmeans(problem, fittedOn, { known: 'warm' }, tools),
  },
  {
    name: 'guided, known topics frozen',
    shares: someKnown,
    fittedOn: ['train', 'test'],
    learnsFrom: `covariance within and centroids of ${labelledRows}`,
    place: (problem, fittedOn, tools) => kmeans(problem, fittedOn, { known: 'frozen', guided: true }, tools),
  },
  {
    name: 'guided, known topics warm',
    shares: someKnown,
    fittedOn: ['train', 'test'],
    learnsFrom: `covariance within and centroids of ${labelledRows}`,
    place: (problem, fittedOn, tools) => kmeans(problem, fittedOn, { known: 'warm', guided: true }, tools),
  },
  {
    name: 'self-trained',
    shares: knownShares,
    fittedOn: ['train', 'test'],
    learnsFrom: `all train texts with clusters for labels, and ${labelledRows}: weights of the encoder and centroids`,
    place: async (problem, fittedOn, tools) => {
      const known = problem.labelled.length > 0 ? 'warm' : 'none';
      return kmeans(await tools.selfTraining.of(problem), fittedOn, { known }, tools);
    },
  },
];
