import { toVectors, type clusteringV1 } from '@cairn/contracts';
import { drawTogether, nearestRows, Products, withNorms } from '@cairn/kmeans';
import { columnMeans, guideOf, guideRows, takeRows, type Guide } from '@cairn/numerics';
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

/** Nearest rows that each is drawn to, as the objective `clusters` does. */
const drawnTo = 15;

interface HowToCluster {
  readonly spherical?: boolean;
  readonly known?: Known;
  /** In the space that labelled rows make: see guideOf. */
  readonly guided?: boolean;
  /** Once more with rows drawn to those nearest to them: see drawTogether. */
  readonly drawn?: boolean;
}

/** Clusters with the engine of the service, with its defaults, and puts the test rows to the nearest centroid. */
async function kmeans(
  { dimension, clusters, seed, train, test, labelled }: Problem,
  fittedOn: FittedOn,
  { spherical = true, known = 'none', guided = false, drawn = false }: HowToCluster,
  { pool }: Tools,
): Promise<Int32Array> {
  let fit = fittedOn === 'train' ? train.vectors : test.vectors;
  let placed = test.vectors;
  let examples = takeRows(train.vectors, dimension, labelled);
  const topics = Int32Array.from(labelled, (row) => train.topics[row]);
  if (guided || drawn) {
    const guide = guided ? guideOf(examples, dimension, topics, fit)! : centring(fit, dimension);
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
  const found = await clustered(fit, start, pool);
  if (!drawn) return nearestLabels(withNorms(placed, dimension), found.centroids);

  const products = await Products.create();
  const nearest = await nearestRows(products, fit, dimension, found.labels, found.centroids, drawnTo);
  await products.release();
  const rows = drawTogether(fit, dimension, nearest);
  const first = clusteringOfLabels(withNorms(rows, dimension), found.labels, clusters, true).centroids;
  const parameters = { ...start.parameters, nInit: 1 };
  const again = await clustered(
    rows,
    { ...start, parameters, known: toVectors(first, dimension), frozen: false },
    pool,
  );
  if (fittedOn === 'test') return again.labels;
  const { centroids } = clusteringOfLabels(withNorms(fit, dimension), again.labels, clusters, true);
  return nearestLabels(withNorms(placed, dimension), centroids);
}

/** Looks at rows from their mean, and changes nothing else. */
function centring(rows: Float32Array, dimension: number): Guide {
  const map = new Float64Array(dimension * dimension);
  for (let i = 0; i < dimension; i++) map[i * dimension + i] = 1;
  return { map, centre: columnMeans(rows, dimension), shrinkage: 1 };
}

/** Labels, and centroids in the measure of the rows. */
async function clustered(rows: Float32Array, start: clusteringV1.ClusterStart, pool: WorkerPool) {
  const values = new Float32Array(new SharedArrayBuffer(rows.length * 4));
  values.set(rows);
  const never = new AbortController().signal;
  const { evaluation, preparation } = await clusterVectors(
    values,
    readParameters(start, Infinity),
    pool,
    () => {},
    never,
  );
  const { offset, scale } = preparation;
  const { labels, centroids } = evaluation.clustering;
  return { labels, centroids: centroids.map((value, at) => value / scale + offset[at % start.dimension]) };
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
    name: 'spherical k-means, drawn together',
    shares: ['0'],
    fittedOn: ['train', 'test'],
    learnsFrom: 'no labels; rows are drawn to the fifteen nearest',
    place: (problem, fittedOn, tools) => kmeans(problem, fittedOn, { drawn: true }, tools),
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
    name: 'guided, known topics warm, drawn together',
    shares: someKnown,
    fittedOn: ['train', 'test'],
    learnsFrom: `covariance within and centroids of ${labelledRows}; rows are drawn to the fifteen nearest`,
    place: (problem, fittedOn, tools) => kmeans(problem, fittedOn, { known: 'warm', guided: true, drawn: true }, tools),
  },
  {
    name: 'self-trained',
    shares: knownShares,
    fittedOn: ['train', 'test'],
    learnsFrom: `all train texts with clusters for labels, and ${labelledRows}: weights of the encoder and centroids`,
    place: async (problem, fittedOn, tools) => {
      const isGuided = problem.labelled.length > 0;
      const how: HowToCluster = { known: isGuided ? 'warm' : 'none', guided: isGuided, drawn: true };
      return kmeans(await tools.selfTraining.of(problem), fittedOn, how, tools);
    },
  },
];
