import { expectedCalibrationError } from '@cairn/numerics';
import { logSumExp, softmax } from './softmax-head.js';

/** Weight of the prior that the temperature is near 1: as much as this many examples. */
const priorStrength = 4;

/** Mean -log p(label) of logits, each `[classes]`, at a temperature. */
export function meanLogLoss(logits: readonly Float64Array[], labels: ArrayLike<number>, temperature: number): number {
  let loss = 0;
  logits.forEach((row, i) => (loss += logSumExp(row, temperature) - row[labels[i]] / temperature));
  return loss / logits.length;
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
  temperature: number,
): number {
  if (logits.length === 0) return 0;
  const confidences: number[] = [];
  const correct: boolean[] = [];
  logits.forEach((row, i) => {
    const best = largestIndex(row);
    // The softmax may exceed 1 by a rounding error.
    confidences.push(Math.min(1, softmax(row, temperature)[best]));
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
