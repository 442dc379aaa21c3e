/** A point on the search line: the step, the value there and the slope along the line. */
interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

export interface LineSearchOptions {
  /** Sufficient decrease, c1 of the Wolfe conditions. */
  readonly decrease: number;
  /** Curvature, c2 of the strong Wolfe conditions. */
  readonly curvature: number;
  readonly maxEvaluations: number;
}

/** Minimum of the cubic through two points with their slopes, kept away from both ends; their middle if it has none. */
function interpolate(a: LinePoint, b: LinePoint): number {
  const middle = (a.step + b.step) / 2;
  if (![a.value, b.value, a.slope, b.slope].every(Number.isFinite)) return middle;
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const discriminant = d1 * d1 - a.slope * b.slope;
  if (discriminant < 0) return middle;
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(discriminant);
  const step = b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  const margin = 0.1 * Math.abs(b.step - a.step);
  const low = Math.min(a.step, b.step) + margin;
  const high = Math.max(a.step, b.step) - margin;
  return step >= low && step <= high ? step : middle;
}

/**
 * A step along a descent direction that satisfies the strong Wolfe conditions: Nocedal & Wright, "Numerical
 * Optimization", 2nd ed., algorithms 3.5 (bracket) and 3.6 (zoom). Where the budget of evaluations ends first, the
 * best step that decreases the value; undefined if there is none.
 * @param evaluate value and slope at a step; the last call made is always the step that is returned
 */
export function wolfeStep(
  evaluate: (step: number) => { value: number; slope: number },
  startValue: number,
  startSlope: number,
  firstStep: number,
  options: LineSearchOptions,
): number | undefined {
  const { decrease, curvature, maxEvaluations } = options;
  const origin: LinePoint = { step: 0, value: startValue, slope: startSlope };
  let evaluations = 0;
  let best = origin;
  let latest = origin;
  const at = (step: number): LinePoint => {
    evaluations++;
    latest = { step, ...evaluate(step) };
    if (latest.value < best.value) best = latest;
    return latest;
  };
  const tooHigh = (point: LinePoint) => !(point.value <= startValue + decrease * point.step * startSlope);
  const flatEnough = (point: LinePoint) => Math.abs(point.slope) <= -curvature * startSlope;

  const zoom = (from: LinePoint, to: LinePoint): LinePoint | undefined => {
    let low = from;
    let high = to;
    while (evaluations < maxEvaluations && Math.abs(high.step - low.step) > 1e-16 * Math.max(1, low.step)) {
      const point = at(interpolate(low, high));
      if (tooHigh(point) || point.value >= low.value) high = point;
      else {
        if (flatEnough(point)) return point;
        if (point.slope * (high.step - low.step) >= 0) high = low;
        low = point;
      }
    }
    return undefined;
  };

  const search = (): LinePoint | undefined => {
    let previous = origin;
    let step = firstStep;
    while (evaluations < maxEvaluations) {
      const point = at(step);
      if (tooHigh(point) || (evaluations > 1 && point.value >= previous.value)) return zoom(previous, point);
      if (flatEnough(point)) return point;
      if (point.slope >= 0) return zoom(point, previous);
      previous = point;
      step *= 2;
    }
    return undefined;
  };

  const found = search() ?? (best.step > 0 ? best : undefined);
  if (found !== undefined && latest.step !== found.step) at(found.step);
  return found?.step;
}
