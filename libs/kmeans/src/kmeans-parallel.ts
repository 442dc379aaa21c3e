import { row, takeRows, type Random } from '@cairn/numerics';
import type { Crew } from './crew.js';
import { seedCentroids, type SeedOptions } from './kmeans-plus-plus.js';
import { measureNearest } from './lloyd.js';
import { withNorms, type Rows } from './rows.js';

/** Rounds, and rows drawn in each as a multiple of the clusters: the paper's choice. */
const rounds = 5;
const oversampling = 2;

/**
 * First centroids `[clusters, dimension]` by k-means|| (Bahmani et al. 2012): in a few rounds each row is drawn with a
 * probability in proportion to its squared distance from those drawn before, about 2 x clusters rows a round; what was
 * drawn is weighted by the rows nearest to it, and greedy k-means++ chooses among it. A few passes over the rows
 * instead of one for each cluster.
 */
export async function seedInParallel(
  rows: Rows,
  options: SeedOptions,
  random: Random,
  crew: Crew,
): Promise<Float32Array> {
  const { values, count, dimension } = rows;
  const { clusters, weights, given = new Float32Array(0) } = options;
  const weightOf = (i: number) => (weights === undefined ? 1 : weights[i]);
  const closest = new Float64Array(count).fill(Infinity);
  const owner = new Int32Array(count);
  const drawn: Float32Array[] = [];
  let drawnCount = 0;
  const consider = async (points: Float32Array) => {
    const { labels, distances } = await measureNearest(rows, points, crew);
    for (let i = 0; i < count; i++)
      if (distances[i] < closest[i]) {
        closest[i] = distances[i];
        owner[i] = drawnCount + labels[i];
      }
    drawn.push(points);
    drawnCount += points.length / dimension;
  };
  const start = weights === undefined ? random.below(count) : random.weighted(weights);
  await consider(given.length > 0 ? given : row(values, dimension, start).slice());
  for (let round = 0; round < rounds; round++) {
    let potential = 0;
    for (let i = 0; i < count; i++) potential += weightOf(i) * closest[i];
    if (!(potential > 0)) break;
    const factor = (oversampling * clusters) / potential;
    const chosen: number[] = [];
    for (let i = 0; i < count; i++) if (random.uniform() < factor * weightOf(i) * closest[i]) chosen.push(i);
    if (chosen.length > 0) await consider(takeRows(values, dimension, chosen));
  }
  const candidates = new Float32Array(drawnCount * dimension);
  let at = 0;
  for (const points of drawn) {
    candidates.set(points, at);
    at += points.length;
  }
  const masses = new Float32Array(drawnCount);
  for (let i = 0; i < count; i++) masses[owner[i]] += weightOf(i);
  return seedCentroids(withNorms(candidates, dimension), { clusters, weights: masses, given }, random, crew);
}
