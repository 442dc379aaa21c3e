import { Random, row } from '@cairn/numerics';
import type { Crew } from './crew.js';
import { seedInParallel } from './kmeans-parallel.js';
import { seedCentroids } from './kmeans-plus-plus.js';
import { lloyd, type Clustering, type LloydOptions } from './lloyd.js';
import type { Rows } from './rows.js';

export interface RestartOptions extends LloydOptions {
  readonly clusters: number;
  readonly seed: number;
  /** Which of the restarts under this seed: 0, 1, ... Each has random numbers of its own. */
  readonly restart: number;
  /** Centroids to start with `[n, dimension]`, in the measure of the prepared rows; the others are drawn. */
  readonly given?: Float32Array;
  /** How the others are drawn ["k-means++"]. */
  readonly init?: Seeding;
}

export const seedings = ['k-means++', 'k-means||'] as const;
export type Seeding = (typeof seedings)[number];

/** One restart of k-means: first centroids drawn, then Lloyd's algorithm. */
export async function runRestart(rows: Rows, options: RestartOptions, crew: Crew): Promise<Clustering> {
  const random = new Random(options.seed, options.clusters, options.restart);
  const draw = options.init === 'k-means||' ? seedInParallel : seedCentroids;
  const start = await draw(rows, options, random, crew);
  return lloyd(rows, start, options, crew);
}

/** The restart of lowest inertia; the earlier one among equals. */
export function bestRestart(restarts: readonly Clustering[]): Clustering {
  return restarts.reduce((best, next) => (next.inertia < best.inertia ? next : best));
}

/**
 * The same clustering with its clusters in the order of their sizes, largest first (the one with the earlier first
 * row among equals), and without those that have no rows, which there are only when fewer different rows were given
 * than clusters wanted.
 */
export function orderClusters(clustering: Clustering, dimension: number): Clustering {
  const members = new Map<number, { size: number; first: number }>();
  clustering.labels.forEach((label, i) => {
    const entry = members.get(label);
    if (entry === undefined) members.set(label, { size: 1, first: i });
    else entry.size++;
  });
  const order = [...members].sort(([, a], [, b]) => b.size - a.size || a.first - b.first).map(([label]) => label);
  const rank = new Map(order.map((label, index) => [label, index]));
  const centroids = new Float32Array(order.length * dimension);
  order.forEach((label, index) => centroids.set(row(clustering.centroids, dimension, label), index * dimension));
  return { ...clustering, centroids, labels: clustering.labels.map((label) => rank.get(label)!) };
}
