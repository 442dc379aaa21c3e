import { norm } from './distance.js';
import { row } from './matrix.js';

/** Scales the rows of `[rows, columns]` to unit L2 norm, in place. Rows of zeros stay zeros. */
export function normalizeRows(matrix: Float32Array, columns: number): void {
  const rows = columns === 0 ? 0 : matrix.length / columns;
  for (let i = 0; i < rows; i++) {
    const values = row(matrix, columns, i);
    const length = norm(values);
    if (length === 0) continue;
    for (let j = 0; j < columns; j++) values[j] /= length;
  }
}
