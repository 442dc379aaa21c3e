/** The thread of one probe: a linear classifier, fitted on some vectors and tested on others. */
import { parentPort, workerData } from 'node:worker_threads';
import { accuracy } from '@cairn/numerics';
import { largestIndex } from '../heads/calibration.js';
import type { Examples } from '../heads/examples.js';
import { applyScaling, scalingOf } from '../heads/feature-scaling.js';
import { fitSoftmaxRegression, logitsOfExamples } from '../heads/softmax-regression.js';

export interface ProbeData {
  readonly train: Examples;
  readonly tests: readonly Examples[];
}

/** Accuracy on each of the tests. */
export type ProbeResult = readonly number[];

const { train, tests } = workerData as ProbeData;
const scaling = scalingOf(train);
// Logistic regression with C = 1, as it is usual for probes.
const classifier = fitSoftmaxRegression(applyScaling(train, scaling), {
  l2: 1 / train.labels.length,
  classWeights: false,
  maxIterations: 200,
  tolerance: 1e-5,
});
const result: ProbeResult = tests.map((test) =>
  accuracy(test.labels, logitsOfExamples(classifier, applyScaling(test, scaling)).map(largestIndex)),
);
parentPort?.postMessage(result);
