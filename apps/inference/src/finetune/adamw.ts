import { adamWKernel } from './adamw-kernel.js';

export interface AdamWSettings {
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay, times the learning rate. */
  readonly weightDecay: number;
}

export const defaultAdamW: AdamWSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

/**
 * AdamW with bias correction and decoupled decay (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2), in place,
 * over `count` values: w <- w * keep - rate * m / (sqrt(v) * correction + epsilon). `rate` and `correction` carry the
 * bias corrections: learning rate / (1 - beta1^t), and 1 / sqrt(1 - beta2^t).
 * @param weights values from `at` on
 * @param gradient values from `gradientAt` on, times `scale`
 * @param mean first moments, from `at` on
 * @param square second moments, from `at` on
 * @param keep 1 - learning rate * decay
 */
export function adamWLoop(
  weights: Float32Array,
  at: number,
  gradient: Float32Array,
  gradientAt: number,
  mean: Float32Array,
  square: Float32Array,
  count: number,
  scale: number,
  keep: number,
  rate: number,
  correction: number,
  beta1: number,
  beta2: number,
  epsilon: number,
): void {
  adamWKernel(
    weights,
    at,
    gradient,
    gradientAt,
    mean,
    square,
    count,
    scale,
    keep,
    rate,
    correction,
    1 - beta1,
    1 - beta2,
    epsilon,
  );
}

/** Sum of the squares of `count` values from `at` on, in float64. Four sums, so that additions do not wait for each other. */
export function sumOfSquares(values: Float32Array, at: number, count: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = at + count;
  const whole = at + (count & ~3);
  for (let i = at; i < whole; i += 4) {
    a += values[i] * values[i];
    b += values[i + 1] * values[i + 1];
    c += values[i + 2] * values[i + 2];
    d += values[i + 3] * values[i + 3];
  }
  for (let i = whole; i < end; i++) a += values[i] * values[i];
  return a + b + c + d;
}

/** sum <- sum + weight * values, for `count` values. */
export function addScaled(
  sum: Float32Array,
  sumAt: number,
  values: Float32Array,
  valuesAt: number,
  count: number,
  weight: number,
): void {
  for (let i = 0; i < count; i++) sum[sumAt + i] += weight * values[valuesAt + i];
}
