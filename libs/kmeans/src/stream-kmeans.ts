import { Random } from '@cairn/numerics';
import type { Crew } from './crew.js';
import { fitKMeans, prepared } from './fit-kmeans.js';
import { assign, centroidsOf, startRun, takeStep } from './lloyd.js';
import { conclude, prepareState, type Preparation } from './prepare-rows.js';
import { ClusteringRefusal } from './refusal.js';
import { blockRows, gridMagic, type RunState } from './run-state.js';

/** Vectors that do not fit into memory, or should not: they can be passed over several times, in the same order. */
export interface VectorSource {
  readonly dimension: number;
  /** One pass: `[rows, dimension]` at a time, any number of rows. */
  blocks(): AsyncIterable<Float32Array>;
}

export interface StreamOptions {
  readonly clusters: number;
  /** [42] */
  readonly seed?: number;
  readonly spherical?: boolean;
  /** [1e-4] */
  readonly tol?: number;
  /** Most passes over the source [100]. */
  readonly maxPasses?: number;
  /** Mini-batch k-means (Sculley 2010): centroids move after every window, by all rows seen so far [false]. */
  readonly miniBatch?: boolean;
  /** First centroids `[clusters, dimension]`; absent: k-means of a sample of the rows. */
  readonly init?: Float32Array;
  /** Restarts on that sample [1]. */
  readonly restarts?: number;
  readonly onPass?: (pass: { readonly pass: number; readonly rows: number; readonly moved: number }) => void;
}

export interface StreamClustering {
  /** `[clusters, dimension]`, in the measure of the vectors as they came (unit norm in the spherical case). */
  readonly centroids: Float32Array;
  readonly sizes: Int32Array;
  readonly inertia: number;
  readonly passes: number;
  readonly rows: number;
  /** One more pass: cluster of each row, in their order. */
  labels(): AsyncGenerator<Int32Array>;
}

/** Rows in memory at a time: enough for all threads. */
const windowBlocks = 16;
const windowRows = windowBlocks * blockRows;

/** Rows of the sample that gives the first centroids, for each cluster and at least. */
const sampleRows = 32;
const leastSample = 8192;

/**
 * k-means of a source, in memory that depends on clusters and dimension only. From the same first centroids Lloyd's
 * passes give the same centroids, bit for bit, as fitKMeans has them of the rows in memory, however the source cuts its
 * blocks. Clusters that lose all their rows stay where they are.
 * @throws ClusteringRefusal as fitKMeans does
 */
export async function streamKMeans(
  source: VectorSource,
  options: StreamOptions,
  crew: Crew,
): Promise<StreamClustering> {
  const { dimension } = source;
  const { clusters, spherical = false, tol = 1e-4, seed = 42, maxPasses = 100, miniBatch = false } = options;
  if (!(Number.isInteger(clusters) && clusters >= 2))
    throw new ClusteringRefusal('clusters', `clusters must be a whole number above 1; got ${clusters}.`);
  const surveyed = await survey(source, spherical, tol, Math.max(leastSample, sampleRows * clusters), seed, crew);
  const { preparation, count } = surveyed;
  if (clusters > count)
    throw new ClusteringRefusal('clusters', `${clusters} clusters cannot be made from ${count} vectors.`);
  const init =
    options.init ??
    (await fitKMeans(surveyed.sample, dimension, { clusters, seed, spherical, tol, restarts: options.restarts }, crew))
      .centroids;
  const start = prepared(init, dimension, spherical, preparation);
  const state = await windowState(start, dimension, spherical, count, crew);

  const pass = async (take: (labels: Int32Array, rows: number) => Promise<void>) => {
    for await (const rows of windows(source, state.values, spherical)) {
      rescale(state.values, rows * dimension, preparation);
      state.labels.fill(-1);
      // The last window may be short; rows behind it are left out by their count.
      const part: RunState = { ...state, count: rows };
      await assign(part, crew);
      await take(part.labels.subarray(0, rows), rows);
    }
  };
  const update = async () => {
    await crew.run({ kind: 'update', state });
    let moved = 0;
    for (let j = 0; j < clusters; j++) moved += state.drift[j] ** 2;
    return moved;
  };
  const forget = () => {
    state.sums.fill(0);
    state.mass.fill(0);
    state.sizes.fill(0);
  };

  let passes = 0;
  let before = NaN;
  for (let settled = false; !settled && passes < maxPasses; passes++) {
    let hash = 0;
    let moved = 0;
    if (!miniBatch) forget();
    await pass(async (labels) => {
      for (let i = 0; i < labels.length; i++) hash = (Math.imul(hash ^ labels[i], 0x9e3779b1) + 0x7f4a7c15) | 0;
      const step = await update();
      moved = miniBatch ? moved + step : step;
      if (miniBatch) takeStep(state);
    });
    settled = hash === before || moved <= preparation.tolerance;
    before = hash;
    if (!miniBatch) takeStep(state);
    options.onPass?.({ pass: passes + 1, rows: count, moved });
  }

  forget();
  let inertia = 0;
  await pass(async (_, rows) => {
    await update();
    await crew.run({ kind: 'measure', state: { ...state, count: rows } });
    for (let block = 0; block * blockRows < rows; block++) inertia += state.blockInertia[block];
  });
  const sizes = new Int32Array(clusters);
  state.names.forEach((name, position) => (sizes[name] = state.sizes[position]));
  const { offset, scale } = preparation;
  return {
    centroids: centroidsOf(state).map((value, at) => value / scale + offset[at % dimension]),
    sizes,
    inertia: inertia / scale ** 2,
    passes,
    rows: count,
    async *labels() {
      for await (const rows of windows(source, state.values, spherical)) {
        rescale(state.values, rows * dimension, preparation);
        state.labels.fill(-1);
        await assign({ ...state, count: rows }, crew);
        yield state.labels.subarray(0, rows).map((position) => state.names[position]);
      }
    },
  };
}

