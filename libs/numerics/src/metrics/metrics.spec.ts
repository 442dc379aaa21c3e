import fc from 'fast-check';
import golden from '../golden.json';
import { adjustedRandIndex, hungarianAccuracy, normalizedMutualInformation } from './agreement.js';
import { expectedCalibrationError } from './calibration.js';
import { accuracy, classScores, confusion, macroF1 } from './classification.js';
import { auroc } from './ranking.js';

const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 40 });
const pairs = labels.chain((first) =>
  fc.tuple(
    fc.constant(first),
    fc.array(fc.integer({ min: 0, max: 4 }), { minLength: first.length, maxLength: first.length }),
  ),
);

describe('against scikit-learn (scripts/golden-numerics.py)', () => {
  const { first, second, scores, positive } = golden;

  it('gives the same figures', () => {
    expect(normalizedMutualInformation(first, second)).toBeCloseTo(golden.nmi, 12);
    expect(adjustedRandIndex(first, second)).toBeCloseTo(golden.ari, 12);
    expect(accuracy(first, second)).toBeCloseTo(golden.accuracy, 12);
    expect(macroF1(first, second, 7)).toBeCloseTo(golden.macroF1, 12);
    expect([...confusion(first, second, 7)]).toEqual(golden.confusion);
    expect(auroc(scores, positive)).toBeCloseTo(golden.auroc, 12);
  });
});

describe('agreement of two labellings', () => {
  it('is complete for one partition under two numberings, and symmetric', () => {
    fc.assert(
      fc.property(pairs, ([first, second]) => {
        const renamed = first.map((label) => 17 - 3 * label);
        expect(normalizedMutualInformation(first, renamed)).toBeCloseTo(1, 12);
        expect(adjustedRandIndex(first, renamed)).toBeCloseTo(1, 12);
        expect(hungarianAccuracy(first, renamed)).toBe(1);
        expect(normalizedMutualInformation(first, second)).toBeCloseTo(normalizedMutualInformation(second, first), 12);
        expect(adjustedRandIndex(first, second)).toBeCloseTo(adjustedRandIndex(second, first), 12);
        expect(hungarianAccuracy(first, second)).toBeCloseTo(hungarianAccuracy(second, first), 12);
        expect(hungarianAccuracy(first, second)).toBeGreaterThanOrEqual(accuracy(first, second));
      }),
      { seed: 6 },
    );
  });

  it('has the values scikit-learn states for the limiting cases', () => {
    expect(normalizedMutualInformation([1, 1], [0, 0])).toBe(1);
    expect(normalizedMutualInformation([0, 0, 0, 0], [0, 1, 2, 3])).toBe(0);
    expect(adjustedRandIndex([0, 0, 0, 0], [0, 1, 2, 3])).toBe(0);
    expect(adjustedRandIndex([0, 0, 1, 1], [0, 0, 1, 2])).toBeCloseTo(0.5714285714, 9);
    expect(adjustedRandIndex([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(-0.5, 12);
    expect(adjustedRandIndex([], [])).toBe(1);
  });

  it('refuses labellings of different lengths', () => {
    expect(() => adjustedRandIndex([1], [1, 2])).toThrow('got 1 and 2');
  });
});

describe('classification', () => {
  it('gives scores by class from a calculation by hand', () => {
    // Class 0: two items, one found, three claimed; class 1: two items, none found; class 2 does not occur.
    const counts = confusion([0, 0, 1, 1], [0, 1, 0, 0], 3);
    expect([...counts]).toEqual([1, 1, 0, 2, 0, 0, 0, 0, 0]);
    expect(classScores(counts, 3)).toEqual([
      { precision: 1 / 3, recall: 1 / 2, f1: 2 / 5, support: 2 },
      { precision: 0, recall: 0, f1: 0, support: 2 },
      { precision: 0, recall: 0, f1: 0, support: 0 },
    ]);
    expect(macroF1([0, 0, 1, 1], [0, 1, 0, 0], 3)).toBe(1 / 5);
  });

  it('refuses classes out of range', () => {
    expect(() => confusion([0, 3], [0, 0], 3)).toThrow('Class 3 of item 1');
  });
});

describe('auroc', () => {
  it('is the share of positive-negative pairs in the right order, ties counted half', () => {
    const scored = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(scored, (items) => {
        let right = 0;
        let all = 0;
        for (const [a, isA] of items)
          for (const [b, isB] of items)
            if (isA && !isB) {
              all++;
              right += a > b ? 1 : a === b ? 0.5 : 0;
            }
        const area = auroc(
          items.map(([score]) => score),
          items.map(([, isPositive]) => isPositive),
        );
        if (all === 0) expect(area).toBeNaN();
        else expect(area).toBeCloseTo(right / all, 12);
      }),
      { seed: 7 },
    );
  });
});

describe('expectedCalibrationError', () => {
  it('agrees with a calculation by hand', () => {
    // Two bins: (0, 0.5] holds 0.5 right and 0.3 wrong, (0.5, 1] holds 0.9 right, 0.9 wrong and 1 right.
    const error = expectedCalibrationError([0.5, 0.3, 0.9, 0.9, 1], [1, 0, 1, 0, 1], 2);
    expect(error).toBeCloseTo((Math.abs(0.8 - 1) + Math.abs(2.8 - 2)) / 5, 12);
  });

  it('is 0 where confidence is accuracy, and refuses what is no probability', () => {
    expect(expectedCalibrationError([0.75, 0.75, 0.75, 0.75, 0, 1], [1, 1, 1, 0, 0, 1])).toBeCloseTo(0, 12);
    expect(() => expectedCalibrationError([1.2], [1])).toThrow('outside [0, 1]');
  });
});
