/** @jest-environment ./test/environments/onnx.js */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitSigmoid, fitSoftmax, logitsOfExamples } from './fit-linear.js';
import { averageOf, joinedOf, rowsOf } from './linear-classifier.js';
import { RegressionEngine } from './regression-engine.js';
import { softmax } from './softmax-head.js';

/** Made by spec/softmax_regression_golden.py with scikit-learn 1.2.1, LogisticRegression, C = 1 / (l2 x examples). */
const golden = JSON.parse(readFileSync(join(__dirname, '../../spec/softmax-regression.golden.json'), 'utf8')) as {
  dimension: number;
  classes: number;
  vectors: number[];
  labels: number[];
  cases: { l2: number; classWeights: boolean; weights: number[]; probabilities: number[] }[];
  weighted: { l2: number; classWeights: number[]; weights: number[] };
  sparse: { l1: number; l2: number; weights: number[] }[];
  targets: number[];
  several: { l2: number; classWeights: boolean; weights: number[] }[];
};
const examples = {
  vectors: Float32Array.from(golden.vectors),
  dimension: golden.dimension,
  labels: Int32Array.from(golden.labels),
  classCount: golden.classes,
};
const options = { maxIterations: 1000, tolerance: 1e-14, classWeights: false };
const engine = new RegressionEngine();
afterAll(() => engine.close());

const probabilitiesOf = async (classifier: Parameters<typeof logitsOfExamples>[1]) =>
  (await logitsOfExamples(engine, classifier, examples)).flatMap((logits) => [...softmax(logits, 1)]);

/** Products are float32, so weights agree to about three digits of the largest. */
function expectWeights(found: Float64Array, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((weight, i) => expect(found[i]).toBeCloseTo(weight, 3));
}

describe('fitSoftmax', () => {
  it.each(golden.cases)('gives what scikit-learn gives: l2 $l2, class weights $classWeights', async (expected) => {
    const { l2, classWeights } = expected;
    const fitted = await fitSoftmax(engine, examples, { ...options, l2, classWeights });
    expectWeights(fitted.weights, expected.weights);
    const probabilities = await probabilitiesOf(fitted);
    expected.probabilities.forEach((probability, i) => expect(probabilities[i]).toBeCloseTo(probability, 4));
  });

  it('takes class weights as they are given', async () => {
    const { l2, classWeights, weights } = golden.weighted;
    const fitted = await fitSoftmax(engine, examples, {
      ...options,
      l2,
      classWeights: Float64Array.from(classWeights),
    });
    expectWeights(fitted.weights, weights);
  });

  it.each(golden.sparse)('gives what scikit-learn gives: l1 $l1, l2 $l2, zeros included', async (expected) => {
    const { l1, l2 } = expected;
    const fitted = await fitSoftmax(engine, examples, { ...options, l1, l2 });
    expectWeights(fitted.weights, expected.weights);
    const zeros = (weights: ArrayLike<number>) => Array.from(weights, (weight) => weight === 0);
    expect(zeros(fitted.weights)).toEqual(zeros(expected.weights));
    expect(zeros(fitted.weights)).toContain(true);
  });

  it('does not depend on where it starts', async () => {
    const settings = { ...options, l2: 0.02 };
    const cold = await fitSoftmax(engine, examples, settings);
    const weights = Float64Array.from(cold.weights, (_, i) => Math.sin(7 * i));
    const start = { weights, biases: Float64Array.of(3, -1, 0) };
    const warm = await fitSoftmax(engine, examples, { ...settings, start });
    // Biases are free, so all of them may shift together; probabilities cannot.
    const b = await probabilitiesOf(warm);
    (await probabilitiesOf(cold)).forEach((probability, i) => expect(b[i]).toBeCloseTo(probability, 3));
  });

  it('tells a loss that falls', async () => {
    const losses: number[] = [];
    const onIteration = (loss: number) => losses.push(loss);
    await fitSoftmax(engine, examples, { ...options, l2: 0.02, classWeights: true, onIteration });
    expect(losses.length).toBeGreaterThan(5);
    losses.slice(1).forEach((loss, i) => expect(loss).toBeLessThanOrEqual(losses[i]));
  });

  it('gives the same logits in one block and in many', async () => {
    // 3,000 rows of 512 components are more than one block.
    const dimension = 512;
    const vectors = Float32Array.from({ length: 3000 * dimension }, (_, i) => Math.sin(i * i));
    const rows = { vectors, dimension, labels: Int32Array.from({ length: 3000 }, (_, i) => i % 3), classCount: 3 };
    const classifier = {
      weights: Float64Array.from({ length: 3 * dimension }, (_, i) => Math.cos(i)),
      biases: Float64Array.of(1, 2, 3),
    };
    const all = await engine.logits(classifier.weights, classifier.biases, rows);
    for (const row of [0, 1023, 1024, 2999]) {
      const one = { vectors: vectors.slice(row * dimension, (row + 1) * dimension), dimension };
      const alone = await engine.logits(classifier.weights, classifier.biases, one);
      alone.forEach((logit, c) => expect(all[row * 3 + c]).toBeCloseTo(logit, 4));
    }
  });

  it('ends when it is interrupted', async () => {
    let blocks = 0;
    const impatient = new RegressionEngine(() => {
      if (++blocks > 3) throw new Error('enough');
    });
    await expect(fitSoftmax(impatient, examples, { ...options, l2: 0.02 })).rejects.toThrow('enough');
    await impatient.close();
  });
});

describe('fitSigmoid', () => {
  it.each(golden.several)('gives what scikit-learn gives: l2 $l2, class weights $classWeights', async (expected) => {
    const { l2, classWeights } = expected;
    const several = { ...examples, targets: Uint8Array.from(golden.targets) };
    const fitted = await fitSigmoid(engine, several, { ...options, l2, classWeights });
    expectWeights(fitted.weights, expected.weights);
  });
});

describe('linear classifiers', () => {
  const classifier = { weights: Float64Array.of(1, 2, 3, 4, 5, 6), biases: Float64Array.of(7, 8, 9) };

  it('rowsOf takes the weights of some classes', () => {
    const { weights, biases } = rowsOf(classifier, [2, 0]);
    expect([...weights, ...biases]).toEqual([5, 6, 1, 2, 9, 7]);
  });

  it('averageOf has the mean of the logits', () => {
    const { weights, biases } = averageOf([classifier, { ...classifier, weights: classifier.weights.map((w) => -w) }]);
    expect([...weights, ...biases]).toEqual([0, 0, 0, 0, 0, 0, 7, 8, 9]);
    expect(() => averageOf([])).toThrow(RangeError);
  });

  it('joinedOf has the mean of the logits of vectors laid end to end', async () => {
    const other = { weights: Float64Array.of(10, 20, 30), biases: Float64Array.of(1, 1, 1) };
    const joined = joinedOf([classifier, other]);
    expect([...joined.weights]).toEqual([0.5, 1, 5, 1.5, 2, 10, 2.5, 3, 15]);
    const [logits] = await logitsOfExamples(engine, joined, { vectors: Float32Array.of(1, 1, 2), dimension: 3 });
    expect([...logits]).toEqual([(3 + 7 + 20 + 1) / 2, (7 + 8 + 40 + 1) / 2, (11 + 9 + 60 + 1) / 2]);
  });
});