/** A run over a window: its rows change, its labels are forgotten. Sums take in every row that is labelled. */
async function windowState(
  start: Float32Array,
  dimension: number,
  spherical: boolean,
  count: number,
  crew: Crew,
): Promise<RunState> {
  const values = new Float32Array(crew.allocate(windowRows * dimension * 4));
  const rows = { values, squaredNorms: new Float64Array(windowRows), count: windowRows, dimension };
  const options = { maxIter: 0, tolerance: 0, spherical, pruning: false, largest: 1 };
  const state = await startRun(rows, start, options, crew);
  // Rows are at most 1 in each component: the preparation sees to it.
  return { ...state, magic: gridMagic(count, 1) };
}

/** Fills `values [windowRows, dimension]` again and again; gives how many rows are in it. */
async function* windows(source: VectorSource, values: Float32Array, spherical: boolean): AsyncGenerator<number> {
  const { dimension } = source;
  let filled = 0;
  for await (const block of source.blocks()) {
    if (block.length % dimension !== 0)
      throw new ClusteringRefusal(
        'dimension',
        `A block has ${block.length} components: no whole number of vectors of dimension ${dimension}.`,
      );
    for (let at = 0; at < block.length;) {
      const taken = Math.min(block.length - at, values.length - filled);
      values.set(block.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled < values.length) continue;
      if (spherical) normalize(values, filled, dimension);
      yield filled / dimension;
      filled = 0;
    }
  }
  if (filled === 0) return;
  if (spherical) normalize(values, filled, dimension);
  yield filled / dimension;
}

function normalize(values: Float32Array, end: number, dimension: number): void {
  for (let from = 0; from < end; from += dimension) {
    let square = 0;
    for (let at = from; at < from + dimension; at++) square += values[at] * values[at];
    const size = Math.sqrt(square);
    if (size > 0) for (let at = from; at < from + dimension; at++) values[at] /= size;
  }
}

function rescale(values: Float32Array, end: number, { offset, scale }: Preparation): void {
  if (scale === 1 && offset.every((value) => value === 0)) return;
  for (let at = 0, j = 0; at < end; at++) {
    values[at] = (values[at] - offset[j]) * scale;
    if (++j === offset.length) j = 0;
  }
}

/** The first pass: how rows are to be prepared, as `prepare` has it, and some of them, drawn by the seed. */
async function survey(
  source: VectorSource,
  spherical: boolean,
  tol: number,
  sampled: number,
  seed: number,
  crew: Crew,
): Promise<{ preparation: Preparation; count: number; sample: Float32Array }> {
  const { dimension } = source;
  const random = new Random(seed);
  const window = new Float32Array(crew.allocate(windowRows * dimension * 4));
  const sample = new Float32Array(crew.allocate(sampled * dimension * 4));
  const allocate = (bytes: number) => crew.allocate(bytes);
  const total = prepareState(new Float32Array(dimension), dimension, allocate);
  total.least.fill(Infinity);
  total.most.fill(-Infinity);
  let count = 0;
  for await (const rows of windows(source, window, spherical)) {
    const values = window.subarray(0, rows * dimension);
    for (let at = 0; at < values.length; at++)
      if (!Number.isFinite(values[at]))
        throw new ClusteringRefusal(
          'vectors',
          `Component ${at % dimension} of vector ${count + Math.floor(at / dimension)} is ${values[at]}.`,
        );
    if (count === 0) total.origin.set(values.subarray(0, dimension));
    const part = { ...prepareState(values, dimension, allocate), origin: total.origin };
    await crew.run({ kind: 'survey', state: part });
    for (let at = 0; at < part.sums.length; at++) {
      const j = at % dimension;
      total.sums[j] += part.sums[at];
      total.least[j] = Math.min(total.least[j], part.least[at]);
      total.most[j] = Math.max(total.most[j], part.most[at]);
    }
    for (const square of part.squares) total.squares[0] += square;
    for (let i = 0; i < rows; i++, count++) {
      // Vitter's reservoir: each row is in the sample with the same probability.
      const place = count < sampled ? count : random.below(count + 1);
      if (place < sampled) sample.set(values.subarray(i * dimension, (i + 1) * dimension), place * dimension);
    }
  }
  if (count < 2) throw new ClusteringRefusal('vectors', `Clusters need at least 2 vectors; got ${count}.`);
  const preparation = conclude({ ...total, count }, spherical, tol);
  const taken = new Float32Array(crew.allocate(Math.min(count, sampled) * dimension * 4));
  taken.set(sample.subarray(0, taken.length));
  return { preparation, count, sample: taken };
}
