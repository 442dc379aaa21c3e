/** What labelled rows say of the space: how rows of one topic vary. */
export interface Within {
  /** Lower triangular factor L `[dimension, dimension]` of the shrunk covariance within topics, whose mean variance is 1. */
  readonly factor: Float64Array;
  /** How much of the covariance is the sphere that it was shrunk to, 0 to 1: 1 changes nothing. */
  readonly shrinkage: number;
}

/**
 * The covariance of rows around the means of their topics, shrunk towards a sphere by OAS (Chen, Wiesel, Eldar, Hero: Shrinkage
 * algorithms for MMSE covariance estimation, 2010), whose amount follows from the rows, and its Cholesky factor. Rows whitened by
 * it vary alike in all directions within a topic, which is Fisher's discriminant without leaving out directions: what is new may
 * differ where known topics do not.
 * @param values `[rows, dimension]`
 * @param topics topic of each row: any numbers
 * @returns undefined if no topic has two rows that differ
 */
export function withinTopics(values: Float32Array, dimension: number, topics: ArrayLike<number>): Within | undefined {
  const rows = topics.length;
  const places = new Map<number, number>();
  for (let i = 0; i < rows; i++) if (!places.has(topics[i])) places.set(topics[i], places.size);
  const sizes = new Float64Array(places.size);
  const means = new Float64Array(places.size * dimension);
  for (let i = 0; i < rows; i++) {
    const place = places.get(topics[i])!;
    sizes[place]++;
    for (let j = 0; j < dimension; j++) means[place * dimension + j] += values[i * dimension + j];
  }
  for (let at = 0; at < means.length; at++) means[at] /= sizes[Math.floor(at / dimension)];

  const covariance = new Float64Array(dimension * dimension);
  const deviation = new Float64Array(dimension);
  for (let i = 0; i < rows; i++) {
    const mean = places.get(topics[i])! * dimension;
    for (let j = 0; j < dimension; j++) deviation[j] = values[i * dimension + j] - means[mean + j];
    for (let a = 0; a < dimension; a++)
      for (let b = 0, at = a * dimension; b <= a; b++) covariance[at + b] += deviation[a] * deviation[b];
  }
  const freedom = rows - places.size;
  let trace = 0;
  for (let a = 0; a < dimension; a++) trace += covariance[a * dimension + a] / freedom;
  if (!(freedom >= 1 && trace > 0)) return undefined;
  // Trace of the square; the upper half is the lower one.
  let squares = 0;
  for (let a = 0; a < dimension; a++)
    for (let b = 0; b <= a; b++) {
      covariance[a * dimension + b] /= freedom;
      squares += (a === b ? 1 : 2) * covariance[a * dimension + b] ** 2;
    }
  const spread = (freedom + 1 - 2 / dimension) * (squares - trace ** 2 / dimension);
  const wanted = (1 - 2 / dimension) * squares + trace ** 2;
  const shrinkage = spread > wanted ? wanted / spread : 1;
  const variance = trace / dimension;
  for (let a = 0; a < dimension; a++)
    for (let b = 0; b <= a; b++) {
      const at = a * dimension + b;
      covariance[at] = ((1 - shrinkage) * covariance[at]) / variance + (a === b ? shrinkage : 0);
    }
  return { factor: cholesky(covariance, dimension), shrinkage };
}

/** Lower triangular L with L Lᵀ = the matrix, of which the lower half is read. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j];
      for (let k = 0; k < j; k++) rest -= factor[i * n + k] * factor[j * n + k];
      // Shrunk, it is positive; rounding must not make it otherwise.
      factor[i * n + j] = i === j ? Math.sqrt(Math.max(rest, Number.EPSILON)) : rest / factor[j * n + j];
    }
  return factor;
}
