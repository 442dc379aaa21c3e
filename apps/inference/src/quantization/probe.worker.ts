/** The thread of one probe: a linear classifier, fitted on some vectors and tested on others. */
import { parentPort, workerData } from 'node:worker_threads';
import { accuracy } from '@cairn/numerics';
import { largestIndex } from '../heads/calibration.js';
import type { Examples } from '../heads/examples.js';
import { applyScaling, scalingOf } from '../heads/feature-scaling.js';
import { fitSoftmax, logitsOfExamples } from '../heads/fit-linear.js';
import { RegressionEngine } from '../heads/regression-engine.js';

export interface ProbeData {
  readonly train: Examples;
  readonly tests: readonly Examples[];
}

/** Accuracy on each of the tests. */
export type ProbeResult = readonly number[];

async function probe({ train, tests }: ProbeData): Promise<ProbeResult> {
  const engine = new RegressionEngine();
  const scaling = scalingOf(train);
  // Logistic regression with C = 1, as it is usual for probes.
  const classifier = await fitSoftmax(engine, applyScaling(train, scaling), {
    l2: 1 / train.labels.length,
    classWeights: false,
    maxIterations: 200,
    tolerance: 1e-5,
  });
  const accuracies: number[] = [];
  for (const test of tests) {
    const logits = await logitsOfExamples(engine, classifier, applyScaling(test, scaling));
    accuracies.push(accuracy(test.labels, logits.map(largestIndex)));
  }
  await engine.close();
  return accuracies;
}

void probe(workerData as ProbeData).then((result) => parentPort?.postMessage(result));
