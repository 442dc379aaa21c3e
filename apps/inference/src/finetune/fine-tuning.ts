/**
 * A fine-tuning from files to files, on the thread that calls it: texts to ids, the training graph, the loop, the trained
 * model, vectors that whoever loads it must get, and a head on its embeddings.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@cairn/numerics';
import {
  buildTrainingGraph,
  NotTrainableError,
  OnnxFormatError,
  writeBack,
  type ModelProto,
  type ParameterChoice,
  type TrainingGraph,
} from '@cairn/onnx-graph';
import { splitByKeys, splitHeldOut, type HeldOutSplit } from '../heads/held-out-split.js';
import { openOnDevice, type DeviceChoice } from '../encoder/devices.js';
import { trainHead, type TrainedHead, type TrainingParameters } from '../heads/train-head.js';
import { readOnnx, writeOnnx } from '../quantization/rewrite-model.js';
import { UsageFault } from '../quantization/usage-fault.js';
import { Refusal } from '../threads/refusal.js';
import { startsOf, takeTokens, type TokenRows } from './augmentation.js';
import type { CheckedExamples } from './check-examples.js';
import { Checkpoints } from './checkpoints.js';
import { clusterData } from './cluster-objective.js';
import { calmDecoder } from './decoder-start.js';
import { embedWith, type Embedder, type EncoderFiles, type GoldenVectors } from './embed-with.js';
import { beginWithFittedHead, componentSize, headBias, headWeight } from './head-start.js';
import { checkMemory } from './memory-estimate.js';
import { lossOf, textsPerExample, trainingData, type TrainingBatch } from './objectives.js';
import { noLabel } from './no-label.js';
import { OnnxTrainingModel } from './onnx-training-model.js';
import { PseudoLabels } from './pseudo-labels.js';
import { openTokenizer, type ExampleTokenizer } from './tokenize-examples.js';
import { stepSettings } from './steps.js';
import type { TrainingData } from './trainable-model.js';
import { train, type TrainingOutcome, type TrainingProgress } from './trainer.js';
import type { TrainingSettings } from './training-settings.js';

export interface FineTuningJob {
  readonly source: EncoderFiles;
  readonly examples: CheckedExamples;
  readonly settings: TrainingSettings;
  /** Of `TrainingState`. */
  readonly fingerprint: string;
  /** Folder of the checkpoints of this training. */
  readonly checkpoints: string;
  readonly checkpointSeconds: number;
  /** Where onnx/model.onnx is written. */
  readonly target: string;
  /** Bytes that the training may take. */
  readonly memoryLimit: number;
  /** Texts whose vectors are kept beside the model. */
  readonly goldenTexts: readonly string[];
  /** Where it computes. */
  readonly device: DeviceChoice;
  /** Whether a head is trained on the new embeddings, where each text has one class. */
  readonly withHead: boolean;
  /** Keys of texts whose labels the source has learned from: they are not held out. */
  readonly learned?: ReadonlySet<number>;
}

export type FineTuningProgress =
  | { readonly stage: 'prepare' }
  | ({ readonly stage: 'train' } & TrainingProgress)
  | { readonly stage: 'embed'; readonly done: number; readonly total: number }
  | { readonly stage: 'head'; readonly done: number; readonly total: number };

/** The head that was trained with the encoder: logits = weights . pooled vector + biases; vectors not scaled to length 1. */
export interface LinearHead {
  /** `[classes, dimension]`, row-major. */
  readonly weights: Float32Array;
  /** `[classes]`. */
  readonly biases: Float32Array;
}

export interface FineTuning {
  readonly outcome: TrainingOutcome;
  readonly trainExamples: number;
  readonly heldOutExamples: number;
  /** Weights that were trained. */
  readonly trainedWeights: number;
  readonly golden: GoldenVectors;
  readonly linear: LinearHead | undefined;
  /** A calibrated head on the new encoder's embeddings, with the same held-out part; if it was wanted. */
  readonly head: TrainedHead | undefined;
  /** Keys of the texts whose labels the new encoder or its source has learned from; absent if the examples had no keys. */
  readonly learned: Float64Array | undefined;
}

/**
 * @throws Refusal for an encoder or settings that cannot be trained with, too little memory, or a loss that is no number
 * @throws TrainingCancelled
 */
