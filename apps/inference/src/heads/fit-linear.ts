import { countClasses, type Examples } from './examples.js';
import type { LinearClassifier } from './linear-classifier.js';
import { minimizeOwlQn, type AsyncObjective } from './owl-qn.js';
import type { RegressionEngine, Rows } from './regression-engine.js';

/** What each class counts: the same for each example; "balanced", the same for each class (true); or as given. */
export type ClassWeights = boolean | Float64Array;

export interface FitOptions {
  /** Penalty: l2 / 2 x sum of squared weights, beside the mean loss; biases are free. */
  readonly l2: number;
  /** Penalty: l1 x sum of absolute weights, beside the mean loss [0]. */
  readonly l1?: number;
  readonly classWeights: ClassWeights;
  readonly maxIterations: number;
  /** Weights to start from; zeros if absent. */
  readonly start?: LinearClassifier;
  /** Stop when an iteration lowers the loss by less than this. */
  readonly tolerance: number;
  /** Told the mean loss, penalty included, after each iteration. */
  readonly onIteration?: (loss: number) => void;
}

/** Vectors to which several classes may apply, or none. */
export interface MultiLabelExamples extends Rows {
  readonly classCount: number;
  /** `[count, classCount]`: 1 where the class applies. */
  readonly targets: Uint8Array;
}

/**
 * Softmax (multinomial logistic) regression: minimises the weighted mean of -log p(label | vector) plus
 * l2 / 2 x ||weights||^2 + l1 x |weights| (Bishop 2006, section 4.3.4), by L-BFGS, or OWL-QN where there is an L1
 * penalty. Convex, so the result does not depend on the start. Products are float32.
 */
export function fitSoftmax(
  engine: RegressionEngine,
  examples: Examples,
  options: FitOptions,
): Promise<LinearClassifier> {
  const { labels, classCount } = examples;
  const shares = exampleShares(labels, classCount, options.classWeights);
  return fit(engine.softmaxLoss(examples, classCount, labels, shares), examples.dimension, classCount, options);
}

/**
 * Logistic regression of each class for itself (one against the rest): minimises the mean over rows of the sum over
 * classes of the binary cross-entropies, with the same penalties. Class weights multiply the rows where the class
 * applies; "balanced" makes them count as much as the rows where it does not.
 */
export function fitSigmoid(
  engine: RegressionEngine,
  examples: MultiLabelExamples,
  options: FitOptions,
): Promise<LinearClassifier> {
  const { targets, classCount, dimension } = examples;
  const count = targets.length / classCount;
  const weights = positiveWeights(targets, classCount, options.classWeights);
  const all = new Float32Array(targets.length);
  const positive = new Float32Array(targets.length);
  for (let at = 0; at < targets.length; at++) {
    const applies = targets[at] !== 0;
    const weight = applies ? weights[at % classCount] : 1;
    all[at] = weight / count;
    positive[at] = applies ? weight / count : 0;
  }
  return fit(engine.sigmoidLoss(examples, classCount, all, positive), dimension, classCount, options);
}

/** Logits `[classCount]` of every row. */
export async function logitsOfExamples(
  engine: RegressionEngine,
  { weights, biases }: LinearClassifier,
  rows: Rows,
): Promise<Float64Array[]> {
  const classes = biases.length;
  const logits = await engine.logits(weights, biases, rows);
  return Array.from({ length: logits.length / classes }, (_, i) =>
    Float64Array.from(logits.subarray(i * classes, (i + 1) * classes)),
  );
}

async function fit(
  loss: AsyncObjective,
  dimension: number,
  classCount: number,
  { l2, l1 = 0, start, maxIterations, tolerance, onIteration }: FitOptions,
): Promise<LinearClassifier> {
  const size = classCount * dimension;
  const from = new Float64Array(size + classCount);
  if (start !== undefined) {
    from.set(start.weights);
    from.set(start.biases, size);
  }
  const penalised: AsyncObjective = async (x, gradient) => {
    const value = await loss(x, gradient);
    let squares = 0;
    for (let i = 0; i < size; i++) {
      squares += x[i] * x[i];
      gradient[i] += l2 * x[i];
    }
    return value + (l2 / 2) * squares;
  };
  const { x } = await minimizeOwlQn(penalised, from, {
    l1,
    penalised: size,
    maxIterations,
    gradientTolerance: Math.min(1e-5, tolerance),
    valueTolerance: tolerance,
    onIteration,
  });
  return { weights: x.slice(0, size), biases: x.slice(size) };
}

/** `[count]`, with sum 1: equal, or so that each class that occurs has the same sum, or in the ratio of given weights. */
function exampleShares(labels: Int32Array, classCount: number, classWeights: ClassWeights): Float64Array {
  const counts = countClasses(labels, classCount);
  const weightOf = weightsByClass(counts, classWeights);
  let sum = 0;
  for (const label of labels) sum += weightOf[label];
  return Float64Array.from(labels, (label) => weightOf[label] / sum);
}

function weightsByClass(counts: Int32Array, classWeights: ClassWeights): Float64Array {
  if (typeof classWeights !== 'boolean') return classWeights;
  return Float64Array.from(counts, (count) => (classWeights && count > 0 ? 1 / count : 1));
}

function positiveWeights(targets: Uint8Array, classCount: number, classWeights: ClassWeights): Float64Array {
  if (typeof classWeights !== 'boolean') return classWeights;
  const weights = new Float64Array(classCount).fill(1);
  if (!classWeights) return weights;
  const counts = new Float64Array(classCount);
  for (let at = 0; at < targets.length; at++) counts[at % classCount] += targets[at];
  const rows = targets.length / classCount;
  return weights.map((weight, c) => (counts[c] > 0 ? (rows - counts[c]) / counts[c] || weight : weight));
}
