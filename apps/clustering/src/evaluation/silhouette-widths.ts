import type { Interrupt, Rows } from '@cairn/kmeans';
import { dot, row } from '@cairn/numerics';
import { PairwiseDistances, type Points } from '../distances/pairwise.js';
import { IntList } from './int-list.js';

/** Rows compared with points at once, and points that they are compared with. */
const blockRows = 512;
const tilePoints = 4096;

/** Clusters of at most this many rows are compared in double precision, pair by pair. */
const fewRows = 32;

/** Bounds are widened by this share, for what float32 rounds. */
const slack = 1e-3;

/**
 * The silhouette width of each row looked at, (b - a) / max(a, b): a and b are the mean distances of the row to the
 * others of its cluster and to those of the nearest other cluster; 0 for a row that is alone. Rousseeuw 1987.
 * @param labels cluster of each row `[count]`; -1 for rows that count nowhere
 * @param members rows of each cluster, none of them empty
 * @param looked rows to look at, none of them labelled -1
 */
export async function silhouetteWidths(
  rows: Rows,
  labels: Int32Array,
  members: readonly Int32Array[],
  looked: Int32Array,
  spherical: boolean,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
): Promise<Float64Array> {
  const widths = new Float64Array(looked.length);
  if (members.length < 2) return widths;
  const find = spherical ? meanCosines : meanEuclidean;
  const { own, other } = await find(rows, labels, members, looked, pairwise, interrupt);
  looked.forEach((i, at) => {
    const larger = Math.max(own[at], other[at]);
    widths[at] = members[labels[i]].length === 1 || larger === 0 ? 0 : (other[at] - own[at]) / larger;
  });
  return widths;
}

/** Mean distances of each row looked at to its own cluster and to the nearest other one `[looked]`. */
interface MeanDistances {
  readonly own: Float64Array;
  readonly other: Float64Array;
}

interface ClusterMean {
  readonly size: number;
  /** `[dimension]`. */
  readonly mean: Float32Array;
  /** Mean squared distance of the members to it. */
  readonly variance: number;
  /** Standard deviation of those squared distances. */
  readonly deviation: number;
  /** Length of the mean of (y - m) |y - m|² over members y: how skewed they lie. */
  readonly skew: number;
  /** At least the largest eigenvalue of the members' covariance. */
  spread: number;
}

function describe({ values, dimension }: Rows, members: Int32Array): ClusterMean {
  const sums = new Float64Array(dimension);
  for (const i of members) for (let j = 0, at = i * dimension; j < dimension; j++, at++) sums[j] += values[at];
  const mean = Float32Array.from(sums, (sum) => sum / members.length);
  let first = 0;
  let second = 0;
  const third = new Float64Array(dimension);
  for (const i of members) {
    let squared = 0;
    for (let j = 0, at = i * dimension; j < dimension; j++, at++) squared += (values[at] - mean[j]) ** 2;
    first += squared;
    second += squared * squared;
    for (let j = 0, at = i * dimension; j < dimension; j++, at++) third[j] += (values[at] - mean[j]) * squared;
  }
  const variance = first / members.length;
  const deviation = Math.sqrt(Math.max(0, second / members.length - variance * variance));
  const skew = Math.sqrt(dot(third, third)) / members.length;
  return { size: members.length, mean, variance, deviation, skew, spread: variance };
}

/** The means as points of a graph, with their squared norms or with 1 for 1 - cosine. */
function meansAsPoints(means: readonly ClusterMean[], dimension: number, spherical: boolean): Points {
  const values = new Float32Array(means.length * dimension);
  means.forEach(({ mean }, cluster) => values.set(mean, cluster * dimension));
  return {
    values,
    count: means.length,
    dimension,
    bias: Float32Array.from(means, ({ mean }) => (spherical ? 1 : dot(mean, mean))),
  };
}

