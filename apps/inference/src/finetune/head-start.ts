import { applyScaling, foldScaling, scalingOf } from '../heads/feature-scaling.js';
import { fitSoftmax } from '../heads/fit-linear.js';
import { RegressionEngine } from '../heads/regression-engine.js';
import type { Examples } from '../heads/examples.js';

/** Inverse penalty of an example (C of scikit-learn): strong, as a head that fits every example leaves the encoder nothing to learn. */
const inversePenalty = 0.05;
const maxIterations = 100;

/** Where a head begins. */
export interface HeadStart {
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
export async function fitHeadStart(examples: Examples, classWeights: boolean): Promise<HeadStart> {
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
