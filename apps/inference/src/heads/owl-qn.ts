import { dot, norm } from '@cairn/numerics';

/** Value of the smooth part at `x [n]`; writes its gradient `[n]` into the buffer it is given. */
export type AsyncObjective = (x: Float64Array, gradient: Float64Array) => Promise<number>;

export interface OwlQnOptions {
  /** Weight of the sum of absolute values of the first `penalised` variables; 0: plain L-BFGS. */
  readonly l1: number;
  readonly penalised: number;
  readonly maxIterations: number;
  /** Stop when the largest component of the (pseudo-)gradient is at most this. */
  readonly gradientTolerance: number;
  /** Stop when an iteration lowers the value by at most this times max(|value|, 1). */
  readonly valueTolerance: number;
  /** Pairs of steps and gradient changes the curvature is estimated from [10]. */
  readonly memory?: number;
  /** Told the value, the penalty included, after each iteration. */
  readonly onIteration?: (value: number) => void;
}

export interface OwlQnResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** `line-search`: no step lowers the value any more, usually at the limit of precision. */
  readonly stopped: 'gradient' | 'value' | 'iterations' | 'line-search';
}

interface Correction {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly inverseCurvature: number;
}

/** Halvings of a step before it counts as hopeless. */
const maxHalvings = 25;

/**
 * Minimises a convex function plus `l1` times the absolute values of some variables: orthant-wise limited-memory
 * quasi-Newton (Andrew and Gao 2007, "Scalable training of L1-regularized log-linear models"). Variables the penalty
 * holds at zero are exactly zero. With `l1` 0 it is L-BFGS with a backtracking line search, which is enough where the
 * function is convex: the curvature along a step cannot be negative. The objective may be computed elsewhere, hence
 * asynchronous.
 * @param start `[n]`, not changed
 * @throws RangeError if the value or the gradient at the start is not finite
 */
export async function minimizeOwlQn(
  objective: AsyncObjective,
  start: Float64Array,
  options: OwlQnOptions,
): Promise<OwlQnResult> {
  const { l1, penalised, memory = 10, maxIterations, gradientTolerance, valueTolerance } = options;
  const n = start.length;
  let x = Float64Array.from(start);
  let gradient = new Float64Array(n);
  let nextX = new Float64Array(n);
  let nextGradient = new Float64Array(n);
  const penaltyOf = (point: Float64Array) => {
    let sum = 0;
    if (l1 > 0) for (let i = 0; i < penalised; i++) sum += Math.abs(point[i]);
    return l1 * sum;
  };
  let value = (await objective(x, gradient)) + penaltyOf(x);
  if (!Number.isFinite(value) || !gradient.every(Number.isFinite))
    throw new RangeError(`The objective is not finite at the start (value ${value}).`);
  const corrections: Correction[] = [];
  let evaluations = 1;
  let iterations = 0;
  const result = (stopped: OwlQnResult['stopped']): OwlQnResult => ({ x, value, iterations, evaluations, stopped });

  for (;;) {
    const slopes = l1 > 0 ? pseudoGradient(x, gradient, l1, penalised) : gradient;
    if (largest(slopes) <= gradientTolerance) return result('gradient');
    if (iterations >= maxIterations) return result('iterations');
    let direction = descentDirection(slopes, corrections);
    if (l1 > 0) keepDescending(direction, slopes, penalised);
    if (!(dot(slopes, direction) < 0)) {
      // The curvature estimate has gone bad: start again from steepest descent.
      corrections.length = 0;
      direction = slopes.map((slope) => -slope);
    }
    let step = corrections.length === 0 ? Math.min(1, 1 / norm(slopes)) : 1;
    let nextValue = Infinity;
    let halvings = 0;
    for (; halvings < maxHalvings; halvings++, step /= 2) {
      stepWithinOrthant(x, direction, slopes, step, l1 > 0 ? penalised : 0, nextX);
      nextValue = (await objective(nextX, nextGradient)) + penaltyOf(nextX);
      evaluations++;
      let expected = 0;
      for (let i = 0; i < n; i++) expected += slopes[i] * (nextX[i] - x[i]);
      if (nextValue <= value + 1e-4 * expected) break;
    }
    if (halvings === maxHalvings) return result('line-search');
    remember(corrections, memory, x, nextX, gradient, nextGradient);
    const gain = value - nextValue;
    value = nextValue;
    [x, nextX] = [nextX, x];
    [gradient, nextGradient] = [nextGradient, gradient];
    iterations++;
    options.onIteration?.(value);
    if (gain <= valueTolerance * Math.max(Math.abs(value), 1)) return result('value');
  }
}

