import { applyScaling, foldScaling, scalingOf } from '../heads/feature-scaling.js';
import { fitSoftmax } from '../heads/fit-linear.js';
import { RegressionEngine } from '../heads/regression-engine.js';
import type { TrainingGraph } from '@cairn/onnx-graph';
import { sumOfSquares } from './adamw.js';
import type { TrainingSettings } from './training-settings.js';
import type { Examples } from '../heads/examples.js';

/** Names of a head's weights in a training graph: `[classes, dimension]` and `[classes]`. */
export const [headWeight, headBias] = ['head.weight', 'head.bias'];

/** Inverse penalty of an example (C of scikit-learn): strong, as a head that fits every example leaves the encoder nothing to learn. */
const inversePenalty = 0.05;
const maxIterations = 100;

/** Where a head begins. */
interface HeadStart {
  /** `[classes, dimension]`, row-major. */
  readonly weight: Float32Array;
  /** `[classes]`. */
  readonly bias: Float32Array;
}

/**
 * A head that is fitted to the encoder as it is, before both are trained together: from zeros, its first steps would
 * distort what the encoder knows (Kumar et al. 2022, arXiv:2202.10054).
 * @param examples pooled vectors as the training graph has them, not scaled to length 1
 */
async function fitHeadStart(examples: Examples, classWeights: boolean): Promise<HeadStart> {
  const engine = new RegressionEngine();
  try {
    const scaling = scalingOf(examples);
    const fitted = await fitSoftmax(engine, applyScaling(examples, scaling), {
      l2: 1 / (inversePenalty * examples.labels.length),
      classWeights,
      maxIterations,
      tolerance: 1e-5,
    });
    const { weights, biases } = foldScaling(fitted, scaling);
    return { weight: Float32Array.from(weights), bias: Float32Array.from(biases) };
  } finally {
    await engine.close();
  }
}

/**
 * Puts a head into the graph that is fitted to vectors of the encoder as it is.
 * @param labels of all texts
 * @param own those whose vectors are given
 */
export async function beginWithFittedHead(
  graph: TrainingGraph,
  labels: Int32Array,
  classCount: number,
  own: Int32Array,
  vectors: Float32Array,
  { classWeights }: TrainingSettings,
): Promise<void> {
  const dimension = vectors.length / own.length;
  const fitted = await fitHeadStart(
    { vectors, dimension, labels: own.map((index) => labels[index]), classCount },
    classWeights,
  );
  graph.parameters.find(({ name }) => name === headWeight)?.values.set(fitted.weight);
  graph.parameters.find(({ name }) => name === headBias)?.values.set(fitted.bias);
}

/**
 * Root mean square of vectors' components. Logits grow with it, while a step of Adam is as large whatever it is: the
 * learning rate of a head means vectors of size 1, and is divided by this for others.
 */
export function componentSize(vectors: Float32Array): number {
  const size = Math.sqrt(sumOfSquares(vectors, 0, vectors.length) / vectors.length);
  return Number.isFinite(size) && size > 0 ? size : 1;
}
