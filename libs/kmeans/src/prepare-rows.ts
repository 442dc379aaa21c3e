import type { Crew } from './crew.js';
import { blockRows, nextBlock } from './run-state.js';
import type { Interrupt, Rows } from './rows.js';

/** How prepared rows lie to the rows as they came: `original = prepared / scale + offset`. */
export interface Preparation {
  /** `[dimension]`; zeros in the spherical case. */
  readonly offset: Float64Array;
  /** A power of two. */
  readonly scale: number;
  /** Squared movement of the centroids, summed, below which Lloyd's iteration stops; in the prepared measure. */
  readonly tolerance: number;
}

/** What the threads share while rows are made ready. */
export interface PrepareState {
  readonly count: number;
  readonly dimension: number;
  /** `[count, dimension]`, changed in place. */
  readonly values: Float32Array;
  /** `[count]`, filled in. */
  readonly squaredNorms: Float64Array;
  /** The first row `[dimension]`: sums are of differences from it, so that equal rows have none. */
  readonly origin: Float64Array;
  /** Of each block and column: sum of differences, least and largest component `[blocks, dimension]`. */
  readonly sums: Float64Array;
  readonly least: Float32Array;
  readonly most: Float32Array;
  /** Of each block: sum of squared differences `[blocks]`. */
  readonly squares: Float64Array;
  readonly counters: Int32Array;
}

/**
 * Makes rows `[count, dimension]` ready for k-means, in place. Spherical: each row to unit norm (zeros stay zeros);
 * the squared Euclidean distance of two such rows is twice their cosine distance, so that everything after this step
 * is the same for both measures. Euclidean: columns are centred, as in scikit-learn, because the distances are
 * computed from inner products, which lose their precision far from the origin; and scaled by a power of two, which
 * is exact, so that no square overflows.
 *
 * Blocks are added up in their order: the result is the same for any number of threads.
 * @param tol scikit-learn's: times the mean variance of the columns
 */
export async function prepare(
  values: Float32Array,
  dimension: number,
  spherical: boolean,
  tol: number,
  crew: Crew,
): Promise<{ preparation: Preparation; rows: Rows }> {
  const state = prepareState(values, dimension, (bytes) => crew.allocate(bytes));
  if (spherical) await crew.run({ kind: 'normalize', state });
  state.origin.set(values.subarray(0, dimension));
  await crew.run({ kind: 'survey', state });
  const preparation = conclude(state, spherical, tol);
  const { offset, scale } = preparation;
  await crew.run({ kind: 'rescale', state, offset, scale });
  return { preparation, rows: { values, squaredNorms: state.squaredNorms, count: state.count, dimension } };
}

/** The same in one go, for few rows. */
export function prepareRows(values: Float32Array, dimension: number, spherical: boolean, tol: number): Preparation {
  const state = prepareState(values, dimension, (bytes) => new ArrayBuffer(bytes));
  const all = () => (state.counters[nextBlock] = 0);
  const never = () => {};
  if (spherical) normalizeShare(state, never);
  state.origin.set(values.subarray(0, dimension));
  all();
  surveyShare(state, never);
  const preparation = conclude(state, spherical, tol);
  all();
  rescaleShare(state, preparation.offset, preparation.scale, never);
  return preparation;
}

/** What is shared while these rows are made ready. */
export function prepareState(
  values: Float32Array,
  dimension: number,
  allocate: (bytes: number) => ArrayBuffer | SharedArrayBuffer,
): PrepareState {
  const count = values.length / dimension;
  const blocks = Math.ceil(count / blockRows);
  return {
    count,
    dimension,
    values,
    squaredNorms: new Float64Array(allocate(count * 8)),
    origin: new Float64Array(allocate(dimension * 8)),
    sums: new Float64Array(allocate(blocks * dimension * 8)),
    least: new Float32Array(allocate(blocks * dimension * 4)),
    most: new Float32Array(allocate(blocks * dimension * 4)),
    squares: new Float64Array(allocate(blocks * 8)),
    counters: new Int32Array(allocate(4)),
  };
}

