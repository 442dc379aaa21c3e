import { classThresholds, coverageAt, coverageCurve } from './confidence.js';

describe('classThresholds', () => {
  const predicted = [0, 0, 0, 0, 1, 1, 2];
  const confidences = [0.9, 0.8, 0.6, 0.5, 0.9, 0.7, 0.99];
  const correct = [true, true, false, true, true, true, false];

  it('keeps as many predictions of each class as reach the precision', () => {
    expect(classThresholds(predicted, confidences, correct, 4, 0.9)).toEqual([
      { threshold: 0.8, precision: 1, kept: 2 },
      { threshold: 0, precision: 1, kept: 2 },
      { threshold: Infinity, precision: 0, kept: 0 },
      { threshold: Infinity, precision: 0, kept: 0 },
    ]);
    // Three of four right is enough here: nothing is left open.
    expect(classThresholds(predicted, confidences, correct, 4, 0.75)[0]).toEqual({
      threshold: 0,
      precision: 0.75,
      kept: 4,
    });
  });

  it('keeps or leaves equal confidences together', () => {
    const [own] = classThresholds([0, 0, 0], [0.9, 0.7, 0.7], [true, true, false], 1, 0.9);
    expect(own).toEqual({ threshold: 0.9, precision: 1, kept: 1 });
  });
});

describe('coverageCurve', () => {
  const curve = coverageCurve([0.5, 0.9, 0.8, 0.8], [false, true, false, true]);

  it('goes from the surest example to all', () => {
    expect(curve).toEqual([
      { threshold: 0.9, coverage: 0.25, accuracy: 1 },
      { threshold: 0.8, coverage: 0.75, accuracy: 2 / 3 },
      { threshold: 0.5, coverage: 1, accuracy: 0.5 },
    ]);
    expect(coverageCurve([], [])).toEqual([]);
  });

  it('tells how much can be answered at an accuracy', () => {
    expect(coverageAt(curve, 0.6)?.coverage).toBe(0.75);
    expect(coverageAt(curve, 0.5)?.coverage).toBe(1);
    expect(coverageAt(curve.slice(1), 0.9)).toBeUndefined();
  });
});
