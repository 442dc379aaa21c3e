import { columnMeans, normalizeRows } from '@cairn/numerics';

/** How prepared rows lie to the rows as they came: `original = prepared / scale + offset`. */
export interface Preparation {
  /** `[dimension]`; zeros in the spherical case. */
  readonly offset: Float64Array;
  /** A power of two. */
  readonly scale: number;
  /** Squared movement of the centroids, summed, below which Lloyd's iteration stops; in the prepared measure. */
  readonly tolerance: number;
}

/**
 * Makes rows `[count, dimension]` ready for k-means, in place. Spherical: each row to unit norm (zeros stay zeros);
 * the squared Euclidean distance of two such rows is twice their cosine distance, so that everything after this step
 * is the same for both measures. Euclidean: columns are centred, as in scikit-learn, because the distances are
 * computed from inner products, which lose their precision far from the origin; and scaled by a power of two, which
 * is exact, so that no square overflows.
 * @param tol scikit-learn's: times the mean variance of the columns
 */
export function prepareRows(values: Float32Array, dimension: number, spherical: boolean, tol: number): Preparation {
  let offset: Float64Array = new Float64Array(dimension);
  let scale = 1;
  if (spherical) {
    normalizeRows(values, dimension);
  } else {
    offset = columnMeans(values, dimension);
    scale = powerOfTwoScale(values, offset);
    rescale(values, offset, scale);
  }
  return { offset, scale, tolerance: tol * meanColumnVariance(values, dimension) };
}

/** The power of two that brings the largest deviation from the offset `[dimension]` into [0.5, 1]. */
function powerOfTwoScale(values: Float32Array, offset: Float64Array): number {
  let largest = 0;
  for (let at = 0; at < values.length; at++)
    largest = Math.max(largest, Math.abs(values[at] - offset[at % offset.length]));
  return largest === 0 ? 1 : 2 ** -Math.ceil(Math.log2(largest));
}

function rescale(values: Float32Array, offset: Float64Array, scale: number): void {
  for (let at = 0; at < values.length; at++) values[at] = (values[at] - offset[at % offset.length]) * scale;
}

function meanColumnVariance(values: Float32Array, dimension: number): number {
  const means = columnMeans(values, dimension);
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += (values[at] - means[at % dimension]) ** 2;
  return sum / values.length;
}
