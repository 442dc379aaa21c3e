/** @jest-environment ./test/environments/onnx.js */
import { Random } from '@cairn/numerics';
import type { Examples } from './examples.js';
import { RegressionEngine } from './regression-engine.js';
import { crossValidate, drawnFrom, foldsOf, gridOf, searchParameters } from './search-parameters.js';
import { stratifiedFolds } from './stratified-folds.js';

const engine = new RegressionEngine();
afterAll(() => engine.close());
const limits = { maxIterations: 100, tolerance: 1e-7 };

/** Two classes told apart by the first of 20 components; the others are noise. */
function noisy(count: number, seed: number): Examples {
  const random = new Random(seed);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const vectors = Float32Array.from({ length: count * 20 }, (_, at) => {
    const signal = at % 20 === 0 ? 3 * (labels[Math.floor(at / 20)] - 0.5) : 0;
    return signal + random.normal();
  });
  return { vectors, dimension: 20, labels, classCount: 2 };
}

describe('stratifiedFolds', () => {
  it('holds every example out once, each class evenly; an only example never', () => {
    const labels = Int32Array.from([...new Array<number>(10).fill(0), ...new Array<number>(7).fill(1), 2]);
    const folds = stratifiedFolds(labels, 3, 3, new Random(1));
    const heldOut = folds.flatMap((fold) => [...fold.heldOut]).sort((a, b) => a - b);
    expect(heldOut).toEqual(Array.from({ length: 17 }, (_, i) => i));
    for (const { train, heldOut: own } of folds) {
      expect(train.length + own.length).toBe(18);
      expect(train).toContain(17);
      const zeros = own.filter((i) => labels[i] === 0).length;
      expect([3, 4]).toContain(zeros);
    }
    expect(stratifiedFolds(labels, 3, 3, new Random(1))).toEqual(folds);
    expect(() => stratifiedFolds(labels, 3, 1, new Random(1))).toThrow(RangeError);
  });

  it('leaves out folds that would be empty', () => {
    expect(stratifiedFolds(Int32Array.of(0, 0, 1, 1), 2, 5, new Random(1))).toHaveLength(4);
  });
});

describe('candidates', () => {
  it('a grid has every combination', () => {
    const grid = gridOf({ c: [0.1, 1], l1Share: [0, 0.5], classWeights: [true, false] });
    expect(grid).toHaveLength(8);
    expect(new Set(grid.map((one) => JSON.stringify(one))).size).toBe(8);
  });

  it('drawn ones lie in their ranges, the same for the same seed', () => {
    const space = { c: [0.01, 100], l1Share: [0, 1], classWeights: [true, false] } as const;
    const drawn = drawnFrom(space, 200, new Random(3));
    expect(drawn.every(({ c, l1Share }) => c >= 0.01 && c <= 100 && l1Share >= 0 && l1Share <= 1)).toBe(true);
    // Half of them below the middle of the logarithms.
    expect(drawn.filter(({ c }) => c < 1).length).toBeGreaterThan(70);
    expect(drawn.filter(({ c }) => c < 1).length).toBeLessThan(130);
    expect(drawnFrom(space, 200, new Random(3))).toEqual(drawn);
  });
});

describe('searchParameters', () => {
  const examples = noisy(120, 5);
  const splits = stratifiedFolds(examples.labels, 2, 4, new Random(2));

  it('ranks candidates on the same folds; warm starts change nothing but time', async () => {
    const seen: number[] = [];
    const grid = gridOf({ c: [100, 0.001, 0.1], l1Share: [0, 0.9] });
    const tried = await searchParameters(engine, examples, grid, splits, limits, (_, done) => seen.push(done));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    const losses = tried.map(({ logLoss }) => logLoss);
    expect([...losses].sort((a, b) => a - b)).toEqual(losses);
    expect(tried[0].accuracy).toBeGreaterThan(0.85);
    expect(tried[0].labels.length).toBe(120);
    const alone = await crossValidate(engine, foldsOf(examples, splits), tried[0].candidate, limits);
    expect(alone.accuracy).toBe(tried[0].accuracy);
    expect(alone.logLoss).toBeCloseTo(tried[0].logLoss, 3);
  });

  it('finds that noise needs an L1 penalty, whose classifiers use few components', async () => {
    const grid = gridOf({ c: [0.05, 0.2, 1], l1Share: [0, 1] });
    const [best] = await searchParameters(engine, examples, grid, splits, limits);
    expect(best.candidate.l1Share).toBe(1);
    for (const { weights } of best.classifiers)
      expect(weights.filter((weight) => weight === 0).length).toBeGreaterThan(10);
  });
});
