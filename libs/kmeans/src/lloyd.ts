import type { Crew } from './crew.js';
import { relocateEmpty } from './empty-clusters.js';
import type { Rows } from './rows.js';
import {
  blockRows,
  changedLabels,
  counterCount,
  gridMagic,
  groupingOf,
  keepsBytes,
  lookAtFew,
  lookedRows,
  paddedGroups,
  settledRows,
  sparseRows,
  step,
  strideOf,
  type RunState,
} from './run-state.js';

export interface LloydOptions {
  readonly maxIter: number;
  /** Stop when the squared movement of all centroids together is at most this. */
  readonly tolerance: number;
  /** Centroids are scaled to unit norm after each step. */
  readonly spherical: boolean;
  /** Weight of each row `[count]`, not negative; absent: all 1. */
  readonly weights?: Float32Array;
  /** Centroids that keep their place: the first so many. They take rows like the others. */
  readonly frozen?: number;
  /** Whether bounds skip rows; the result is the same without [true]. */
  readonly pruning?: boolean;
  /** At least the largest component of a row [the largest norm]; 1 for prepared rows. */
  readonly largest?: number;
  /** Told after each iteration. */
  readonly onIteration?: (iteration: Iteration) => void;
}

/** What an iteration did. */
export interface Iteration {
  readonly iteration: number;
  readonly changed: number;
  /** Rows that bounds settled, and those that were compared with few centroids only. */
  readonly settled: number;
  readonly sparse: number;
  /** Squared movement of all centroids together. */
  readonly moved: number;
}

export interface Clustering {
  /** `[clusters, dimension]`, in the measure of the prepared rows. */
  readonly centroids: Float32Array;
  /** Index of the nearest centroid of each row `[count]`. */
  readonly labels: Int32Array;
  /** Sum of squared distances of the rows to their centroids, weighted. */
  readonly inertia: number;
  readonly iterations: number;
}

/** Bounds are asked first where they spare this share of the rows the products. */
const worthLooking = 0.2;

let runs = 0;

/**
 * Lloyd's algorithm from the given centroids `[clusters, dimension]`: assign each row to its nearest centroid, move
 * each centroid to the mean of its rows, until no label changes, the centroids hardly move, or `maxIter` is reached.
 *
 * The result is the same bit for bit for any number of threads, with and without bounds: labels are those of an exact
 * comparison, sums are exact, and what is rounded is rounded in a fixed order.
 */
export async function lloyd(rows: Rows, start: Float32Array, options: LloydOptions, crew: Crew): Promise<Clustering> {
  const state = await startRun(rows, start, options, crew);
  const { counters, clusters } = state;
  let iterations = 0;
  let unchanged = false;
  let moved = Infinity;
  for (let settled = false; !settled && iterations < options.maxIter; iterations++) {
    await assign(state, crew);
    unchanged = counters[changedLabels] === 0;
    await crew.run({ kind: 'update', state });
    await relocateEmpty(state, crew);
    moved = 0;
    for (let j = 0; j < clusters; j++) moved += state.drift[j] ** 2;
    options.onIteration?.({
      iteration: iterations + 1,
      changed: counters[changedLabels],
      settled: counters[settledRows],
      sparse: counters[sparseRows],
      moved,
    });
    settled = unchanged || moved <= options.tolerance;
    takeStep(state);
  }
  // The last move may have changed who is nearest.
  if (!unchanged || moved > 0) await assign(state, crew);
  await crew.run({ kind: 'measure', state });
  return { ...finishRun(state), iterations };
}

/** Labels of all rows, and what they change in the sums. */
export async function assign(state: RunState, crew: Crew): Promise<void> {
  state.counters[changedLabels] = 0;
  state.counters[settledRows] = 0;
  state.counters[sparseRows] = 0;
  state.counters[lookedRows] = 0;
  await crew.run({ kind: 'assign', state });
  const { counters } = state;
  const spared = counters[settledRows] + counters[sparseRows] / 2;
  counters[lookAtFew] = spared < worthLooking * counters[lookedRows] ? 1 : 0;
}

