export interface CosineFigures {
  readonly mean: number;
  readonly min: number;
}

/**
 * Cosine of each row of one matrix `[texts, dimension]` to the same row of another. Rows of zeros, which stand for
 * vectors that are not finite, have cosine 0.
 */
export function compareVectors(a: Float32Array, b: Float32Array, dimension: number): CosineFigures {
  let sum = 0;
  let min = 1;
  for (let from = 0; from < a.length; from += dimension) {
    let [dot, aa, bb] = [0, 0, 0];
    for (let i = from; i < from + dimension; i++) {
      dot += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    const cosine = aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
    sum += cosine;
    min = Math.min(min, cosine);
  }
  return { mean: sum / (a.length / dimension), min };
}

/** Number of the first row of zeros, or -1. */
export function firstZeroRow(vectors: Float32Array, dimension: number): number {
  for (let from = 0; from < vectors.length; from += dimension)
    if (!vectors.subarray(from, from + dimension).some((value) => value !== 0)) return from / dimension;
  return -1;
}
