/** How the vectors of a text's tokens become one: their mean over the attention mask, or the first token's. */
export const poolings = ['mean', 'cls'] as const;
export type Pooling = (typeof poolings)[number];

/** What is wanted of each text of a batch, one byte a text: texts of different requests share a batch. */
export const rowMode = (pooling: Pooling, normalize: boolean): number =>
  (pooling === 'cls' ? 1 : 0) | (normalize ? 2 : 0);

/**
 * Token vectors to text vectors.
 *
 * Mean: over the attention mask, special tokens included, as sentence-transformers does (Reimers and Gurevych 2019,
 * arXiv:1908.10084); padding does not count. Sums are float64, so that a vector does not depend on its batch.
 *
 * @param hidden `[batch, seq, dimension]`, row-major
 * @param lengths `[batch]`, tokens of each text; the rest of its row is padding
 * @param modes `[batch]`, see rowMode
 * @returns `[batch, dimension]`, row-major; rows that are not finite are listed in `failed` and are zero
 */
export function pool(
  hidden: Float32Array,
  lengths: Int32Array,
  modes: Uint8Array,
  seq: number,
  dimension: number,
): { vectors: Float32Array; failed: number[] } {
  const vectors = new Float32Array(lengths.length * dimension);
  const failed: number[] = [];
  const sum = new Float64Array(dimension);
  for (let row = 0; row < lengths.length; row++) {
    const tokens = (modes[row] & 1) === 1 ? 1 : lengths[row];
    sum.fill(0);
    for (let token = 0; token < tokens; token++) {
      const at = (row * seq + token) * dimension;
      for (let j = 0; j < dimension; j++) sum[j] += hidden[at + j];
    }
    let squares = 0;
    for (let j = 0; j < dimension; j++) {
      sum[j] /= tokens;
      squares += sum[j] * sum[j];
    }
    if (!Number.isFinite(squares)) {
      failed.push(row);
      continue;
    }
    const scale = (modes[row] & 2) === 2 && squares > 0 ? 1 / Math.sqrt(squares) : 1;
    const to = row * dimension;
    for (let j = 0; j < dimension; j++) vectors[to + j] = sum[j] * scale;
  }
  return { vectors, failed };
}
