import { minimizeLbfgs, type Objective } from '@cairn/numerics';
import { countClasses, type Examples } from './examples.js';

/** A linear classifier: logits = weights . vector + biases. */
export interface LinearClassifier {
  /** `[classCount, dimension]`, row-major. */
  readonly weights: Float64Array;
  /** `[classCount]`. */
  readonly biases: Float64Array;
}

export interface FitOptions {
  /** Penalty: l2 / 2 x sum of squared weights, beside the mean loss; biases are free. */
  readonly l2: number;
  /** Weigh each class by the inverse of its frequency. */
  readonly classWeights: boolean;
  readonly maxIterations: number;
  /** Weights to start from; zeros if absent. */
  readonly start?: LinearClassifier;
  /** Stop when an iteration lowers the loss by less than this. */
  readonly tolerance: number;
  /** Told the mean loss, penalty included, after each iteration. */
  readonly onIteration?: (loss: number) => void;
}

/**
 * Softmax (multinomial logistic) regression by L-BFGS: minimises the weighted mean of -log p(label | vector) plus
 * l2 / 2 x ||weights||^2 (Bishop 2006, section 4.3.4). Convex, so the result does not depend on the start.
 */
export function fitSoftmaxRegression(examples: Examples, options: FitOptions): LinearClassifier {
  const { dimension, classCount } = examples;
  const size = classCount * dimension;
  const start = new Float64Array(size + classCount);
  if (options.start !== undefined) {
    start.set(options.start.weights);
    start.set(options.start.biases, size);
  }
  const objective = regularisedLoss(examples, exampleWeights(examples, options.classWeights), options.l2);
  const { x } = minimizeLbfgs(objective, start, {
    maxIterations: options.maxIterations,
    gradientTolerance: 1e-5,
    valueTolerance: options.tolerance,
    onIteration: ({ value }) => options.onIteration?.(value),
  });
  return { weights: x.slice(0, size), biases: x.slice(size) };
}

/** `[count]`, with sum 1: equal, or so that each class that occurs has the same sum. */
function exampleWeights({ labels, classCount }: Examples, byClass: boolean): Float64Array {
  const counts = countClasses(labels, classCount);
  const present = counts.reduce((total, count) => total + (count > 0 ? 1 : 0), 0);
  return Float64Array.from(labels, (label) => (byClass ? 1 / (present * counts[label]) : 1 / labels.length));
}

/** The classifier of some of the classes: their weights and biases. */
export function rowsOf({ weights, biases }: LinearClassifier, classes: readonly number[]): LinearClassifier {
  const dimension = weights.length / biases.length;
  const kept = { weights: new Float64Array(classes.length * dimension), biases: new Float64Array(classes.length) };
  classes.forEach((c, i) => {
    kept.weights.set(weights.subarray(c * dimension, (c + 1) * dimension), i * dimension);
    kept.biases[i] = biases[c];
  });
  return kept;
}

/** Logits `[classCount]` of every example. */
export function logitsOfExamples({ weights, biases }: LinearClassifier, examples: Examples): Float64Array[] {
  const { vectors, dimension, labels, classCount } = examples;
  const x = Float64Array.from([...weights, ...biases]);
  const out = new Float64Array(block * classCount);
  const logits: Float64Array[] = [];
  for (let first = 0; first < labels.length; first += block) {
    const rows = Math.min(block, labels.length - first);
    logitsOfRows(vectors, first, rows, x, dimension, classCount, out);
    for (let i = 0; i < rows; i++) logits.push(out.slice(i * classCount, (i + 1) * classCount));
  }
  return logits;
}

/** Rows that the inner loops take together: a value once loaded is used several times, which halves their time. */
const block = 4;

/** The objective over `[classCount x dimension weights, then classCount biases]`. */
function regularisedLoss(examples: Examples, weightOf: Float64Array, l2: number): Objective {
  const { vectors, dimension, labels, classCount } = examples;
  const size = classCount * dimension;
  const residuals = new Float64Array(block * classCount);
  return (x, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let first = 0; first < labels.length; first += block) {
      const rows = Math.min(block, labels.length - first);
      logitsOfRows(vectors, first, rows, x, dimension, classCount, residuals);
      for (let row = 0; row < rows; row++) {
        const example = first + row;
        loss += weightOf[example] * toResiduals(residuals, row * classCount, classCount, labels[example]);
        for (let c = 0; c < classCount; c++) {
          residuals[row * classCount + c] *= weightOf[example];
          gradient[size + c] += residuals[row * classCount + c];
        }
      }
      residuals.fill(0, rows * classCount);
      addOuterProducts(vectors, first, rows, residuals, dimension, classCount, gradient);
    }
    let squares = 0;
    for (let i = 0; i < size; i++) {
      squares += x[i] * x[i];
      gradient[i] += l2 * x[i];
    }
    return loss + (l2 / 2) * squares;
  };
}

