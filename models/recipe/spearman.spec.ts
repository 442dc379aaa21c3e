import { spearman } from './spearman.js';

describe('spearman', () => {
  it('is 1 for any rising function and -1 for any falling one', () => {
    const values = Float64Array.of(3, 1, 4, 1.5, 9);
    expect(spearman(values, values.map(Math.exp))).toBeCloseTo(1, 12);
    expect(
      spearman(
        values,
        values.map((value) => -value),
      ),
    ).toBeCloseTo(-1, 12);
  });

  // scipy.stats.spearmanr([1, 2, 2, 3, 5, 4], [2, 1, 3, 3, 6, 5])
  it('gives equal values their mean rank, as SciPy does', () => {
    expect(spearman(Float64Array.of(1, 2, 2, 3, 5, 4), Float64Array.of(2, 1, 3, 3, 6, 5))).toBeCloseTo(0.86764706, 8);
  });
});
