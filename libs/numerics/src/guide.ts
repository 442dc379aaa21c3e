import { columnMeans } from './matrix.js';
import { symmetricEigen } from './symmetric-eigen.js';
import { withinTopics } from './within-topics.js';

/** Where to look at rows from: a space in which clusters are topics sooner. */
export interface Guide {
  /** Linear map `[dimension, dimension]`, row-major, of rows seen from `centre`. */
  readonly map: Float64Array;
  /** Mean of the rows `[dimension]`. */
  readonly centre: Float64Array;
  /** Of withinTopics: 1 where labels have changed nothing. */
  readonly shrinkage: number;
}

/**
 * Each direction counts by the standard deviation of all rows along it to this power, in a space where rows of a topic vary
 * alike in all. What rows of a topic share varies among all rows, what tells two of a topic apart does not: the first is to
 * count more, as in probabilistic discriminant analysis (Ioffe 2006), whose weights need the number of rows of each topic.
 * Chosen on held-out texts of BANKING77.
 */
const emphasis = 0.6;
/** Rows that tell how all vary. */
const sampledRows = 20_000;

/**
 * A space that labelled rows make: whitened by the covariance within topics (see withinTopics), and directions weighed by how
 * much all rows vary along them.
 * @param examples `[topics.length, dimension]`, labelled
 * @param topics topic of each example: any numbers
 * @param rows `[count, dimension]`, all, labelled or not
 * @returns undefined if no topic has two examples that differ
 */
export function guideOf(
  examples: Float32Array,
  dimension: number,
  topics: ArrayLike<number>,
  rows: Float32Array,
): Guide | undefined {
  const within = withinTopics(examples, dimension, topics);
  if (within === undefined) return undefined;
  const centre = columnMeans(rows, dimension);
  const whitening = inverseOfLower(within.factor, dimension);
  const turned = multiply(whitening, covariance(rows, centre), dimension);
  const { values, vectors } = symmetricEigen(multiply(turned, transposed(whitening, dimension), dimension), dimension);
  const largest = values[0] > 0 ? values[0] : 1;
  for (let i = 0; i < dimension; i++) {
    const weight = (Math.max(values[i], 0) / largest) ** (emphasis / 2);
    for (let j = 0; j < dimension; j++) vectors[i * dimension + j] *= weight;
  }
  return { map: multiply(vectors, whitening, dimension), centre, shrinkage: within.shrinkage };
}

/**
 * Rows as the guide sees them: map (row - centre), scaled to unit norm in the spherical case.
 * @param values `[rows, dimension]`
 * @param into where they go, as many as `values`; may be `values`
 * @param interrupt called now and then; what it throws ends the work
 */
export function guideRows(
  values: Float32Array,
  { map, centre }: Guide,
  spherical: boolean,
  into: Float32Array,
  interrupt: () => void = () => {},
): void {
  const dimension = centre.length;
  const seen = new Float64Array(dimension);
  const own = new Float64Array(dimension);
  for (let from = 0; from < values.length; from += dimension) {
    if (from % (1024 * dimension) === 0) interrupt();
    for (let j = 0; j < dimension; j++) own[j] = values[from + j] - centre[j];
    let squares = 0;
    for (let i = 0, at = 0; i < dimension; i++) {
      let sum = 0;
      for (let j = 0; j < dimension; j++, at++) sum += map[at] * own[j];
      seen[i] = sum;
      squares += sum * sum;
    }
    const scale = spherical && squares > 0 ? 1 / Math.sqrt(squares) : 1;
    for (let i = 0; i < dimension; i++) into[from + i] = scale * seen[i];
  }
}

/** Of rows around their centre `[dimension, dimension]`; where there are very many, of an even sample. */
function covariance(rows: Float32Array, centre: Float64Array): Float64Array {
  const dimension = centre.length;
  const count = rows.length / dimension;
  const step = Math.max(1, Math.floor(count / sampledRows));
  const sums = new Float64Array(dimension * dimension);
  const own = new Float64Array(dimension);
  let taken = 0;
  for (let row = 0; row < count; row += step, taken++) {
    for (let j = 0; j < dimension; j++) own[j] = rows[row * dimension + j] - centre[j];
    for (let a = 0; a < dimension; a++)
      for (let b = 0, at = a * dimension; b <= a; b++, at++) sums[at] += own[a] * own[b];
  }
  for (let a = 0; a < dimension; a++)
    for (let b = 0; b <= a; b++)
      sums[a * dimension + b] = sums[b * dimension + a] = sums[a * dimension + b] / Math.max(1, taken);
  return sums;
}

/** Inverse of a lower triangular `[n, n]`, by forward substitution. */
function inverseOfLower(factor: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let column = 0; column < n; column++)
    for (let i = column; i < n; i++) {
      let rest = i === column ? 1 : 0;
      for (let k = column; k < i; k++) rest -= factor[i * n + k] * inverse[k * n + column];
      inverse[i * n + column] = rest / factor[i * n + i];
    }
  return inverse;
}

function transposed(matrix: Float64Array, n: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % n) * n + Math.floor(at / n)]);
}

/** Product of two `[n, n]`. */
function multiply(left: Float64Array, right: Float64Array, n: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = left[i * n + k];
      if (factor !== 0) for (let j = 0; j < n; j++) product[i * n + j] += factor * right[k * n + j];
    }
  return product;
}
