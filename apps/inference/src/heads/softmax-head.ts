/** Names of the quantities that tell known texts from unknown ones; higher is more known. */
export const unknownMethods = ['probability', 'energy', 'centroid'] as const;
export type UnknownMethod = (typeof unknownMethods)[number];

/** A trained head, as it answers. */
export interface SoftmaxHead {
  readonly classes: readonly string[];
  readonly dimension: number;
  /** `[classes, dimension]`, row-major. */
  readonly weights: Float32Array;
  /** `[classes]`. */
  readonly biases: Float32Array;
  /** `[classes, dimension]`, row-major: unit vector of each class's mean, see centroidCosine. */
  readonly centroids: Float32Array;
  /** Logits are divided by it before the softmax (Guo et al. 2017, arXiv:1706.04599). */
  readonly temperature: number;
  readonly unknown: { readonly method: UnknownMethod; readonly threshold: number };
}

export interface Verdict {
  /** No class fits. */
  readonly unknown: boolean;
  /** What was compared with the threshold. */
  readonly score: number;
  /** Best first; filled for unknown texts too. */
  readonly classes: readonly { readonly label: string; readonly probability: number }[];
}

/**
 * Logits of one vector: weights . vector + biases.
 * @param vector `[dimension]`
 * @returns `[classes]`
 */
export function logitsOf(
  head: Pick<SoftmaxHead, 'weights' | 'biases' | 'dimension'>,
  vector: Float32Array,
): Float64Array {
  const { weights, biases, dimension } = head;
  const logits = Float64Array.from(biases);
  for (let c = 0; c < logits.length; c++) {
    const at = c * dimension;
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += weights[at + j] * vector[j];
    logits[c] += sum;
  }
  return logits;
}

/** Largest logit plus the logarithm of the sum of exponentials relative to it: log(sum(exp(z / T))). */
export function logSumExp(logits: Float64Array, temperature: number): number {
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit / temperature);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit / temperature - largest);
  return largest + Math.log(sum);
}

/** Calibrated probabilities `[classes]` of logits `[classes]`: softmax(z / T). */
export function softmax(logits: Float64Array, temperature: number): Float64Array {
  const total = logSumExp(logits, temperature);
  return logits.map((logit) => Math.exp(logit / temperature - total));
}

/**
 * Cosine of a vector `[dimension]` and the nearest of unit vectors `[classes, dimension]`; 0 for a zero vector.
 */
export function centroidCosine(centroids: Float32Array, dimension: number, vector: Float32Array): number {
  let squares = 0;
  for (let j = 0; j < dimension; j++) squares += vector[j] * vector[j];
  if (squares === 0) return 0;
  let best = -Infinity;
  for (let at = 0; at < centroids.length; at += dimension) {
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += centroids[at + j] * vector[j];
    best = Math.max(best, sum);
  }
  return best / Math.sqrt(squares);
}

/**
 * How known a vector is. "probability": the largest calibrated one (Hendrycks and Gimpel 2017, arXiv:1610.02136);
 * "energy": log-sum-exp of the calibrated logits (Liu et al. 2020, arXiv:2010.03759, eq. 4, sign turned);
 * "centroid": cosine to the nearest class centroid.
 */
export function unknownScore(
  head: Pick<SoftmaxHead, 'centroids' | 'dimension' | 'temperature'>,
  method: UnknownMethod,
  vector: Float32Array,
  logits: Float64Array,
): number {
  if (method === 'centroid') return centroidCosine(head.centroids, head.dimension, vector);
  if (method === 'energy') return logSumExp(logits, head.temperature);
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  return Math.exp(largest / head.temperature - logSumExp(logits, head.temperature));
}

/** Classes and verdicts of vectors `[count, dimension]`, the best `topK` classes of each. */
export function classifyVectors(head: SoftmaxHead, vectors: Float32Array, topK: number): Verdict[] {
  const { dimension, classes, temperature, unknown } = head;
  const verdicts: Verdict[] = [];
  for (let at = 0; at < vectors.length; at += dimension) {
    const vector = vectors.subarray(at, at + dimension);
    const logits = logitsOf(head, vector);
    const probabilities = softmax(logits, temperature);
    const score = unknownScore(head, unknown.method, vector, logits);
    const best = Array.from(probabilities.keys())
      .sort((a, b) => probabilities[b] - probabilities[a] || a - b)
      .slice(0, topK);
    verdicts.push({
      unknown: score < unknown.threshold,
      score,
      classes: best.map((c) => ({ label: classes[c], probability: probabilities[c] })),
    });
  }
  return verdicts;
}