/** 1 - cosine: its mean over a cluster is its value for the cluster's mean, so one product with the means is enough. */
async function meanCosines(
  rows: Rows,
  labels: Int32Array,
  members: readonly Int32Array[],
  looked: Int32Array,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
): Promise<MeanDistances> {
  const { values, dimension, squaredNorms } = rows;
  const means = members.map((indices) => describe(rows, indices));
  const points = meansAsPoints(means, dimension, true);
  const own = new Float64Array(looked.length);
  const other = new Float64Array(looked.length);
  for (let start = 0; start < looked.length; start += blockRows) {
    interrupt();
    const chosen = looked.subarray(start, start + blockRows);
    const block = gather(rows, chosen, undefined);
    const found = await pairwise.nearest('cosine', block, points, 2);
    chosen.forEach((i, at) => {
      const { mean, size } = means[labels[i]];
      // Rounding may leave a crumb below zero between equal rows.
      const product = size * dot(row(values, dimension, i), mean) - squaredNorms[i];
      own[start + at] = size === 1 ? 0 : Math.max(0, 1 - product / (size - 1));
      const nearest = found.indices[2 * at] === labels[i] ? 1 : 0;
      other[start + at] = Math.max(0, found.values[2 * at + nearest]);
    });
  }
  return { own, other };
}

/**
 * Euclidean distances. To which other cluster the mean distance is least follows for most clusters from bounds: with m
 * the cluster's mean, v the mean squared distance to it and u = |x - m|² + v, the mean distance of x is at most √u
 * (Jensen), and at least |x - m| (Jensen) and √u - s² / (2 u^1.5), where s² is the variance of the squared distances to x. (√z is
 * at least its tangent at u less (z - u)² / (2 u^1.5), for all z >= 0.) That variance is at most that of |y - m|² plus
 * 4 |x - m|² spread + 4 |x - m| skew.
 * A row is compared with the members of its own cluster and of those that the bounds leave.
 */
async function meanEuclidean(
  rows: Rows,
  labels: Int32Array,
  members: readonly Int32Array[],
  looked: Int32Array,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
): Promise<MeanDistances> {
  const { dimension } = rows;
  const means = members.map((indices) => describe(rows, indices));
  if (looked.length > 4 * dimension) await sharpen(rows, members, means, pairwise, interrupt);
  const points = meansAsPoints(means, dimension, false);
  const clusters = members.length;
  const own = new Float64Array(looked.length);
  const other = new Float64Array(looked.length).fill(Infinity);
  // Of each cluster: rows (by their place) that must be compared with it, and the bound that made it so.
  const likely = members.map(() => new IntList());
  const possible = members.map(() => ({ rows: new IntList(), bounds: [] as number[] }));
  const lower = new Float64Array(clusters);
  for (let start = 0; start < looked.length; start += blockRows) {
    interrupt();
    const chosen = looked.subarray(start, start + blockRows);
    const squared = await pairwise.squared(gather(rows, chosen, undefined), points);
    for (let at = 0; at < chosen.length; at++) {
      const label = labels[chosen[at]];
      let least = Infinity;
      let likeliest = -1;
      for (let c = 0; c < clusters; c++) {
        if (c === label) continue;
        const { variance, deviation, skew, spread } = means[c];
        const toMean = Math.sqrt(squared[at * clusters + c]);
        const u = squared[at * clusters + c] + variance;
        const root = Math.sqrt(u);
        const varied = deviation * deviation + 4 * squared[at * clusters + c] * spread + 4 * toMean * skew;
        lower[c] = Math.max(toMean, u === 0 ? 0 : root - varied / (2 * u * root)) * (1 - slack);
        if (root < least) [least, likeliest] = [root, c];
      }
      likely[label].push(start + at);
      likely[likeliest].push(start + at);
      for (let c = 0; c < clusters; c++)
        if (c !== label && c !== likeliest && lower[c] <= least * (1 + slack)) {
          possible[c].rows.push(start + at);
          possible[c].bounds.push(lower[c]);
        }
    }
  }
  for (let c = 0; c < clusters; c++) {
    const take = (place: number, sum: number) => {
      if (labels[looked[place]] === c) own[place] = sum / Math.max(1, members[c].length - 1);
      else other[place] = Math.min(other[place], sum / members[c].length);
    };
    await distanceSums(rows, members[c], means[c].mean, looked, likely[c].view(), pairwise, interrupt, take);
  }
  for (let c = 0; c < clusters; c++) {
    const { rows: waiting, bounds } = possible[c];
    // The likeliest cluster may have turned out near enough to rule this one out.
    const left = waiting.view().filter((place, at) => bounds[at] < other[place]);
    await distanceSums(rows, members[c], means[c].mean, looked, left, pairwise, interrupt, (place, sum) => {
      other[place] = Math.min(other[place], sum / members[c].length);
    });
  }
  return { own, other };
}

