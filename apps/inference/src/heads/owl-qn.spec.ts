import { minimizeOwlQn } from './owl-qn.js';

const limits = { maxIterations: 500, gradientTolerance: 1e-9, valueTolerance: 0 };

/** sum of a[i] / 2 x (x[i] - b[i])^2. */
const quadratic = (a: number[], b: number[]) => (x: Float64Array, gradient: Float64Array) => {
  let value = 0;
  for (let i = 0; i < x.length; i++) {
    gradient[i] = a[i] * (x[i] - b[i]);
    value += (a[i] / 2) * (x[i] - b[i]) ** 2;
  }
  return Promise.resolve(value);
};

describe('minimizeOwlQn', () => {
  const a = [1, 10, 100, 3, 0.5];
  const b = [2, -0.05, 0.3, -4, 1];

  it('finds the minimum of a quadratic', async () => {
    const { x, stopped } = await minimizeOwlQn(quadratic(a, b), new Float64Array(5), {
      ...limits,
      l1: 0,
      penalised: 0,
    });
    b.forEach((value, i) => expect(x[i]).toBeCloseTo(value, 6));
    expect(stopped).toBe('gradient');
  });

  it('with an L1 penalty: soft thresholds, known in closed form, and zeros that are zero', async () => {
    const l1 = 1;
    // The last variable is not penalised.
    const { x, value } = await minimizeOwlQn(quadratic(a, b), Float64Array.of(1, 1, 1, 1, 5), {
      ...{ ...limits, l1, penalised: 4 },
    });
    const soft = b.map((centre, i) => (i < 4 ? Math.sign(centre) * Math.max(0, Math.abs(centre) - l1 / a[i]) : centre));
    soft.forEach((expected, i) => expect(x[i]).toBeCloseTo(expected, 6));
    expect(x[1]).toBe(0);
    const penalty = soft.slice(0, 4).reduce((sum, one) => sum + Math.abs(one), 0);
    const smooth = a.reduce((sum, weight, i) => sum + (weight / 2) * (soft[i] - b[i]) ** 2, 0);
    expect(value).toBeCloseTo(smooth + penalty, 8);
  });

  it('refuses to start where nothing is finite', async () => {
    const nowhere = () => Promise.resolve(NaN);
    await expect(minimizeOwlQn(nowhere, new Float64Array(2), { ...limits, l1: 0, penalised: 0 })).rejects.toThrow(
      RangeError,
    );
  });
});