const largest = (values: Float64Array) => {
  let max = 0;
  for (let i = 0; i < values.length; i++) max = Math.max(max, Math.abs(values[i]));
  return max;
};

/** The one-sided slope in the direction that descends, of the penalised function: eq. 4. */
function pseudoGradient(x: Float64Array, gradient: Float64Array, l1: number, penalised: number): Float64Array {
  const slopes = Float64Array.from(gradient);
  for (let i = 0; i < penalised; i++) {
    if (x[i] !== 0) slopes[i] += l1 * Math.sign(x[i]);
    else if (gradient[i] + l1 < 0) slopes[i] += l1;
    else if (gradient[i] - l1 > 0) slopes[i] -= l1;
    else slopes[i] = 0;
  }
  return slopes;
}

/** Components that climb are left out. */
function keepDescending(direction: Float64Array, slopes: Float64Array, penalised: number): void {
  for (let i = 0; i < penalised; i++) if (direction[i] * slopes[i] >= 0) direction[i] = 0;
}

/** next = x + step x direction; what would change its sign stops at zero, as the slope is valid on one side only. */
function stepWithinOrthant(
  x: Float64Array,
  direction: Float64Array,
  slopes: Float64Array,
  step: number,
  penalised: number,
  next: Float64Array,
): void {
  for (let i = 0; i < x.length; i++) next[i] = x[i] + step * direction[i];
  for (let i = 0; i < penalised; i++) {
    const side = x[i] !== 0 ? x[i] : -slopes[i];
    if (next[i] * side <= 0) next[i] = 0;
  }
}

/** Minus the product of the inverse Hessian's estimate and the slopes: Nocedal and Wright, algorithm 7.4. */
function descentDirection(slopes: Float64Array, corrections: readonly Correction[]): Float64Array {
  const direction = slopes.map((slope) => -slope);
  const weights = new Float64Array(corrections.length);
  for (let c = corrections.length - 1; c >= 0; c--) {
    const { step, change, inverseCurvature } = corrections[c];
    weights[c] = inverseCurvature * dot(step, direction);
    addScaled(direction, change, -weights[c]);
  }
  const newest = corrections.at(-1);
  if (newest !== undefined) {
    const scale = 1 / (newest.inverseCurvature * dot(newest.change, newest.change));
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  for (let c = 0; c < corrections.length; c++) {
    const { step, change, inverseCurvature } = corrections[c];
    addScaled(direction, step, weights[c] - inverseCurvature * dot(change, direction));
  }
  return direction;
}

function addScaled(to: Float64Array, values: Float64Array, scale: number): void {
  for (let i = 0; i < to.length; i++) to[i] += scale * values[i];
}

/** Adds the newest pair of step and gradient change, unless its curvature is lost in rounding; drops the oldest. */
function remember(
  corrections: Correction[],
  memory: number,
  x: Float64Array,
  nextX: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const step = nextX.map((component, i) => component - x[i]);
  const change = nextGradient.map((component, i) => component - gradient[i]);
  const curvature = dot(step, change);
  if (curvature <= Number.EPSILON * norm(step) * norm(change)) return;
  corrections.push({ step, change, inverseCurvature: 1 / curvature });
  if (corrections.length > memory) corrections.shift();
}
