import { expectedCalibrationError } from '@cairn/numerics';
import { logSumExp, softmax } from './softmax-head.js';

/** Weight of the prior that the temperature is near 1: as much as this many examples. */
const priorStrength = 4;

/** One for all examples, or `[count]`, one for each. */
export type Temperatures = number | Float64Array;

const at = (temperatures: Temperatures, i: number) =>
  typeof temperatures === 'number' ? temperatures : temperatures[i];

/** Mean -log p(label) of logits, each `[classes]`, at a temperature. */
export function meanLogLoss(
  logits: readonly Float64Array[],
  labels: ArrayLike<number>,
  temperatures: Temperatures,
): number {
  let loss = 0;
  logits.forEach((row, i) => (loss += logSumExp(row, at(temperatures, i)) - row[labels[i]] / at(temperatures, i)));
  return loss / logits.length;
}

/** What calibration comes to. */
export interface Calibration {
  /** The one to serve with; 1 where none makes probabilities more honest. */
  readonly temperature: number;
  /** `[count]`: for each example the one that was fitted without it, for figures; all 1 where `temperature` is. */
  readonly crossFitted: Float64Array;
}

const calibrationFolds = 5;

/**
 * A temperature for logits of held-out examples, tried out on examples it was not fitted to: in turn on each fifth of
 * them, fitted on the others. If that does not lower the log loss against none at all, there is none: calibration never
 * makes it worse on examples of its own kind.
 */
export function calibrate(logits: readonly Float64Array[], labels: ArrayLike<number>): Calibration {
  const crossFitted = new Float64Array(logits.length).fill(1);
  for (let fold = 0; fold < calibrationFolds; fold++) {
    const others = Array.from(logits.keys()).filter((i) => i % calibrationFolds !== fold);
    const temperature = fitTemperature(
      others.map((i) => logits[i]),
      others.map((i) => labels[i]),
    );
    for (let i = fold; i < logits.length; i += calibrationFolds) crossFitted[i] = temperature;
  }
  if (meanLogLoss(logits, labels, crossFitted) < meanLogLoss(logits, labels, 1))
    return { temperature: fitTemperature(logits, labels), crossFitted };
  return { temperature: 1, crossFitted: crossFitted.fill(1) };
}

/**
 * The temperature that makes probabilities honest on held-out examples: minimises the log loss over log T
 * (Guo et al. 2017), by golden-section search. A Gaussian prior on log T around 0 keeps a handful of examples, all
 * of them right, from claiming certainty; it is lost among some hundred. Without examples: 1.
 */
export function fitTemperature(logits: readonly Float64Array[], labels: ArrayLike<number>): number {
  if (logits.length === 0) return 1;
  const cost = (log: number) =>
    meanLogLoss(logits, labels, Math.exp(log)) * logits.length + (priorStrength / 2) * log * log;
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = Math.log(0.05);
  let high = Math.log(20);
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let costLeft = cost(left);
  let costRight = cost(right);
  while (high - low > 1e-4) {
    if (costLeft < costRight) {
      high = right;
      [right, costRight] = [left, costLeft];
      left = high - ratio * (high - low);
      costLeft = cost(left);
    } else {
      low = left;
      [left, costLeft] = [right, costRight];
      right = low + ratio * (high - low);
      costRight = cost(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/** Expected calibration error (15 bins) of the largest probability at a temperature. */
export function calibrationError(
  logits: readonly Float64Array[],
  labels: ArrayLike<number>,
  temperatures: Temperatures,
): number {
  if (logits.length === 0) return 0;
  const confidences: number[] = [];
  const correct: boolean[] = [];
  logits.forEach((row, i) => {
    const best = largestIndex(row);
    // The softmax may exceed 1 by a rounding error.
    confidences.push(Math.min(1, softmax(row, at(temperatures, i))[best]));
    correct.push(best === labels[i]);
  });
  return expectedCalibrationError(confidences, correct);
}

/** Index of the largest of `values [n]`, the first of equals. */
export function largestIndex(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
