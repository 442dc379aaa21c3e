import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DomainError } from '@cairn/contracts';
import { firstNonFinite } from '@cairn/numerics';
import { fromFailure } from '../threads/from-failure.js';
import { workerUnavailable } from '../threads/retry-once.js';
import { keyLimit } from './held-out-split.js';
import type { TrainedHead, TrainingParameters, TrainingProgress, TrainingSet } from './train-head.js';
import type { TrainingData, TrainingMessage } from './train-head.worker.js';

/** Components of all vectors together: 1 GiB of float32. */
const maxComponents = 1 << 28;

/** Parameters where the caller gave none. */
export const defaultParameters: TrainingParameters = {
  l2: undefined,
  classWeights: true,
  heldOut: 0.2,
  maxIterations: 200,
  seed: 42,
};

/** @throws INVALID_INPUT naming the parameter that makes no sense */
export function checkParameters({ l2, l1, weightOf, heldOut, maxIterations }: TrainingParameters): void {
  if (l2 !== undefined && !(l2 > 0 && l2 < Infinity))
    throw DomainError.invalid('parameters.l2', `The L2 penalty is ${l2}; it must be a positive number.`);
  if (l1 !== undefined && !(l1 >= 0 && l1 < Infinity))
    throw DomainError.invalid('parameters.l1', `The L1 penalty is ${l1}; it must be 0 or a positive number.`);
  const wrong = weightOf?.find((weight) => !(weight > 0 && weight < Infinity));
  if (wrong !== undefined)
    throw DomainError.invalid('parameters.class_weights', `A class weight is ${wrong}; it must be a positive number.`);
  if (!(heldOut > 0 && heldOut < 1))
    throw DomainError.invalid('parameters.held_out', `The held-out share is ${heldOut}; it must be between 0 and 1.`);
  if (!(maxIterations >= 1 && maxIterations <= 10_000))
    throw DomainError.invalid(
      'parameters.max_iterations',
      `The number of iterations is ${maxIterations}; it must be from 1 to 10,000.`,
    );
}

/** The examples of a training, as they come in. Every fault is told with what to do. */
export class TrainingExamples {
  private readonly parts: Float32Array[] = [];
  private readonly labels: number[] = [];
  private readonly keys: number[] = [];
  private components = 0;

  constructor(
    private readonly classes: readonly string[],
    private readonly dimension: number,
  ) {
    const repeated = classes.find((label, c) => classes.indexOf(label) !== c);
    if (repeated !== undefined) throw DomainError.invalid('classes', `The class "${repeated}" is listed twice.`);
  }

  /** Adds vectors `[labels.length, dimension]` with the class of each, and the key of its text, or no keys at all. */
  add(vectors: Float32Array, dimension: number, labels: readonly number[], keys: readonly number[] = []): void {
    if (dimension !== this.dimension)
      throw DomainError.invalid(
        'examples',
        `The vectors have ${dimension} components; their provenance says ${this.dimension}.`,
      );
    if (vectors.length !== labels.length * dimension)
      throw DomainError.invalid(
        'examples',
        `There are ${vectors.length / dimension} vectors and ${labels.length} class indices; give one for each.`,
      );
    const wrong = labels.find((label) => !(label >= 0 && label < this.classes.length));
    if (wrong !== undefined)
      throw DomainError.invalid('examples', `Class index ${wrong} is outside the ${this.classes.length} classes.`);
    if (firstNonFinite(vectors) >= 0)
      throw DomainError.invalid(
        'examples',
        `Vector ${this.labels.length + Math.floor(firstNonFinite(vectors) / dimension)} has components that are not numbers (NaN or infinite). Embed the text again.`,
      );
    this.components += vectors.length;
    if (this.components > maxComponents)
      throw DomainError.invalid('examples', 'The examples take more than 1 GiB; train on a sample of them.');
    checkKeys(keys, labels.length);
    if (this.labels.length > 0 && keys.length > 0 !== this.keys.length > 0)
      throw DomainError.invalid('examples.text_key', 'Give a key for every example, or for none.');
    this.parts.push(vectors);
    this.labels.push(...labels);
    this.keys.push(...keys);
  }

  /**
   * All examples. Classes without any are left out: a head cannot know them.
   * @param learned keys of texts that the encoder has learned with their labels
   */
  toSet(learned?: ReadonlySet<number>): TrainingSet {
    if (this.labels.length === 0)
      throw DomainError.invalid('examples', 'There are no examples. Label some questions first.');
    const used = [...new Set(this.labels)].sort((a, b) => a - b);
    if (used.length < 2)
      throw DomainError.invalid(
        'classes',
        `All ${this.labels.length} examples are of one class, "${this.classes[used[0]]}". Label questions of at least two.`,
      );
    const vectors = new Float32Array(new SharedArrayBuffer(this.components * 4));
    let at = 0;
    for (const part of this.parts) {
      vectors.set(part, at);
      at += part.length;
    }
    const position = new Map(used.map((label, i) => [label, i]));
    return {
      vectors,
      dimension: this.dimension,
      labels: Int32Array.from(this.labels, (label) => position.get(label) as number),
      classCount: used.length,
      classes: used.map((label) => this.classes[label]),
      ...(this.keys.length > 0 && { keys: Float64Array.from(this.keys), learned }),
    };
  }
}

/** @throws INVALID_INPUT if keys of texts are not one for each of `count`, or none, or are no such numbers */
export function checkKeys(keys: readonly number[], count: number): void {
  if (keys.length > 0 && keys.length !== count)
    throw DomainError.invalid('examples.text_key', `There are ${count} examples and ${keys.length} keys of texts.`);
  const wrong = keys.find((key) => !(Number.isInteger(key) && key >= 0 && key < keyLimit));
  if (wrong !== undefined)
    throw DomainError.invalid('examples.text_key', `A key of a text is a whole number below 2^52; got ${wrong}.`);
}

/**
 * Trains in a thread of its own. Aborting the signal answers at once; the thread ends itself within a few milliseconds: it
 * must not be ended from outside while the runtime computes in it.
 * @throws UNAVAILABLE if the thread dies
 */
export function trainInThread(
  set: TrainingSet,
  parameters: TrainingParameters,
  onProgress: (progress: TrainingProgress) => void,
  signal: AbortSignal,
): Promise<TrainedHead> {
  signal.throwIfAborted();
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(join(__dirname, 'train-head.worker.js'), {
    workerData: { set, parameters, cancelled } satisfies TrainingData,
  });
  return new Promise<TrainedHead>((resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        Atomics.store(cancelled, 0, 1);
        reject(signal.reason as Error);
      },
      { once: true },
    );
    worker.on('message', (message: TrainingMessage) => {
      if (message.type === 'progress') onProgress(message.progress);
      else if (message.type === 'trained') resolve(message.trained);
      else reject(fromFailure(message.failure));
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(workerUnavailable()));
  });
}
