import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { softmax } from './softmax-head.js';
import { fitSoftmaxRegression, logitsOfExamples, rowsOf } from './softmax-regression.js';

/** Made by spec/softmax_regression_golden.py with scikit-learn 1.2.1, LogisticRegression, C = 1 / (l2 x examples). */
const golden = JSON.parse(readFileSync(join(__dirname, '../../spec/softmax-regression.golden.json'), 'utf8')) as {
  dimension: number;
  classes: number;
  vectors: number[];
  labels: number[];
  cases: { l2: number; classWeights: boolean; weights: number[]; probabilities: number[] }[];
};
const examples = {
  vectors: Float32Array.from(golden.vectors),
  dimension: golden.dimension,
  labels: Int32Array.from(golden.labels),
  classCount: golden.classes,
};
const options = { maxIterations: 1000, tolerance: 1e-14 };

describe('fitSoftmaxRegression', () => {
  it.each(golden.cases)('gives what scikit-learn gives: l2 $l2, class weights $classWeights', (expected) => {
    const fitted = fitSoftmaxRegression(examples, { ...options, ...expected, start: undefined });
    expected.weights.forEach((weight, i) => expect(fitted.weights[i]).toBeCloseTo(weight, 3));
    const probabilities = logitsOfExamples(fitted, examples).flatMap((logits) => [...softmax(logits, 1)]);
    expected.probabilities.forEach((probability, i) => expect(probabilities[i]).toBeCloseTo(probability, 4));
  });

  it('does not depend on where it starts', () => {
    const settings = { ...options, l2: 0.02, classWeights: false };
    const cold = fitSoftmaxRegression(examples, settings);
    const weights = Float64Array.from(cold.weights, (_, i) => Math.sin(7 * i));
    const warm = fitSoftmaxRegression(examples, { ...settings, start: { weights, biases: Float64Array.of(3, -1, 0) } });
    // Biases are free, so all of them may shift together; probabilities cannot.
    const a = logitsOfExamples(cold, examples).flatMap((logits) => [...softmax(logits, 1)]);
    const b = logitsOfExamples(warm, examples).flatMap((logits) => [...softmax(logits, 1)]);
    a.forEach((probability, i) => expect(b[i]).toBeCloseTo(probability, 3));
  });

  it('tells a loss that falls', () => {
    const losses: number[] = [];
    const onIteration = (loss: number) => losses.push(loss);
    fitSoftmaxRegression(examples, { ...options, l2: 0.02, classWeights: true, onIteration });
    expect(losses.length).toBeGreaterThan(5);
    losses.slice(1).forEach((loss, i) => expect(loss).toBeLessThanOrEqual(losses[i]));
  });
});

describe('rowsOf', () => {
  it('takes the weights of some classes', () => {
    const classifier = { weights: Float64Array.of(1, 2, 3, 4, 5, 6), biases: Float64Array.of(7, 8, 9) };
    const { weights, biases } = rowsOf(classifier, [2, 0]);
    expect([...weights, ...biases]).toEqual([5, 6, 1, 2, 9, 7]);
  });
});
