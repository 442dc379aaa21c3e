import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Random } from '@cairn/numerics';
import { takeExamples, type Examples } from '../heads/examples.js';
import { splitHeldOut, type HeldOutSplit } from '../heads/held-out-split.js';
import type { ProbeData, ProbeResult } from './probe.worker.js';

/** How well labels can be told from the vectors, float32 and quantised. */
export interface ProbeFigures {
  /** Accuracy of a probe trained and tested on float32 vectors. */
  readonly float32: number;
  /** Of one trained and tested on those of the variant. */
  readonly variant: number;
  /** Of the one trained on float32 vectors, tested on those of the variant: heads that are there already. */
  readonly float32HeadOnVariant: number;
  readonly trainTexts: number;
  readonly testTexts: number;
}

/** Of each label; a tenth of a point is two texts of 2,000. */
const heldOutShare = 0.4;

export function splitForProbe(labels: Int32Array, classCount: number, seed: number): HeldOutSplit {
  return splitHeldOut(labels, classCount, heldOutShare, new Random(seed, 1));
}

/** Two softmax regressions, each in a thread of its own, on the same split. */
export async function probe(
  vectors: readonly [float32: Float32Array, variant: Float32Array],
  examples: Omit<Examples, 'vectors'>,
  { train, heldOut }: HeldOutSplit,
): Promise<ProbeFigures> {
  const parts = vectors.map((matrix) => ({
    train: takeExamples({ ...examples, vectors: matrix }, train),
    test: takeExamples({ ...examples, vectors: matrix }, heldOut),
  }));
  const [float32, variant] = parts;
  const [[same, other], [own]] = await Promise.all([
    fitAndTest({ train: float32.train, tests: [float32.test, variant.test] }),
    fitAndTest({ train: variant.train, tests: [variant.test] }),
  ]);
  return {
    float32: same,
    variant: own,
    float32HeadOnVariant: other,
    trainTexts: train.length,
    testTexts: heldOut.length,
  };
}

function fitAndTest(data: ProbeData): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(__dirname, 'probe.worker.js'), { workerData: data });
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The thread of a probe ended with code ${code}.`)));
  });
}