export async function runFineTuning(
  job: FineTuningJob,
  report: (progress: FineTuningProgress) => void,
  isCancelled: () => boolean,
): Promise<FineTuning> {
  const { source, examples, settings } = job;
  report({ stage: 'prepare' });
  const original = readOriginal(source.onnxFile);
  const tokenizer = openTokenizer(source, settings.maxTokens);
  const prepared = await prepare(job, original, tokenizer);
  const { graph, data, texts, labelled, split, pseudo } = prepared;
  const embed = (embedder: Embedder, rows: TokenRows) => {
    const total = rows.lengths.length;
    return embedder.embed(rows, (done) => report({ stage: 'embed', done, total }), isCancelled);
  };
  let headRate = settings.headLearningRate;
  if (pseudo !== undefined) {
    const vectors = await embed(await embedWith(source, false), texts);
    headRate /= componentSize(vectors);
    await pseudo.find(vectors.slice(), source.dimension);
    await beginWithFittedHead(graph, pseudo.labels, pseudo.clusters, data.train, vectors, settings);
  }
  if (settings.objective === 'classes' || settings.objective === 'labels') {
    const isFitted = settings.objective === 'classes' && settings.fitHeadFirst;
    const own = isFitted ? data.train : data.train.slice(0, sampledForSize);
    const part = takeTokens(texts, startsOf(texts.lengths), own);
    const vectors = await embed(await embedWith(source, false), part);
    if (isFitted) await beginWithFittedHead(graph, examples.labels, examples.classes.length, own, vectors, settings);
    headRate /= componentSize(vectors);
  }
  if (settings.objective === 'masked') calmDecoder(graph, original, source);
  const { outcome, encoder, added } = await trainGraph(job, prepared, headRate, report, isCancelled);

  writeBack(original, encoder);
  mkdirSync(join(job.target, 'onnx'), { recursive: true });
  writeOnnx(original, join(job.target, 'onnx'));
  const embedder = await embedWith({ ...source, onnxFile: join(job.target, 'onnx', 'model.onnx') });
  // From here on texts are cut as the service cuts them.
  const whole = settings.maxTokens === undefined ? tokenizer : openTokenizer(source);
  const golden = await embedder.golden(whole, job.goldenTexts);
  const hasClasses = ['classes', 'contrastive', 'clusters'].includes(settings.objective) && examples.classes.length > 1;
  let head: TrainedHead | undefined;
  if (hasClasses && job.withHead) {
    const rows = whole === tokenizer ? texts : whole.encode(examples.texts);
    const vectors = await embed(embedder, takeTokens(rows, startsOf(rows.lengths), labelled));
    const { labels, classes, keys } = ofTexts(examples, labelled);
    const set = { vectors, dimension: source.dimension, labels, classCount: classes.length, classes };
    // What the encoder has learned from must not be held out from its head: with few labels a cross-validation would.
    const keyed = { ...set, keys, split };
    head = await trainHead(
      settings.heldOut > 0 && examples.keys !== undefined ? keyed : set,
      headParameters(settings),
      ({ done, total }) => report({ stage: 'head', done, total }),
    );
  }
  const [weights, biases] = [added.get(headWeight), added.get(headBias)];
  return {
    outcome,
    trainExamples: data.train.length,
    heldOutExamples: split.heldOut.length,
    trainedWeights: countWeights(graph),
    golden,
    linear: weights && biases && { weights, biases },
    head,
    learned: learnedBy(
      job,
      split.train.map((at) => labelled[at]),
    ),
  };
}

function learnedBy(
  { examples: { keys }, learned = new Set() }: FineTuningJob,
  train: Int32Array,
): Float64Array | undefined {
  return keys && Float64Array.from(new Set([...learned, ...Array.from(train, (index) => keys[index])])).sort();
}

/** Texts that tell how large the components of vectors are. */
const sampledForSize = 512;

interface Prepared {
  readonly texts: TokenRows;
  readonly data: TrainingData<TrainingBatch>;
  readonly graph: TrainingGraph;
  /** Positions of the texts that have labels: of `clusters` some, else all. */
  readonly labelled: Int32Array;
  /** Of `labelled`, by position in it. Of `clusters`, what is held out is trained on without its label. */
  readonly split: HeldOutSplit;
  /** Of `clusters`. */
  readonly pseudo?: PseudoLabels;
}

/** Everything that can be refused, before anything is computed. */
async function prepare(
  { source, examples, settings, memoryLimit, learned }: FineTuningJob,
  original: ModelProto,
  tokenizer: ExampleTokenizer,
): Promise<Prepared> {
  const texts = tokenizer.encode(examples.texts);
  const partners = examples.partners && tokenizer.encode(examples.partners);
  const { labels, targets, classes } = examples;
  const labelled = Int32Array.from(labels.keys()).filter((i) => labels[i] !== noLabel);
  const split = splitExamples(ofTexts(examples, labelled), settings, learned);
  const { vocabulary } = tokenizer;
  const pseudo =
    settings.objective === 'clusters' ? pseudoLabels(examples, labelled, split.train, settings) : undefined;
  const tokenized = { texts, partners, labels, classCount: classes.length, targets };
  const data = pseudo
    ? clusterData(texts, pseudo, settings, vocabulary, source.padId)
    : trainingData(tokenized, settings, vocabulary, source.padId, split.train, split.heldOut);
  const graph = await trainingGraphOf(original, source, settings, classes.length);
  const longest = data.lengths.reduce((most, length) => Math.max(most, length), 0);
  checkMemory(
    { ...source, hidden: source.dimension, weights: weightsOf(original), trained: countWeights(graph) },
    { longest, perExample: textsPerExample(settings) },
    settings,
    memoryLimit,
  );
  return { texts, data, graph, labelled, split, pseudo };
}

