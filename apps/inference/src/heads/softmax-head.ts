import { recall, type ExampleMemory, type Recollection } from './example-memory.js';

/** Names of the quantities that tell known texts from unknown ones; higher is more known. See `unknownScore`. */
export const unknownMethods = ['probability', 'energy', 'centroid', 'radius', 'neighbour', 'combined'] as const;
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
  /** `[classes]`: distance (1 - cosine) within which half of a class's examples are of its centroid. */
  readonly radii?: Float32Array;
  /** Absent in heads of before it was there. */
  readonly memory?: ExampleMemory;
  readonly unknown: { readonly method: UnknownMethod; readonly threshold: number; readonly mix?: Mix };
}

/** What counts beside the log odds of the best class in the score "combined". */
export interface Mix {
  /** The cosine to the nearest example of that class. */
  readonly cosine: number;
  readonly energy: number;
}

export interface Verdict {
  /** No class fits. */
  readonly unknown: boolean;
  /** What was compared with the threshold. */
  readonly score: number;
  /** Best first; filled for unknown texts too. */
  readonly classes: readonly { readonly label: string; readonly probability: number }[];
  /** Which quantity `score` is. Absent if nothing was compared. */
  readonly detector?: UnknownMethod;
  /** Why: the class that is nearest, by single examples or by its centroid, and the cosine to it. */
  readonly nearest?: { readonly label: string; readonly cosine: number; readonly to: 'example' | 'centroid' };
}

/** What is known of one vector when it is judged. */
export interface Evidence {
  /** `[classes]`, before the temperature; with what the memory adds. */
  readonly logits: Float64Array;
  readonly centroid: NearestCentroid;
  readonly recollection?: Recollection;
}

export interface NearestCentroid {
  readonly class: number;
  readonly cosine: number;
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

/** The nearest of unit vectors `[classes, dimension]` to a vector `[dimension]`; cosine 0 for a zero vector. */
export function nearestCentroid(centroids: Float32Array, dimension: number, vector: Float32Array): NearestCentroid {
  let squares = 0;
  for (let j = 0; j < dimension; j++) squares += vector[j] * vector[j];
  let best = -Infinity;
  let nearest = 0;
  for (let c = 0; c * dimension < centroids.length; c++) {
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += centroids[c * dimension + j] * vector[j];
    if (sum > best) [best, nearest] = [sum, c];
  }
  return { class: nearest, cosine: squares === 0 ? 0 : best / Math.sqrt(squares) };
}

/**
 * How known a vector is. "probability": the largest calibrated one (Hendrycks and Gimpel 2017, arXiv:1610.02136);
 * "energy": log-sum-exp of the calibrated logits (Liu et al. 2020, arXiv:2010.03759, eq. 4, sign turned);
 * "centroid": cosine to the nearest class centroid; "radius": 1 - distance / radius of the class of the nearest centroid,
 * below 0 outside (adaptive decision boundary, Zhang et al. 2021, arXiv:2012.10209; the radius is where its loss is
 * least, the median); "neighbour": cosine to the nearest example (Sun et al. 2022, arXiv:2204.06507, k = 1);
 * "combined": log odds of the best class + the cosine to the nearest example of that class and the energy, times what they
 * count in the mix.
 */
export function unknownScore(
  head: Pick<SoftmaxHead, 'temperature' | 'radii'>,
  method: UnknownMethod,
  { logits, centroid, recollection }: Evidence,
  mix: Mix = { cosine: 0, energy: 0 },
): number {
  if (method === 'centroid') return centroid.cosine;
  if (method === 'radius') return 1 - (1 - centroid.cosine) / (head.radii?.[centroid.class] ?? 1);
  if (method === 'neighbour') return recollection?.nearestCosine ?? 0;
  const total = logSumExp(logits, head.temperature);
  if (method === 'energy') return total;
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  const log = largest / head.temperature - total;
  if (method === 'probability') return Math.exp(log);
  return logOdds(log) + mix.cosine * (recollection?.ownCosine ?? 0) + mix.energy * total;
}

/** log(p / (1 - p)) of log p; finite for p = 1. */
function logOdds(log: number): number {
  const below = Math.min(log, -1e-12);
  return below - Math.log(-Math.expm1(below));
}

/** Classes and verdicts of vectors `[count, dimension]`, the best `topK` classes of each. */
export function classifyVectors(head: SoftmaxHead, vectors: Float32Array, topK: number): Verdict[] {
  const { dimension, classes, temperature, unknown, memory } = head;
  const verdicts: Verdict[] = [];
  for (let at = 0; at < vectors.length; at += dimension) {
    const vector = vectors.subarray(at, at + dimension);
    const linear = logitsOf(head, vector);
    const recollection = memory === undefined ? undefined : recall(memory, linear, vector);
    const logits = recollection?.logits ?? linear;
    const centroid = nearestCentroid(head.centroids, dimension, vector);
    const probabilities = softmax(logits, temperature);
    const score = unknownScore(head, unknown.method, { logits, centroid, recollection }, unknown.mix);
    const best = Array.from(probabilities.keys())
      .sort((a, b) => probabilities[b] - probabilities[a] || a - b)
      .slice(0, topK);
    verdicts.push({
      unknown: score < unknown.threshold,
      score,
      classes: best.map((c) => ({ label: classes[c], probability: probabilities[c] })),
      detector: unknown.method,
      nearest:
        recollection === undefined
          ? { label: classes[centroid.class], cosine: centroid.cosine, to: 'centroid' }
          : { label: classes[recollection.nearestClass], cosine: recollection.nearestCosine, to: 'example' },
    });
  }
  return verdicts;
}
