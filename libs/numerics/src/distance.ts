/** Two vectors of one length; all sums are in double precision. */
type Vector = Float32Array | Float64Array;

/** Sum of the products of `a [n]` and `b [n]`. */
export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Squared Euclidean distance of `a [n]` and `b [n]`. */
export function squaredEuclidean(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i] - b[i];
    sum += difference * difference;
  }
  return sum;
}

/** Euclidean length of `a [n]`. */
export function norm(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

/** Cosine of the angle between `a [n]` and `b [n]`, in [-1, 1]; 0 where one of them is all zeros. */
export function cosine(a: Vector, b: Vector): number {
  const lengths = norm(a) * norm(b);
  return lengths === 0 ? 0 : Math.max(-1, Math.min(1, dot(a, b) / lengths));
}