/** Some of the examples. */
function ofTexts({ labels, classes, keys }: CheckedExamples, indices: Int32Array) {
  return {
    ...{ labels: indices.map((i) => labels[i]), classes },
    keys: keys && Float64Array.from(indices, (i) => keys[i]),
  };
}

/** @throws Refusal for "clusters" if there are fewer than known classes, or more than texts */
function pseudoLabels(
  { labels, classes }: CheckedExamples,
  labelled: Int32Array,
  train: Int32Array,
  settings: TrainingSettings,
): PseudoLabels {
  const clusters = settings.clusters!;
  if (clusters < classes.length || clusters > labels.length)
    throw new Refusal(
      'clusters',
      `There are ${labels.length} texts, and labels of ${classes.length} classes: ${clusters} clusters do not fit; choose from ${Math.max(2, classes.length)} to ${labels.length}.`,
    );
  const known = new Int32Array(labels.length).fill(noLabel);
  for (const at of train) known[labelled[at]] = labels[labelled[at]];
  return new PseudoLabels(known, classes.length, settings);
}

async function trainGraph(
  { settings, fingerprint, checkpoints, checkpointSeconds, device }: FineTuningJob,
  { graph, data }: Prepared,
  headRate: number,
  report: (progress: FineTuningProgress) => void,
  isCancelled: () => boolean,
) {
  const steps = stepSettings(settings);
  const { opened: model } = await openOnDevice(device, (name) => {
    if (name === 'webgpu' && settings.accumulate > 1)
      throw new Error(
        'a step has one batch there: leave accumulate at 1 and raise batchSize, which has the same effect',
      );
    return OnnxTrainingModel.open(graph, headRate / settings.learningRate, { device: name, steps });
  }).catch((error: Error) => {
    throw new Refusal('device', `The device ${device} cannot be used for training here: ${error.message}`);
  });
  try {
    const outcome = await train(model, data, settings, {
      ...{ checkpoints: new Checkpoints(checkpoints, fingerprint), fingerprint, checkpointSeconds, isCancelled },
      onProgress: (progress) => report({ stage: 'train', ...progress }),
    });
    return { outcome, ...model.trained() };
  } finally {
    await model.close();
  }
}

const countWeights = ({ parameters }: TrainingGraph): number =>
  parameters.reduce((sum, { values }) => sum + values.length, 0);

/** The same examples are held out as by the head that is trained with the same seed and share afterwards. */
function splitExamples(
  { labels, classes, keys }: Pick<CheckedExamples, 'labels' | 'classes' | 'keys'>,
  { heldOut, seed }: TrainingSettings,
  learned?: ReadonlySet<number>,
) {
  if (heldOut === 0) return { train: Int32Array.from(labels.keys()), heldOut: new Int32Array() };
  if (keys !== undefined) return splitByKeys(labels, classes.length, heldOut, keys, learned);
  return splitHeldOut(labels, Math.max(1, classes.length), heldOut, new Random(seed));
}

/** How the head is trained that comes with a fine-tuned encoder; figures need a held-out part in any case. */
export function headParameters({ heldOut, seed, classWeights }: TrainingSettings): TrainingParameters {
  return { l2: undefined, classWeights, heldOut: heldOut > 0 ? heldOut : 0.1, maxIterations: 200, seed };
}

function readOriginal(file: string): ModelProto {
  try {
    return readOnnx(file);
  } catch (error) {
    throw error instanceof UsageFault ? new Refusal('source', error.message.replace(/^--model: /, '')) : error;
  }
}

async function trainingGraphOf(
  model: ModelProto,
  { pooling, dimension }: EncoderFiles,
  settings: TrainingSettings,
  classes: number,
): Promise<TrainingGraph> {
  if (pooling !== 'mean' && pooling !== 'cls')
    throw new Refusal('source', `Encoders that are pooled by "${pooling}" cannot be fine-tuned; "mean" and "cls" can.`);
  try {
    return await buildTrainingGraph(model, {
      loss: lossOf(settings, pooling, classes, dimension),
      parameters: parametersOf(settings),
      dropout: { hidden: settings.dropout, attention: settings.dropout, pooled: settings.dropout },
    });
  } catch (error) {
    const isExpected = error instanceof NotTrainableError || error instanceof OnnxFormatError;
    throw isExpected ? new Refusal('source', error.message) : error;
  }
}

function parametersOf({ scope, seed }: TrainingSettings): ParameterChoice {
  if (scope.kind === 'lora') return { lora: { rank: scope.rank, alpha: scope.alpha, seed } };
  if (scope.kind === 'last') return { lastLayers: scope.layers };
  return scope.kind === 'head' ? { lastLayers: 0 } : 'all';
}

/** Elements of the matrices and lists of a model. */
function weightsOf(model: ModelProto): number {
  return model.graph!.initializer.reduce(
    (sum, { dims }) => sum + dims.reduce<number>((product, size) => product * Number(size), 1),
    0,
  );
}