/**
 * Logits of up to `block` rows, from row `first`, into `out [block, classCount]`. Two rows by four classes at a time.
 * @param x weights `[classCount, dimension]`, then biases `[classCount]`
 */
function logitsOfRows(
  vectors: Float32Array,
  first: number,
  rows: number,
  x: Float64Array,
  dimension: number,
  classCount: number,
  out: Float64Array,
): void {
  const biases = classCount * dimension;
  for (let row = 0; row < rows; row += 2) {
    const a = (first + row) * dimension;
    // A missing second row is the first one again; its logits are not looked at.
    const b = row + 1 < rows ? a + dimension : a;
    const toA = row * classCount;
    const toB = toA + classCount;
    let c = 0;
    for (; c + 4 <= classCount; c += 4) {
      const w0 = c * dimension;
      const w1 = w0 + dimension;
      const w2 = w1 + dimension;
      const w3 = w2 + dimension;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let j = 0; j < dimension; j++) {
        const valueA = vectors[a + j];
        const valueB = vectors[b + j];
        const x0 = x[w0 + j];
        const x1 = x[w1 + j];
        const x2 = x[w2 + j];
        const x3 = x[w3 + j];
        a0 += valueA * x0;
        a1 += valueA * x1;
        a2 += valueA * x2;
        a3 += valueA * x3;
        b0 += valueB * x0;
        b1 += valueB * x1;
        b2 += valueB * x2;
        b3 += valueB * x3;
      }
      out[toA + c] = a0;
      out[toA + c + 1] = a1;
      out[toA + c + 2] = a2;
      out[toA + c + 3] = a3;
      out[toB + c] = b0;
      out[toB + c + 1] = b1;
      out[toB + c + 2] = b2;
      out[toB + c + 3] = b3;
    }
    for (; c < classCount; c++) {
      let sumA = 0;
      let sumB = 0;
      for (let j = 0; j < dimension; j++) {
        sumA += vectors[a + j] * x[c * dimension + j];
        sumB += vectors[b + j] * x[c * dimension + j];
      }
      out[toA + c] = sumA;
      out[toB + c] = sumB;
    }
    for (let k = 0; k < classCount; k++) {
      out[toA + k] += x[biases + k];
      out[toB + k] += x[biases + k];
    }
  }
}

/** Turns logits into probabilities minus the one-hot label, in place; returns -log p(label). */
function toResiduals(values: Float64Array, from: number, classCount: number, label: number): number {
  let largest = -Infinity;
  for (let c = 0; c < classCount; c++) largest = Math.max(largest, values[from + c]);
  const own = values[from + label];
  let sum = 0;
  for (let c = 0; c < classCount; c++) {
    const exponential = Math.exp(values[from + c] - largest);
    values[from + c] = exponential;
    sum += exponential;
  }
  for (let c = 0; c < classCount; c++) values[from + c] /= sum;
  values[from + label] -= 1;
  return largest + Math.log(sum) - own;
}

/** gradient[c] += sum over up to `block` rows of residual[row, c] x vector[row]. Two classes at a time. */
function addOuterProducts(
  vectors: Float32Array,
  first: number,
  rows: number,
  residuals: Float64Array,
  dimension: number,
  classCount: number,
  gradient: Float64Array,
): void {
  // Rows beyond the last have residuals of zero; they point at the first row of the block.
  const at = (row: number) => (first + (row < rows ? row : 0)) * dimension;
  const [a, b, c, d] = [at(0), at(1), at(2), at(3)];
  const residual = (row: number, k: number) => residuals[row * classCount + k];
  for (let k = 0; k < classCount; k += 2) {
    // An odd last class is its own partner, with residuals of zero.
    const pair = k + 1 < classCount;
    const to = k * dimension;
    const toNext = pair ? to + dimension : to;
    const [ra, rb, rc, rd] = [residual(0, k), residual(1, k), residual(2, k), residual(3, k)];
    const [sa, sb, sc, sd] = pair
      ? [residual(0, k + 1), residual(1, k + 1), residual(2, k + 1), residual(3, k + 1)]
      : [0, 0, 0, 0];
    for (let j = 0; j < dimension; j++) {
      const va = vectors[a + j];
      const vb = vectors[b + j];
      const vc = vectors[c + j];
      const vd = vectors[d + j];
      gradient[to + j] += ra * va + rb * vb + rc * vc + rd * vd;
      gradient[toNext + j] += sa * va + sb * vb + sc * vc + sd * vd;
    }
  }
}
