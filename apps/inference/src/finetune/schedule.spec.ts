import { learningRateAt, type Decay } from './schedule.js';

const rates = (decay: Decay, warmUpSteps: number, totalSteps: number) =>
  Array.from({ length: totalSteps }, (_, step) =>
    Number(learningRateAt({ decay, peak: 1, warmUpSteps, totalSteps }, step).toFixed(4)),
  );

describe('learningRateAt', () => {
  it('rises to the peak and falls in a line, half a cosine, or not at all', () => {
    expect(rates('linear', 2, 6)).toEqual([0.5, 1, 1, 0.75, 0.5, 0.25]);
    expect(rates('cosine', 2, 6)).toEqual([0.5, 1, 1, 0.8536, 0.5, 0.1464]);
    expect(rates('constant', 2, 6)).toEqual([0.5, 1, 1, 1, 1, 1]);
  });

  it('needs no warm-up, and is never below zero or without a number', () => {
    expect(rates('linear', 0, 2)).toEqual([1, 0.5]);
    for (const decay of ['linear', 'cosine'] as const) {
      expect(learningRateAt({ decay, peak: 1, warmUpSteps: 0, totalSteps: 3 }, 9)).toBe(0);
      expect(learningRateAt({ decay, peak: 1, warmUpSteps: 3, totalSteps: 3 }, 2)).toBe(1);
      expect(learningRateAt({ decay, peak: 1, warmUpSteps: 3, totalSteps: 3 }, 3)).toBe(0);
    }
  });
});
