/** What confidences are worth: where a class can be trusted, and what accuracy costs in coverage. */

export interface ClassThreshold {
  /** Predictions of the class with a confidence below are left open; above 1: none can be trusted. */
  readonly threshold: number;
  /** Share right of the predictions at or above it, and how many there are. */
  readonly precision: number;
  readonly kept: number;
}

/**
 * For each class the lowest confidence at and above which its predictions on held-out examples reach a precision; all of
 * them where they do so anyway (threshold 0). A class that never reaches it, or was never predicted, gets a threshold that
 * none passes: Infinity.
 * @param predicted `[count]`, class of each example
 * @param confidences `[count]`
 * @param correct `[count]`
 */
export function classThresholds(
  predicted: ArrayLike<number>,
  confidences: ArrayLike<number>,
  correct: ArrayLike<boolean>,
  classCount: number,
  precision: number,
): ClassThreshold[] {
  const members: number[][] = Array.from({ length: classCount }, () => []);
  for (let i = 0; i < predicted.length; i++) members[predicted[i]].push(i);
  return members.map((own): ClassThreshold => {
    own.sort((a, b) => confidences[b] - confidences[a]);
    let found: ClassThreshold = { threshold: Infinity, precision: 0, kept: 0 };
    let right = 0;
    own.forEach((index, rank) => {
      right += correct[index] ? 1 : 0;
      // Equal confidences are kept or left together.
      if (rank + 1 < own.length && confidences[own[rank + 1]] === confidences[index]) return;
      if (right < precision * (rank + 1)) return;
      const all = rank + 1 === own.length;
      found = { threshold: all ? 0 : confidences[index], precision: right / (rank + 1), kept: rank + 1 };
    });
    return found;
  });
}

export interface CoveragePoint {
  /** Answers with at least this confidence are given. */
  readonly threshold: number;
  /** Share of examples that are answered. */
  readonly coverage: number;
  /** Share right of those. */
  readonly accuracy: number;
}

/**
 * Accuracy against coverage: one point for each confidence that occurs, from the surest example to all of them
 * (El-Yaniv and Wiener 2010).
 */
export function coverageCurve(confidences: ArrayLike<number>, correct: ArrayLike<boolean>): CoveragePoint[] {
  const order = Array.from({ length: confidences.length }, (_, i) => i).sort((a, b) => confidences[b] - confidences[a]);
  const points: CoveragePoint[] = [];
  let right = 0;
  order.forEach((index, rank) => {
    right += correct[index] ? 1 : 0;
    if (rank + 1 < order.length && confidences[order[rank + 1]] === confidences[index]) return;
    const answered = rank + 1;
    points.push({ threshold: confidences[index], coverage: answered / order.length, accuracy: right / answered });
  });
  return points;
}

/** The largest share of examples that can be answered with an accuracy, and from which confidence on. */
export function coverageAt(curve: readonly CoveragePoint[], accuracy: number): CoveragePoint | undefined {
  return curve.findLast((point) => point.accuracy >= accuracy);
}
