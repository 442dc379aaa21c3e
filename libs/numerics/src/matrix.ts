/**
 * Matrices are flat typed arrays, row-major: element (i, j) of `[rows, columns]` is at `i * columns + j`.
 */

/** Row `index` of `[rows, columns]` as a view `[columns]`: writing to it writes to the matrix. */
export function row(matrix: Float32Array, columns: number, index: number): Float32Array {
  return matrix.subarray(index * columns, (index + 1) * columns);
}

/** Rows `start` to `end` (exclusive) of `[rows, columns]` as a view `[end - start, columns]`. */
export function rowRange(matrix: Float32Array, columns: number, start: number, end: number): Float32Array {
  return matrix.subarray(start * columns, end * columns);
}

/** A copy of the chosen rows of `[rows, columns]`, in the order of `indices`: `[indices.length, columns]`. */
export function takeRows(matrix: Float32Array, columns: number, indices: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(indices.length * columns);
  for (let i = 0; i < indices.length; i++) taken.set(row(matrix, columns, indices[i]), i * columns);
  return taken;
}

/** Mean of the rows of `[rows, columns]`, summed in double precision: `[columns]`; zeros if there are no rows. */
export function columnMeans(matrix: Float32Array, columns: number): Float64Array {
  const means = new Float64Array(columns);
  const rows = columns === 0 ? 0 : matrix.length / columns;
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) means[j] += matrix[at];
  if (rows > 0) for (let j = 0; j < columns; j++) means[j] /= rows;
  return means;
}

/** Index of the first element of `[rows, columns]` that is NaN or infinite; -1 if all are finite. */
export function firstNonFinite(matrix: Float32Array): number {
  for (let at = 0; at < matrix.length; at++) if (!Number.isFinite(matrix[at])) return at;
  return -1;
}
