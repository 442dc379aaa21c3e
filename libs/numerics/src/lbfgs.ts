import { dot, norm } from './distance.js';
import { wolfeStep } from './line-search.js';

/** Value at `x [n]`; writes its gradient `[n]` into the buffer it is given. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** How many pairs of steps and gradient changes the curvature is estimated from [10]. */
  readonly memory?: number;
  /** Largest number of iterations [100]. */
  readonly maxIterations?: number;
  /** Stop when the largest component of the gradient is at most this [1e-5]. */
  readonly gradientTolerance?: number;
  /** Stop when an iteration lowers the value by at most this times max(|value|, 1) [1e-10]. */
  readonly valueTolerance?: number;
  /** Called after each iteration with the current point (a view, not a copy); returning false stops. */
  readonly onIteration?: (state: { iteration: number; value: number; x: Float64Array }) => boolean | void;
}

export interface LbfgsResult {
  /** Where the smallest value was found `[n]`. */
  readonly x: Float64Array;
  readonly value: number;
  /** Largest absolute component of the gradient at `x`. */
  readonly gradientNorm: number;
  readonly iterations: number;
  /** How often the objective was evaluated. */
  readonly evaluations: number;
  /** Why it ended; `line-search`: no step lowers the value any more, usually at the limit of precision. */
  readonly stopped: 'gradient' | 'value' | 'iterations' | 'line-search' | 'caller';
}

interface Correction {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly inverseCurvature: number;
}

const largest = (values: Float64Array) => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

/**
 * Minimises a smooth function from `start [n]` (which is not changed) by limited-memory BFGS with a strong Wolfe
 * line search: Nocedal & Wright, "Numerical Optimization", 2nd ed., algorithms 7.4 (two loops) and 7.5.
 * @throws RangeError if the value or the gradient at the start is not finite
 */
export function minimizeLbfgs(objective: Objective, start: Float64Array, options: LbfgsOptions = {}): LbfgsResult {
  const { memory = 10, maxIterations = 100, gradientTolerance = 1e-5, valueTolerance = 1e-10 } = options;
  const n = start.length;
  let x = Float64Array.from(start);
  let gradient = new Float64Array(n);
  let nextX = new Float64Array(n);
  let nextGradient = new Float64Array(n);
  let value = objective(x, gradient);
  let evaluations = 1;
  if (!Number.isFinite(value) || !gradient.every(Number.isFinite))
    throw new RangeError(`The objective is not finite at the start (value ${value}).`);
  const corrections: Correction[] = [];
  let iterations = 0;
  const result = (stopped: LbfgsResult['stopped']): LbfgsResult => ({
    x,
    value,
    gradientNorm: largest(gradient),
    iterations,
    evaluations,
    stopped,
  });

  while (largest(gradient) > gradientTolerance) {
    if (iterations >= maxIterations) return result('iterations');
    let direction = descentDirection(gradient, corrections);
    let slope = dot(gradient, direction);
    if (!(slope < 0)) {
      // The curvature estimate has gone bad: start again from steepest descent.
      corrections.length = 0;
      direction = descentDirection(gradient, corrections);
      slope = dot(gradient, direction);
    }
    const evaluate = (step: number) => {
      for (let i = 0; i < n; i++) nextX[i] = x[i] + step * direction[i];
      nextValue = objective(nextX, nextGradient);
      evaluations++;
      return { value: Number.isNaN(nextValue) ? Infinity : nextValue, slope: dot(nextGradient, direction) };
    };
    let nextValue = value;
    const firstStep = corrections.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1;
    const wolfe = { decrease: 1e-4, curvature: 0.9, maxEvaluations: 30 };
    if (wolfeStep(evaluate, value, slope, firstStep, wolfe) === undefined) return result('line-search');

    remember(corrections, memory, x, nextX, gradient, nextGradient);
    const gain = value - nextValue;
    value = nextValue;
    [x, nextX] = [nextX, x];
    [gradient, nextGradient] = [nextGradient, gradient];
    iterations++;
    if (options.onIteration?.({ iteration: iterations, value, x }) === false) return result('caller');
    if (gain <= valueTolerance * Math.max(Math.abs(value), 1)) return result('value');
  }
  return result('gradient');
}

/** Minus the product of the inverse Hessian's estimate and the gradient: Nocedal & Wright, algorithm 7.4. */
function descentDirection(gradient: Float64Array, corrections: readonly Correction[]): Float64Array {
  const direction = gradient.map((component) => -component);
  const weights = new Float64Array(corrections.length);
  for (let c = corrections.length - 1; c >= 0; c--) {
    const { step, change, inverseCurvature } = corrections[c];
    weights[c] = inverseCurvature * dot(step, direction);
    for (let i = 0; i < direction.length; i++) direction[i] -= weights[c] * change[i];
  }
  const newest = corrections.at(-1);
  if (newest !== undefined) {
    const scale = 1 / (newest.inverseCurvature * dot(newest.change, newest.change));
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  for (let c = 0; c < corrections.length; c++) {
    const { step, change, inverseCurvature } = corrections[c];
    const correction = weights[c] - inverseCurvature * dot(change, direction);
    for (let i = 0; i < direction.length; i++) direction[i] += correction * step[i];
  }
  return direction;
}

/** Adds the newest pair of step and gradient change, unless its curvature is not positive; drops the oldest. */
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
