import { dot, row } from '@cairn/numerics';

/** The vectors of one run, ready for k-means. Never changed while a run is going on. */
export interface Rows {
  /** `[count, dimension]`, row-major. */
  readonly values: Float32Array;
  /** Squared L2 norm of each row `[count]`. */
  readonly squaredNorms: Float64Array;
  readonly count: number;
  readonly dimension: number;
}

/** Rows with their norms, from `[count, dimension]` values. */
export function withNorms(values: Float32Array, dimension: number): Rows {
  const count = values.length / dimension;
  const squaredNorms = new Float64Array(count);
  for (let i = 0; i < count; i++) squaredNorms[i] = dot(row(values, dimension, i), row(values, dimension, i));
  return { values, squaredNorms, count, dimension };
}

/** Called between blocks of work; throws when the work is no longer wanted. */
export type Interrupt = () => void;
