import type { Interrupt, Rows } from '@cairn/kmeans';
import { columnMeans, Random, symmetricEigen } from '@cairn/numerics';

export interface PrincipalAxes {
  /** Coordinates of the rows on the axes, around 0 `[count, axes]`. */
  readonly scores: Float64Array;
  /** Share of the variance on each axis, falling `[axes]`. */
  readonly explained: Float64Array;
}

/** Axes carried along beyond those asked for: the iteration converges by the first eigenvalue that it leaves out. */
const more = 6;
const maxRounds = 300;
const settled = 1e-12;

/**
 * The first principal axes, by subspace iteration with Rayleigh-Ritz (Golub, Van Loan, section 8.2) on the covariance, which is
 * never formed. An axis points to where its largest loading is positive, so that the same rows give the same map.
 */
export function principalAxes(rows: Rows, axes: number, seed: number, interrupt: Interrupt): PrincipalAxes {
  const { values, count, dimension } = rows;
  const mean = columnMeans(values, dimension);
  let variance = 0;
  for (let at = 0; at < values.length; at++) variance += (values[at] - mean[at % dimension]) ** 2;
  const width = Math.min(dimension, axes + more);
  const random = new Random(seed);
  /** Columns one after the other: `[width, dimension]`. */
  let basis: Float64Array = orthonormal(
    Float64Array.from({ length: width * dimension }, () => random.normal()),
    width,
    dimension,
  );
  let captured: Float64Array = new Float64Array(width);
  for (let round = 0; round < maxRounds; round++) {
    interrupt();
    const scores = project(rows, mean, basis, width);
    const turn = symmetricEigen(gramOf(scores, count, width), width);
    const rotated = multiply(turn.vectors, basis, width, dimension);
    const before = captured;
    captured = turn.values;
    const change = captured.reduce((sum, value, i) => sum + (i < axes ? Math.abs(value - before[i]) : 0), 0);
    if (change <= settled * variance) {
      basis = rotated;
      break;
    }
    basis = orthonormal(back(rows, mean, project(rows, mean, rotated, width), width), width, dimension);
  }
  const kept = Math.min(axes, width);
  for (let a = 0; a < kept; a++) {
    const axis = basis.subarray(a * dimension, (a + 1) * dimension);
    const largest = axis.reduce((best, value, j) => (Math.abs(value) > Math.abs(axis[best]) + 1e-9 ? j : best), 0);
    if (axis[largest] < 0) axis.forEach((value, j) => (axis[j] = -value));
  }
  const found = project(rows, mean, basis, width);
  const scores = new Float64Array(count * axes);
  for (let i = 0; i < count; i++) for (let a = 0; a < kept; a++) scores[i * axes + a] = found[i * width + a];
  const explained = Float64Array.from({ length: axes }, (_, a) =>
    variance > 0 && a < kept ? Math.max(0, captured[a]) / variance : 0,
  );
  return { scores, explained };
}

/** Rows less their mean, times the basis: `[count, width]`. */
function project({ values, count, dimension }: Rows, mean: Float64Array, basis: Float64Array, width: number) {
  const scores = new Float64Array(count * width);
  const centred = new Float64Array(dimension);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dimension; j++) centred[j] = values[i * dimension + j] - mean[j];
    for (let a = 0; a < width; a++) {
      let sum = 0;
      for (let j = 0, at = a * dimension; j < dimension; j++) sum += centred[j] * basis[at + j];
      scores[i * width + a] = sum;
    }
  }
  return scores;
}

/** Scores back into the space of the rows: `[width, dimension]`. */
function back({ values, count, dimension }: Rows, mean: Float64Array, scores: Float64Array, width: number) {
  const sums = new Float64Array(width * dimension);
  const centred = new Float64Array(dimension);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dimension; j++) centred[j] = values[i * dimension + j] - mean[j];
    for (let a = 0; a < width; a++) {
      const score = scores[i * width + a];
      for (let j = 0, at = a * dimension; j < dimension; j++) sums[at + j] += score * centred[j];
    }
  }
  return sums;
}

/** Gram-Schmidt, twice for precision; a vector that lies in the span of those before becomes a unit vector outside it. */
function orthonormal(vectors: Float64Array, width: number, dimension: number): Float64Array {
  for (let a = 0; a < width; a++) {
    const own = vectors.subarray(a * dimension, (a + 1) * dimension);
    for (let attempt = 0; attempt <= dimension; attempt++) {
      const before = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
      for (let pass = 0; pass < 2; pass++)
        for (let b = 0; b < a; b++) {
          let product = 0;
          for (let j = 0, at = b * dimension; j < dimension; j++) product += own[j] * vectors[at + j];
          for (let j = 0, at = b * dimension; j < dimension; j++) own[j] -= product * vectors[at + j];
        }
      const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
      if (length > 1e-9 * before && length > 0) {
        for (let j = 0; j < dimension; j++) own[j] /= length;
        break;
      }
      own.fill(0);
      own[(a + attempt) % dimension] = 1;
    }
  }
  return vectors;
}

function gramOf(scores: Float64Array, count: number, width: number): Float64Array {
  const gram = new Float64Array(width * width);
  for (let i = 0; i < count; i++)
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++) gram[a * width + b] += scores[i * width + a] * scores[i * width + b];
  return gram;
}

/** `[n, n]` times `[n, columns]`. */
function multiply(left: Float64Array, right: Float64Array, n: number, columns: number): Float64Array {
  const product = new Float64Array(n * columns);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++)
      for (let j = 0; j < columns; j++) product[i * columns + j] += left[i * n + k] * right[k * columns + j];
  return product;
}