/** Looks for the largest eigenvalue of each covariance, of which so far the trace is the bound. */
async function sharpen(
  rows: Rows,
  members: readonly Int32Array[],
  means: readonly ClusterMean[],
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
): Promise<void> {
  for (const [cluster, indices] of members.entries()) {
    if (indices.length <= fewRows) continue;
    interrupt();
    const mean = means[cluster];
    let norm = 0;
    for (let start = 0; start < indices.length; start += 4 * tilePoints) {
      const part = gather(rows, indices.subarray(start, start + 4 * tilePoints), mean.mean);
      norm += await pairwise.gramBound(part.values, rows.dimension);
    }
    mean.spread = Math.min(mean.variance, (norm / indices.length) * (1 + slack));
  }
}

/** Hands over the sum of the distances of each of `places` (rows of `looked`) to the members of a cluster. */
async function distanceSums(
  rows: Rows,
  members: Int32Array,
  mean: Float32Array,
  looked: Int32Array,
  places: Int32Array,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
  take: (place: number, sum: number) => void,
): Promise<void> {
  if (places.length === 0) return;
  const { values, dimension } = rows;
  if (members.length <= fewRows) {
    interrupt();
    for (const place of places) {
      const at = looked[place] * dimension;
      let sum = 0;
      for (const member of members) {
        let squared = 0;
        for (let j = 0, to = member * dimension; j < dimension; j++) squared += (values[at + j] - values[to + j]) ** 2;
        sum += Math.sqrt(squared);
      }
      take(place, sum);
    }
    return;
  }
  const sums = new Float64Array(places.length);
  for (let tile = 0; tile < members.length; tile += tilePoints) {
    // Distances from inner products are the more precise the nearer the origin is.
    const part = gather(rows, members.subarray(tile, tile + tilePoints), mean);
    const points = { values: part.values, count: part.size, dimension, bias: part.norms };
    for (let start = 0; start < places.length; start += blockRows) {
      interrupt();
      const chosen = Int32Array.from(places.subarray(start, start + blockRows), (place) => looked[place]);
      const found = await pairwise.sums(gather(rows, chosen, mean), points);
      for (let at = 0; at < chosen.length; at++) sums[start + at] += found[at];
    }
  }
  places.forEach((place, at) => take(place, sums[at]));
}

/** Copies rows, less an origin `[dimension]` where one is given, with their squared norms. */
function gather(
  { values, dimension }: Rows,
  indices: Int32Array,
  origin: Float32Array | undefined,
): { values: Float32Array; norms: Float32Array; size: number } {
  const taken = new Float32Array(indices.length * dimension);
  const norms = new Float32Array(indices.length);
  for (let i = 0, to = 0; i < indices.length; i++) {
    let sum = 0;
    for (let j = 0, at = indices[i] * dimension; j < dimension; j++, at++, to++) {
      const value = origin === undefined ? values[at] : values[at] - origin[j];
      taken[to] = value;
      sum += taken[to] * taken[to];
    }
    norms[i] = sum;
  }
  return { values: taken, norms, size: indices.length };
}
