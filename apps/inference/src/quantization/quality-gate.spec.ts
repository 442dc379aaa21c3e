import { compareVectors, firstZeroRow } from './compare-vectors.js';
import { judge, toldProbe } from './quality-gate.js';

const rules = { minCosine: 0.99, maxAccuracyLoss: 0.005, precision: 'int8' } as const;
const figures = (mean: number, variant = 0.9) => ({
  cosine: { mean, min: 0.5, texts: 5000 },
  probe: { float32: 0.9, variant, float32HeadOnVariant: 0.1, trainTexts: 3000, testTexts: 2000 },
});

describe('the verdict on a variant', () => {
  it('needs both the cosine and the accuracy, and says what they are', () => {
    expect(judge(figures(0.99), rules).published).toBe(true);
    expect(judge(figures(0.9899), rules)).toEqual({
      published: false,
      reason:
        'refused: the int8 variant has mean cosine 0.98990 (0.99 needed) and probe accuracy 90.00 after 90.00 % on 2000 texts (0.50 points may be lost)',
    });
    // 10 of 2,000 texts may be lost, not 11; more right ones are no loss.
    expect(judge(figures(0.999, 0.9 - 10 / 2000), rules).published).toBe(true);
    expect(judge(figures(0.999, 0.9 - 11 / 2000), rules).published).toBe(false);
    expect(judge(figures(0.999, 0.95), rules).published).toBe(true);
  });

  it('is no for figures that are no numbers', () => {
    expect(judge(figures(NaN), rules).published).toBe(false);
    expect(judge(figures(0.999, NaN), rules).published).toBe(false);
  });

  it('rests on the cosine alone where no probe is wanted', () => {
    const { cosine } = figures(0.995);
    expect(judge({ cosine, probe: undefined }, rules)).toMatchObject({ published: true });
    expect(judge({ cosine, probe: undefined }, rules).reason).toContain('no probe');
    expect(toldProbe('int8', undefined)).toBeNull();
  });

  it('tells accuracies under the names of the precisions', () => {
    const { probe } = figures(1, 0.875);
    expect(toldProbe('float16', probe)).toMatchObject({
      float32: 0.9,
      float16: 0.875,
      trainTexts: 3000,
      testTexts: 2000,
    });
    expect(toldProbe('float16', probe)!.difference).toBeCloseTo(-0.025, 12);
  });
});

describe('the cosine of vectors', () => {
  it('is taken row by row, whatever the lengths', () => {
    // 0 degrees, 60 degrees.
    const a = Float32Array.of(1, 0, 2, 0);
    const b = Float32Array.of(3, 0, 0.5, Math.sqrt(0.75));
    const { mean, min } = compareVectors(a, b, 2);
    expect(min).toBeCloseTo(0.5, 6);
    expect(mean).toBeCloseTo(0.75, 6);
  });

  it('is 0 for rows that stand for no vector, which are found', () => {
    const broken = Float32Array.of(1, 0, 0, 0);
    expect(compareVectors(Float32Array.of(1, 0, 1, 0), broken, 2)).toEqual({ mean: 0.5, min: 0 });
    expect(firstZeroRow(broken, 2)).toBe(1);
    expect(firstZeroRow(Float32Array.of(0, 1, 1, 0), 2)).toBe(-1);
  });
});
