import { normalizeRows, takeRows } from '@cairn/numerics';

/** Labelled vectors. */
export interface Examples {
  /** `[count, dimension]`, row-major. */
  readonly vectors: Float32Array;
  readonly dimension: number;
  /** `[count]`, class of each vector. */
  readonly labels: Int32Array;
  readonly classCount: number;
}

/** The examples at `indices`, in their order. */
export function takeExamples({ vectors, dimension, labels, classCount }: Examples, indices: Int32Array): Examples {
  return {
    vectors: takeRows(vectors, dimension, indices),
    dimension,
    labels: indices.map((index) => labels[index]),
    classCount,
  };
}

/** The examples of some classes, which are numbered anew in the order of `classes`. */
export function keepClasses(examples: Examples, classes: readonly number[]): Examples {
  const newLabel = new Map(classes.map((c, i) => [c, i]));
  const indices = Int32Array.from(examples.labels.keys()).filter((index) => newLabel.has(examples.labels[index]));
  const kept = takeExamples(examples, indices);
  return { ...kept, labels: kept.labels.map((label) => newLabel.get(label) as number), classCount: classes.length };
}

/** `[classCount]`, examples of each class. */
export function countClasses(labels: Int32Array, classCount: number): Int32Array {
  const counts = new Int32Array(classCount);
  for (const label of labels) counts[label]++;
  return counts;
}

/** Mean of the unit vectors of each class, scaled to unit length: `[classCount, dimension]`; zeros without examples. */
export function classCentroids({ vectors, dimension, labels, classCount }: Examples): Float32Array {
  const unit = Float32Array.from(vectors);
  normalizeRows(unit, dimension);
  const sums = new Float32Array(classCount * dimension);
  labels.forEach((label, i) => {
    for (let j = 0; j < dimension; j++) sums[label * dimension + j] += unit[i * dimension + j];
  });
  normalizeRows(sums, dimension);
  return sums;
}
