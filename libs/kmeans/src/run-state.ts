/**
 * What the threads of one k-means run share. All arrays lie in shared memory (or belong to one thread alone), so that
 * sending the state to a thread copies nothing.
 *
 * Inside a run, centroids have positions: neighbours lie side by side, in groups of `groupSize`. `names` tells which
 * centroid of the caller's a position is.
 */
export interface RunState {
  readonly id: number;
  readonly count: number;
  readonly dimension: number;
  readonly clusters: number;
  /** `[count, dimension]`, prepared. */
  readonly values: Float32Array;
  /** `[count]`, not negative; absent: all 1. */
  readonly weights: Float32Array | undefined;
  readonly groupSize: number;
  readonly groups: number;
  /** Caller's index of each position `[clusters]`. */
  readonly names: Int32Array;
  /** Whether the centroid at a position keeps its place `[clusters]`. */
  readonly frozen: Uint8Array;
  readonly spherical: boolean;
  /** Subtracted from rows and centroids before they are rounded to bytes `[dimension]`. */
  readonly shift: Float32Array;
  /** See gridMagic. */
  readonly magic: number;
  /** Position of the nearest centroid of each row `[count]`; -1 before the first assignment. */
  readonly labels: Int32Array;
  /** With `moved` of the label added: at least the distance of each row to its centroid `[count]`. */
  readonly uppers: Float32Array;
  /** With `groupMoved` subtracted: at most the distance of each row to any other centroid of a group `[count, paddedGroups]`. */
  readonly bounds: Float32Array;
  /** Rows as bytes and what belongs to them, see the kernel quantizeRows `[count, stride]`, `[count, 4]`; absent: made anew each time. */
  readonly quantized: Uint8Array | undefined;
  readonly quantizedMeta: Float32Array | undefined;
  /** `[clusters, dimension]`, by position. */
  readonly centroids: Float32Array;
  /** The centroids after the next step; `centroids` becomes them when the step is taken. */
  readonly next: Float32Array;
  /** The step at which each centroid changed last `[clusters]`; counts from 1. */
  readonly versions: Int32Array;
  /** At least the way that each centroid went so far `[clusters]`; the farthest of each group `[paddedGroups]`. */
  readonly moved: Float64Array;
  readonly groupMoved: Float32Array;
  /** At least how far each centroid goes in the next step `[clusters]`. */
  readonly drift: Float64Array;
  /** Weighted sums, weights and numbers of the rows of each label. */
  readonly sums: Float64Array;
  readonly mass: Float64Array;
  readonly sizes: Int32Array;
  /** What each slot found to add to them, and which clusters it touched: `[slots, ...]`. */
  readonly slots: number;
  readonly sumChanges: Float64Array;
  readonly massChanges: Float64Array;
  readonly sizeChanges: Int32Array;
  readonly touched: Uint8Array;
  /** Sum of squared distances of each block of rows, weighted `[blocks]`. */
  readonly blockInertia: Float64Array;
  readonly counters: Int32Array;
  /** Whether bounds skip rows. The result is the same without. */
  readonly pruning: boolean;
}

/** Indices of RunState.counters. */
export const nextBlock = 0;
export const changedLabels = 1;
export const settledRows = 2;
export const step = 3;
export const sparseRows = 4;
/** Rows that were looked at before the products. */
export const lookedRows = 5;
/** 1: bounds settle so few rows that only some are looked at, to see whether that changes. */
export const lookAtFew = 6;
export const counterCount = 7;

/** Rows that are taken, summed and reported together: results depend on it where a sum is not exact, so it is fixed. */
export const blockRows = 1024;

export const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Components of a row in the memory of the kernels. */
export const strideOf = (dimension: number): number => roundUp(dimension, 16);

/** `clusters` in the memory of the kernels. */
export const positionsOf = (clusters: number): number => roundUp(clusters, 4);

/** Groups in an array of bounds. */
export const paddedGroups = (groups: number): number => roundUp(groups, 4);

/** Rows are kept as bytes too where they take less than this: a quarter more memory. */
const keptBytes = 2 ** 29;

/** Whether the bytes of rows are kept between iterations. */
export const keepsBytes = (count: number, dimension: number): boolean => count * dimension * 4 < keptBytes;

/**
 * How centroids are grouped: a bound for each group and row, in about a fifth of the memory of the rows.
 */
export function groupingOf(clusters: number, dimension: number): { groups: number; groupSize: number } {
  const most = Math.max(8, roundUp(Math.floor(dimension / 5) - 3, 4));
  const groupSize = Math.max(16, roundUp(Math.ceil(clusters / most), 4));
  const wanted = Math.ceil(clusters / groupSize);
  const even = roundUp(Math.ceil(clusters / wanted), 4);
  return { groups: Math.ceil(clusters / even), groupSize: even };
}

/**
 * Adding and subtracting this rounds a number to a multiple of a step so fine, and so coarse, that sums of `total`
 * weight of components up to `largest` are exact: 2^52 steps hold twice the largest sum.
 */
export function gridMagic(total: number, largest: number): number {
  const bound = Math.max(total * largest, total, Number.MIN_VALUE);
  const exponent = Math.ceil(Math.log2(bound)) + 2;
  return 1.5 * 2 ** exponent;
}