/** All that the threads share, before the first assignment. */
export async function startRun(rows: Rows, start: Float32Array, options: LloydOptions, crew: Crew): Promise<RunState> {
  const { count, dimension } = rows;
  const clusters = start.length / dimension;
  const { groups, groupSize } = groupingOf(clusters, dimension);
  const pruning = options.pruning ?? true;
  const keeps = options.maxIter > 1 && keepsBytes(count, dimension);
  const float32 = (length: number) => new Float32Array(crew.allocate(length * 4));
  const float64 = (length: number) => new Float64Array(crew.allocate(length * 8));
  const int32 = (length: number) => new Int32Array(crew.allocate(length * 4));
  const state: RunState = {
    id: ++runs,
    count,
    dimension,
    clusters,
    values: shared(rows.values, crew),
    weights: options.weights && shared(options.weights, crew),
    groupSize,
    groups,
    names: int32(clusters),
    frozen: new Uint8Array(crew.allocate(clusters)),
    spherical: options.spherical,
    shift: float32(dimension),
    magic: gridMagic(totalWeight(count, options.weights), options.largest ?? largestNorm(rows)),
    labels: int32(count).fill(-1),
    uppers: float32(pruning ? count : 0),
    bounds: float32(pruning ? count * paddedGroups(groups) : 0),
    quantized: keeps ? new Uint8Array(crew.allocate(count * strideOf(dimension))) : undefined,
    quantizedMeta: keeps ? float32(count * 4) : undefined,
    centroids: float32(clusters * dimension),
    next: float32(clusters * dimension),
    versions: int32(clusters).fill(1),
    moved: float64(clusters),
    groupMoved: float32(paddedGroups(groups)),
    drift: float64(clusters),
    sums: float64(clusters * dimension),
    mass: float64(clusters),
    sizes: int32(clusters),
    slots: crew.slots,
    sumChanges: float64(crew.slots * clusters * dimension),
    massChanges: float64(crew.slots * clusters),
    sizeChanges: int32(crew.slots * clusters),
    touched: new Uint8Array(crew.allocate(crew.slots * clusters)),
    blockInertia: float64(Math.ceil(count / blockRows)),
    counters: int32(counterCount),
    pruning,
  };
  await crew.run({ kind: 'order', state, start, frozen: options.frozen ?? 0 });
  return state;
}

/** The same numbers in memory that the whole crew sees. */
export function shared(values: Float32Array, crew: Crew): Float32Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const memory = crew.allocate(values.byteLength);
  if (!(memory instanceof SharedArrayBuffer)) return values;
  const copy = new Float32Array(memory);
  copy.set(values);
  return copy;
}

/** Moves the centroids to where the update found they go. */
export function takeStep(state: RunState): void {
  const { clusters, dimension, groupSize, groupMoved } = state;
  const farthest = new Float64Array(groupMoved.length);
  for (let j = 0; j < clusters; j++) {
    if (state.drift[j] === 0) continue;
    const from = j * dimension;
    state.centroids.set(state.next.subarray(from, from + dimension), from);
    state.versions[j]++;
    state.moved[j] += state.drift[j];
    const group = Math.floor(j / groupSize);
    farthest[group] = Math.max(farthest[group], state.drift[j]);
  }
  farthest.forEach((way, group) => {
    if (way > 0) groupMoved[group] = (groupMoved[group] + way) * (1 + 2 ** -22);
  });
  state.counters[step]++;
}

/** The centroids in the caller's order. */
export function centroidsOf({ names, dimension, centroids }: RunState): Float32Array {
  const ordered = new Float32Array(centroids.length);
  names.forEach((name, position) =>
    ordered.set(centroids.subarray(position * dimension, (position + 1) * dimension), name * dimension),
  );
  return ordered;
}

/** The result in the order of the caller's centroids. */
function finishRun(state: RunState): Omit<Clustering, 'iterations'> {
  const { names } = state;
  const centroids = centroidsOf(state);
  const labels = new Int32Array(state.count);
  for (let i = 0; i < labels.length; i++) labels[i] = names[state.labels[i]];
  return { centroids, labels, inertia: state.blockInertia.reduce((sum, block) => sum + block, 0) };
}

function totalWeight(count: number, weights: Float32Array | undefined): number {
  return weights === undefined ? count : weights.reduce((sum, weight) => sum + weight, 0);
}

function largestNorm({ squaredNorms }: Rows): number {
  let most = 0;
  for (let i = 0; i < squaredNorms.length; i++) most = Math.max(most, squaredNorms[i]);
  return Math.sqrt(most);
}

/** Index of the nearest of `centroids [clusters, dimension]` for each row `[count]`, exactly; the lowest among equals. */
export async function nearestCentroids(rows: Rows, centroids: Float32Array, crew: Crew): Promise<Int32Array> {
  const state = await startRun(rows, centroids, { maxIter: 0, tolerance: 0, spherical: false, pruning: false }, crew);
  await assign(state, crew);
  return finishRun(state).labels;
}

/** The nearest of `centroids [clusters, dimension]` for each row, and the squared distance to it: `[count]` each. */
export async function measureNearest(
  rows: Rows,
  centroids: Float32Array,
  crew: Crew,
): Promise<{ labels: Int32Array; distances: Float64Array }> {
  const state = await startRun(rows, centroids, { maxIter: 0, tolerance: 0, spherical: false, pruning: false }, crew);
  await assign(state, crew);
  const distances = new Float64Array(crew.allocate(rows.count * 8));
  await crew.run({ kind: 'measure', state, distances });
  return { labels: finishRun(state).labels, distances };
}
