import {
  bestRestart,
  type CentroidDistances,
  type Clustering,
  type Interrupt,
  orderClusters,
  type Rows,
  runRestart,
  SoloCrew,
  withNorms,
} from '@cairn/kmeans';
import { adjustedRandIndex, normalizeRows, Random, takeRows } from '@cairn/numerics';
import type { PairwiseDistances } from '../distances/pairwise.js';
import { indicesOf, nearestLabels, referenceRows, type Indices } from './indices.js';
import { silhouette } from './silhouette.js';

/** How the k-means of a candidate is run. */
export interface CandidateOptions {
  readonly clusters: number;
  readonly seed: number;
  readonly restarts: number;
  readonly maxIter: number;
  readonly tolerance: number;
  readonly spherical: boolean;
  /** See SilhouetteOptions. */
  readonly sampleLimit: number;
}

/** What one k-means says of a number of clusters. */
export interface Measured extends Indices {
  readonly clusters: number;
  readonly inertia: number;
  readonly silhouette: number;
  readonly silhouetteError: number;
}

/** A candidate on two halves of the rows that share none. */
export interface OnHalves {
  /** Agreement on all rows of the clusterings found on either half: adjusted Rand index. */
  readonly agreement: number;
  /** Silhouette of each half's own clustering. */
  readonly silhouettes: readonly [number, number];
}

export interface Engines {
  readonly distances: CentroidDistances;
  readonly pairwise: PairwiseDistances;
}

async function fit(rows: Rows, options: CandidateOptions, { distances }: Engines, interrupt: Interrupt) {
  const restarts: Clustering[] = [];
  for (let restart = 0; restart < options.restarts; restart++)
    restarts.push(await runRestart(rows, { ...options, restart }, new SoloCrew(distances.bench, interrupt)));
  return orderClusters(bestRestart(restarts), rows.dimension);
}

/** Clusters the rows and measures the best restart. */
export async function measureCandidate(
  rows: Rows,
  options: CandidateOptions,
  engines: Engines,
  interrupt: Interrupt,
): Promise<Measured> {
  const best = await fit(rows, options, engines, interrupt);
  const found = best.centroids.length / rows.dimension;
  const { mean, error } = await silhouette(rows, best.labels, found, options, engines.pairwise, interrupt);
  return {
    clusters: options.clusters,
    inertia: best.inertia,
    silhouette: mean,
    silhouetteError: error,
    ...indicesOf(rows, best.labels, found),
  };
}

/** Clusters two random halves of the rows; `resample` numbers the draw, which is the same for every candidate. */
export async function measureOnHalves(
  rows: Rows,
  resample: number,
  options: CandidateOptions,
  engines: Engines,
  interrupt: Interrupt,
): Promise<OnHalves> {
  const order = new Random(options.seed, resample).shuffle(Int32Array.from({ length: rows.count }, (_, i) => i));
  const middle = rows.count >> 1;
  const halves = [order.subarray(0, middle).sort(), order.subarray(middle).sort()];
  const labels: Int32Array[] = [];
  const silhouettes: number[] = [];
  for (const half of halves) {
    const inside = withNorms(takeRows(rows.values, rows.dimension, half), rows.dimension);
    const clusters = Math.min(options.clusters, inside.count);
    const best = await fit(inside, { ...options, clusters }, engines, interrupt);
    const found = best.centroids.length / rows.dimension;
    silhouettes.push((await silhouette(inside, best.labels, found, options, engines.pairwise, interrupt)).mean);
    labels.push(nearestLabels(rows, best.centroids));
  }
  return { agreement: adjustedRandIndex(labels[0], labels[1]), silhouettes: [silhouettes[0], silhouettes[1]] };
}

/** The inertia that as many clusters reach on rows without clusters; `reference` numbers the draw. */
export async function measureReference(
  rows: Rows,
  reference: number,
  options: CandidateOptions,
  engines: Engines,
  interrupt: Interrupt,
): Promise<number> {
  const values = referenceRows(rows, new Random(options.seed, 7, reference));
  if (options.spherical) normalizeRows(values, rows.dimension);
  return (await fit(withNorms(values, rows.dimension), options, engines, interrupt)).inertia;
}