/** Calls `take` with the rows of each block that this thread gets. */
function eachBlock(
  { counters, count }: PrepareState,
  interrupt: Interrupt,
  take: (block: number, start: number, end: number) => void,
): void {
  for (;;) {
    const block = Atomics.add(counters, nextBlock, 1);
    const start = block * blockRows;
    if (start >= count) return;
    interrupt();
    take(block, start, Math.min(count, start + blockRows));
  }
}

/** Rows to unit norm; zeros stay zeros. */
export function normalizeShare(state: PrepareState, interrupt: Interrupt): void {
  const { values, dimension } = state;
  eachBlock(state, interrupt, (_, start, end) => {
    for (let i = start, from = start * dimension; i < end; i++, from += dimension) {
      let square = 0;
      for (let at = from; at < from + dimension; at++) square += values[at] * values[at];
      if (square === 0) continue;
      const size = Math.sqrt(square);
      for (let at = from; at < from + dimension; at++) values[at] /= size;
    }
  });
}

/** Sums, least and largest of the columns. */
export function surveyShare(state: PrepareState, interrupt: Interrupt): void {
  const { values, dimension, origin } = state;
  eachBlock(state, interrupt, (block, start, end) => {
    const sums = new Float64Array(dimension);
    const least = new Float32Array(dimension).fill(Infinity);
    const most = new Float32Array(dimension).fill(-Infinity);
    let squares = 0;
    for (let i = start, at = start * dimension; i < end; i++)
      for (let j = 0; j < dimension; j++, at++) {
        const value = values[at];
        const difference = value - origin[j];
        sums[j] += difference;
        squares += difference * difference;
        if (value < least[j]) least[j] = value;
        if (value > most[j]) most[j] = value;
      }
    state.sums.set(sums, block * dimension);
    state.least.set(least, block * dimension);
    state.most.set(most, block * dimension);
    state.squares[block] = squares;
  });
}

/** Offset, scale and tolerance from what the survey found. */
export function conclude(state: PrepareState, spherical: boolean, tol: number): Preparation {
  const { count, dimension, origin, sums, least, most, squares } = state;
  const means = new Float64Array(dimension);
  for (let at = 0; at < sums.length; at++) means[at % dimension] += sums[at];
  let variance = squares.reduce((sum, square) => sum + square, 0) / count;
  for (let j = 0; j < dimension; j++) {
    means[j] /= count;
    variance -= means[j] * means[j];
  }
  const tolerance = (tol * Math.max(0, variance)) / dimension;
  if (spherical) return { offset: new Float64Array(dimension), scale: 1, tolerance };
  const offset = means.map((mean, j) => origin[j] + mean);
  let largest = 0;
  for (let at = 0; at < sums.length; at++) {
    const centre = offset[at % dimension];
    largest = Math.max(largest, most[at] - centre, centre - least[at]);
  }
  // The power of two that brings the largest deviation into [0.5, 1].
  const scale = largest === 0 ? 1 : 2 ** -Math.ceil(Math.log2(largest));
  return { offset, scale, tolerance: tolerance * scale ** 2 };
}

/** Moves and scales rows, and takes their norms. */
export function rescaleShare(state: PrepareState, offset: Float64Array, scale: number, interrupt: Interrupt): void {
  const { values, dimension, squaredNorms } = state;
  const moves = scale !== 1 || offset.some((value) => value !== 0);
  eachBlock(state, interrupt, (_, start, end) => {
    for (let i = start, at = start * dimension; i < end; i++) {
      let square = 0;
      for (let j = 0; j < dimension; j++, at++) {
        if (moves) values[at] = (values[at] - offset[j]) * scale;
        square += values[at] * values[at];
      }
      squaredNorms[i] = square;
    }
  });
}
