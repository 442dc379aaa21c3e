import fc from 'fast-check';
import golden from './golden.json';
import { minimizeLbfgs, type Objective } from './lbfgs.js';
import { Random } from './random.js';

const rosenbrock: Objective = (x, gradient) => {
  gradient.fill(0);
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const bend = x[i + 1] - x[i] ** 2;
    value += 100 * bend ** 2 + (1 - x[i]) ** 2;
    gradient[i] += -400 * x[i] * bend - 2 * (1 - x[i]);
    gradient[i + 1] += 200 * bend;
  }
  return value;
};

describe('minimizeLbfgs', () => {
  it('finds the end of the Rosenbrock valley, and says so', () => {
    const start = Float64Array.of(-1.2, 1, -0.5, 2);
    const result = minimizeLbfgs(rosenbrock, start, { maxIterations: 200, gradientTolerance: 1e-9, valueTolerance: 0 });
    expect(result.stopped).toBe('gradient');
    expect(result.gradientNorm).toBeLessThanOrEqual(1e-9);
    result.x.forEach((component, i) => expect(component).toBeCloseTo(golden.rosenbrock.x[i], 5));
    expect(result.value).toBeLessThan(1e-15);
    expect(result.evaluations).toBeLessThan(150);
    expect([...start]).toEqual([-1.2, 1, -0.5, 2]);
  });

  it('agrees with SciPy on a regularised logistic regression', () => {
    const { samples, targets, x: expected, value } = golden.logistic;
    const objective: Objective = (w, gradient) => {
      let loss = 0;
      w.forEach((weight, j) => {
        loss += weight ** 2 / 2;
        gradient[j] = weight;
      });
      targets.forEach((target, i) => {
        const sign = 2 * target - 1;
        const margin = sign * w.reduce((sum, weight, j) => sum + weight * samples[3 * i + j], 0);
        loss += Math.log1p(Math.exp(-margin));
        for (let j = 0; j < 3; j++) gradient[j] -= (sign * samples[3 * i + j]) / (1 + Math.exp(margin));
      });
      return loss;
    };
    const result = minimizeLbfgs(objective, new Float64Array(3), { gradientTolerance: 1e-10, valueTolerance: 0 });
    result.x.forEach((weight, j) => expect(weight).toBeCloseTo(expected[j], 7));
    expect(result.value).toBeCloseTo(value, 10);
  });

  it('solves quadratics of any conditioning up to 10⁶ and lowers the value at each iteration', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 6 }), (seed, n, decades) => {
        const random = new Random(seed);
        const curvature = Float64Array.from({ length: n }, () => 10 ** (decades * random.uniform()));
        const centre = Float64Array.from({ length: n }, () => random.normal());
        const values: number[] = [];
        const result = minimizeLbfgs(
          (x, gradient) => {
            let value = 0;
            for (let i = 0; i < n; i++) {
              gradient[i] = curvature[i] * (x[i] - centre[i]);
              value += (gradient[i] * (x[i] - centre[i])) / 2;
            }
            return value;
          },
          new Float64Array(n),
          {
            maxIterations: 2000,
            gradientTolerance: 1e-8,
            valueTolerance: 0,
            onIteration: ({ value }) => void values.push(value),
          },
        );
        expect(values.every((value, i) => i === 0 || value < values[i - 1])).toBe(true);
        expect(['gradient', 'line-search']).toContain(result.stopped);
        result.x.forEach((component, i) => expect(component).toBeCloseTo(centre[i], 4));
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  it('steps back from where the function is not defined', () => {
    // -ln x + x has its minimum at 1 and is NaN left of 0; the first step would leap there.
    const result = minimizeLbfgs((x, gradient) => {
      gradient[0] = 1 - 1 / x[0];
      return x[0] > 0 ? x[0] - Math.log(x[0]) : NaN;
    }, Float64Array.of(0.01));
    expect(result.x[0]).toBeCloseTo(1, 4);
  });

  it('stops where it is told to', () => {
    const start = Float64Array.of(-1.2, 1);
    expect(minimizeLbfgs(rosenbrock, start, { maxIterations: 3 })).toMatchObject({
      stopped: 'iterations',
      iterations: 3,
    });
    const byCaller = minimizeLbfgs(rosenbrock, start, { onIteration: ({ iteration }) => iteration < 2 });
    expect(byCaller).toMatchObject({ stopped: 'caller', iterations: 2 });
    expect(minimizeLbfgs(rosenbrock, Float64Array.of(1, 1))).toMatchObject({ stopped: 'gradient', iterations: 0 });
    expect(minimizeLbfgs(rosenbrock, start, { valueTolerance: 1e-2 }).stopped).toBe('value');
  });

  it('refuses a start where the function is not finite', () => {
    expect(() => minimizeLbfgs(() => NaN, Float64Array.of(0))).toThrow('not finite at the start');
  });
});
