import { row, takeRows, type Random } from '@cairn/numerics';
import type { Crew } from './crew.js';
import { shared } from './lloyd.js';
import type { Rows } from './rows.js';
import { blockRows } from './run-state.js';
import { mostCandidates, type SeedState } from './seed-phase.js';

export interface SeedOptions {
  readonly clusters: number;
  /** Weight of each row `[count]`; absent: all 1. */
  readonly weights?: Float32Array;
  /** Centroids that are there already `[frozen, dimension]`, the first of the result. */
  readonly given?: Float32Array;
}

/**
 * First centroids `[clusters, dimension]` by greedy k-means++ (Arthur, Vassilvitskii 2007; the greedy choice as in
 * scikit-learn): each next one is drawn with a probability in proportion to the squared distance from those before,
 * 2 + floor(ln clusters) times, and the draw that lowers the sum of squared distances most is kept. Once every row
 * coincides with a centroid, the rest repeat the first. For unit rows the squared distance is twice the cosine distance,
 * so the spherical case is drawn by cosine.
 *
 * Distances are computed by kernels that give the same bits everywhere, and are added up in the order of the rows.
 */
export async function seedCentroids(
  rows: Rows,
  { clusters, weights, given = new Float32Array(0) }: SeedOptions,
  random: Random,
  crew: Crew,
): Promise<Float32Array> {
  const { values, count, dimension } = rows;
  const centroids = new Float32Array(clusters * dimension);
  const trials = Math.min(mostCandidates, 2 + Math.floor(Math.log(clusters)));
  const state: SeedState = {
    count,
    dimension,
    values: shared(values, crew),
    weights: weights && shared(weights, crew),
    closest: new Float32Array(crew.allocate(count * 4)).fill(3e38),
    after: new Float32Array(crew.allocate(Math.min(trials, clusters) * count * 4)),
    potentials: new Float64Array(crew.allocate(Math.ceil(count / blockRows) * mostCandidates * 8)),
    counters: new Int32Array(crew.allocate(4)),
  };
  centroids.set(given);
  let taken = given.length / dimension;
  let chosen = -1;
  for (let c = 0; c < taken; c++) {
    await crew.run({ kind: 'seed', state, points: row(given, dimension, c), chosen });
    chosen = 0;
  }
  let candidates = taken > 0 ? drawFrom(state, chosen, trials, random) : [first(count, weights, random)];
  while (taken < clusters && candidates.length > 0) {
    const points = takeRows(values, dimension, candidates);
    await crew.run({ kind: 'seed', state, points, chosen });
    const potentials = candidates.map((_, c) => potentialOf(state, c));
    chosen = potentials.indexOf(Math.min(...potentials));
    centroids.set(row(points, dimension, chosen), taken++ * dimension);
    if (taken < clusters) candidates = drawFrom(state, chosen, trials, random);
  }
  for (; taken < clusters; taken++) centroids.copyWithin(taken * dimension, 0, dimension);
  return centroids;
}

/** Any row, by its weight. */
function first(count: number, weights: Float32Array | undefined, random: Random): number {
  return weights === undefined ? random.below(count) : random.weighted(weights);
}

function potentialOf({ potentials }: SeedState, candidate: number): number {
  let sum = 0;
  for (let at = candidate; at < potentials.length; at += mostCandidates) sum += potentials[at];
  return sum;
}

/** `trials` rows, drawn independently in proportion to their distances after a candidate; none if all are zero. */
function drawFrom(
  { count, weights, after, potentials }: SeedState,
  candidate: number,
  trials: number,
  random: Random,
): number[] {
  const blocks = Math.ceil(count / blockRows);
  const distances = after.subarray(candidate * count, (candidate + 1) * count);
  const weigh = (i: number) => (weights === undefined ? distances[i] : weights[i] * distances[i]);
  const cumulative = new Float64Array(blocks);
  let total = 0;
  for (let block = 0; block < blocks; block++)
    cumulative[block] = total += potentials[block * mostCandidates + candidate];
  if (!(total > 0)) return [];
  return Array.from({ length: trials }, () => {
    const target = random.uniform() * total;
    // The first block whose cumulative sum is above the target, and within it the first such row: never one of zero.
    let low = 0;
    let high = blocks - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle] > target) high = middle;
      else low = middle + 1;
    }
    let left = target - (low === 0 ? 0 : cumulative[low - 1]);
    let last = -1;
    for (let i = low * blockRows; i < Math.min(count, (low + 1) * blockRows); i++) {
      const weight = weigh(i);
      if (!(weight > 0)) continue;
      last = i;
      left -= weight;
      if (left < 0) return i;
    }
    // Rounding may leave a crumb after the last one.
    return last;
  }).filter((row) => row >= 0);
}
