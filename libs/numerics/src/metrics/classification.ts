import { requireSameLength } from './contingency.js';

/** Share of equal entries of `expected [n]` and `predicted [n]`, 0 to 1; NaN for no entries. */
export function accuracy(expected: ArrayLike<number>, predicted: ArrayLike<number>): number {
  requireSameLength(expected, predicted);
  let equal = 0;
  for (let i = 0; i < expected.length; i++) if (expected[i] === predicted[i]) equal++;
  return equal / expected.length;
}

/**
 * Confusion counts `[classes, classes]`, row-major: row = expected class, column = predicted class.
 * @throws RangeError for a class outside [0, classes)
 */
export function confusion(expected: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): Int32Array {
  requireSameLength(expected, predicted);
  const counts = new Int32Array(classes * classes);
  for (let i = 0; i < expected.length; i++) {
    for (const value of [expected[i], predicted[i]])
      if (!(Number.isInteger(value) && value >= 0 && value < classes))
        throw new RangeError(`Class ${value} of item ${i} is outside [0, ${classes}).`);
    counts[expected[i] * classes + predicted[i]]++;
  }
  return counts;
}

export interface ClassScores {
  /** Share of the predictions of the class that are right; 0 if it was never predicted. */
  readonly precision: number;
  /** Share of the items of the class that were found; 0 if it has none. */
  readonly recall: number;
  /** Harmonic mean of the two; 0 if both are 0. */
  readonly f1: number;
  /** Items of the class. */
  readonly support: number;
}

/** Precision, recall and F1 of each class, from confusion counts `[classes, classes]`. */
export function classScores(counts: ArrayLike<number>, classes: number): ClassScores[] {
  return Array.from({ length: classes }, (_, own) => {
    const hits = counts[own * classes + own];
    let support = 0;
    let claimed = 0;
    for (let other = 0; other < classes; other++) {
      support += counts[own * classes + other];
      claimed += counts[other * classes + own];
    }
    return {
      precision: claimed === 0 ? 0 : hits / claimed,
      recall: support === 0 ? 0 : hits / support,
      f1: support + claimed === 0 ? 0 : (2 * hits) / (support + claimed),
      support,
    };
  });
}

/**
 * Mean F1 over the classes that occur in `expected [n]` or `predicted [n]`, each counted the same, 0 to 1 (as in
 * scikit-learn with zero_division = 0); NaN for no entries.
 */
export function macroF1(expected: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number {
  const counts = confusion(expected, predicted, classes);
  let sum = 0;
  let present = 0;
  classScores(counts, classes).forEach(({ f1, support }, own) => {
    let claimed = 0;
    for (let other = 0; other < classes; other++) claimed += counts[other * classes + own];
    if (support + claimed === 0) return;
    sum += f1;
    present++;
  });
  return sum / present;
}
