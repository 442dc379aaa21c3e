import { columnMeans } from '@cairn/numerics';
import type { Examples } from './examples.js';
import type { SoftmaxHead } from './softmax-head.js';
import type { LinearClassifier } from './linear-classifier.js';

/** Vectors of mean length 1 become vectors of mean length 16: penalties of the usual size then act on them. */
const targetLength = 16;

/** A linear map x -> (x - mean) x scale, applied before a fit and folded into the weights after it. */
export interface FeatureScaling {
  /** `[dimension]`. */
  readonly mean: Float64Array;
  readonly scale: number;
}

/** Centring changes no optimum, as biases are free, but L-BFGS needs fewer iterations. */
export function scalingOf({ vectors, dimension, labels }: Examples): FeatureScaling {
  let lengths = 0;
  for (let at = 0; at < vectors.length; at += dimension) {
    let squares = 0;
    for (let j = 0; j < dimension; j++) squares += vectors[at + j] * vectors[at + j];
    lengths += Math.sqrt(squares);
  }
  return { mean: columnMeans(vectors, dimension), scale: lengths === 0 ? 1 : (targetLength * labels.length) / lengths };
}

export function applyScaling<E extends Examples>(examples: E, { mean, scale }: FeatureScaling): E {
  const { dimension } = examples;
  return { ...examples, vectors: examples.vectors.map((value, at) => (value - mean[at % dimension]) * scale) };
}

/** Weights for vectors as they are, of a classifier that was fitted on scaled ones. */
export function foldScaling(
  { weights, biases }: LinearClassifier,
  { mean, scale }: FeatureScaling,
): Pick<SoftmaxHead, 'weights' | 'biases' | 'dimension'> {
  const dimension = mean.length;
  const folded = Float32Array.from(weights, (weight) => weight * scale);
  const shifted = Float32Array.from(biases, (bias, c) => {
    let sum = bias;
    for (let j = 0; j < dimension; j++) sum -= weights[c * dimension + j] * mean[j] * scale;
    return sum;
  });
  return { weights: folded, biases: shifted, dimension };
}
