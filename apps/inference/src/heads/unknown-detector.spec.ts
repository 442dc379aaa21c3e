import { Random } from '@cairn/numerics';
import { chooseDetector, classFolds, detectorWithoutFolds, lineBetween } from './unknown-detector.js';

const values = (...given: number[]) => Float64Array.from(given);

describe('classFolds', () => {
  it('leaves every class out once, about a quarter at a time', () => {
    const folds = classFolds(13, new Random(1));
    expect(folds.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, c) => c));
    expect(folds.map(({ length }) => length)).toEqual([4, 3, 3, 3]);
  });

  it('always keeps two classes, and leaves none out of two', () => {
    expect(classFolds(3, new Random(1)).map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(classFolds(2, new Random(1))).toEqual([]);
  });
});

describe('lineBetween', () => {
  it('lies half-way between separable scores', () => {
    expect(lineBetween(values(0.9, 0.8, 0.7), values(0.1, 0.3))).toBeCloseTo(0.5, 10);
  });

  it('maximises weighted known recall plus unknown recall: found by trying every line', () => {
    const random = new Random(9);
    const known = Float64Array.from({ length: 60 }, () => random.normal() + 1);
    const unknown = Float64Array.from({ length: 40 }, () => random.normal());
    const gain = (line: number) =>
      (1.5 * known.filter((score) => score >= line).length) / 60 + unknown.filter((score) => score < line).length / 40;
    const best = Math.max(...[...known, ...unknown].map(gain));
    expect(gain(lineBetween(known, unknown))).toBeCloseTo(best, 10);
  });
});

describe('chooseDetector', () => {
  it('takes the method that separates best, and figures at its mean threshold', () => {
    const noise = { probability: values(0.5, 0.5), energy: values(1, 2) };
    const fold = (shift: number) => ({
      known: { ...noise, centroid: values(0.8 + shift, 0.9 + shift) },
      unknown: { ...noise, centroid: values(0.2 + shift, 0.4 + shift) },
    });
    const nothingHeldOut = { probability: values(), energy: values(), centroid: values() };
    const detector = chooseDetector([fold(0), fold(0.1)], nothingHeldOut);
    expect(detector).toMatchObject({ method: 'centroid', auroc: 1, unknownRecall: 1, knownRecall: 1 });
    expect(detector.threshold).toBeCloseTo((0.6 + 0.7) / 2, 10);

    // The classifier of all classes scores 0.2 lower than those of the folds: the line moves with it.
    const lower = { ...nothingHeldOut, centroid: values(0.65, 0.75) };
    const moved = chooseDetector([fold(0), fold(0.1)], lower);
    expect(moved).toMatchObject({ unknownRecall: 1, knownRecall: 1 });
    expect(moved.threshold).toBeCloseTo(0.65 - 0.2, 10);
  });
});

describe('detectorWithoutFolds', () => {
  it('keeps 95 % of known vectors and claims nothing about the unknown', () => {
    const known = Float64Array.from({ length: 100 }, (_, i) => i / 100);
    expect(detectorWithoutFolds(known)).toEqual({
      method: 'centroid',
      threshold: 0.05,
      auroc: 0.5,
      unknownRecall: 0,
      knownRecall: 0.95,
    });
  });
});
