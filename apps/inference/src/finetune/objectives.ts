import { Random } from '@cairn/numerics';
import { classTargets, labelTargets, pairTargets, sameClassTargets, type Loss, type Pooling } from '@cairn/onnx-graph';
import { collate, type PaddedBatch } from '../batching/collate.js';
import {
  eraseTokens,
  joinTokens,
  maskTokens,
  membersOfClasses,
  notMasked,
  partners,
  startsOf,
  takeTokens,
  type MaskedTokens,
  type TokenRows,
  type Vocabulary,
} from './augmentation.js';
import type { TrainingData } from './trainable-model.js';
import { streams } from './training-batches.js';
import type { TrainingSettings } from './training-settings.js';

/** A batch as a training graph takes it. */
export interface TrainingBatch {
  readonly padded: PaddedBatch;
  /** What the loss compares with, by name of the input. */
  readonly targets: Readonly<Record<string, TargetFeed>>;
  /** What there is to be found, where it is one of several: class of each text, or each hidden word. */
  readonly labels: Int32Array | undefined;
  /** Decides what dropout leaves out. */
  readonly dropoutSeed: number;
}

export interface TargetFeed {
  readonly values: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

/** Examples as ids. */
export interface TokenizedExamples {
  readonly texts: TokenRows;
  readonly partners: TokenRows | undefined;
  /** `[count]`, the first class of each text. */
  readonly labels: Int32Array;
  readonly classCount: number;
  /** Of the objective `labels`: `[count, classes]`. */
  readonly targets: Uint8Array | undefined;
}

/**
 * The loss of an objective.
 * @param hidden components of a token's vector
 */
export function lossOf(settings: TrainingSettings, pooling: Pooling, classes: number, hidden: number): Loss {
  const { objective, temperature, contrast } = settings;
  if (objective === 'masked') {
    // What guesses words begins with noise: exported encoders do not bring theirs.
    const random = new Random(settings.seed, streams.head);
    const transform = Float32Array.from({ length: hidden * hidden }, () => random.normal() / Math.sqrt(hidden));
    return { kind: 'masked-language-model', transform };
  }
  if (objective === 'classes')
    return { kind: 'cross-entropy', pooling, head: { classes }, ...(contrast > 0 && { contrast: { temperature } }) };
  if (objective === 'clusters')
    return { kind: 'cross-entropy', pooling, head: { classes: settings.clusters! }, contrast: { temperature } };
  if (objective === 'labels') return { kind: 'binary-cross-entropy', pooling, head: { classes } };
  return { kind: 'contrastive', pooling, temperature };
}

/**
 * Examples as batches of an objective.
 * @param train positions of the examples that are trained on
 */
export function trainingData(
  examples: TokenizedExamples,
  settings: TrainingSettings,
  vocabulary: Vocabulary,
  padId: number,
  train: Int32Array,
  heldOut: Int32Array,
): TrainingData<TrainingBatch> {
  const { texts, labels } = examples;
  const starts = startsOf(texts.lengths);
  const partnerStarts = examples.partners && startsOf(examples.partners.lengths);
  const members = { train: membersOfClasses(labels, train), heldOut: membersOfClasses(labels, heldOut) };
  const isPairedUp = settings.objective === 'classes' && settings.contrast > 0;
  const weights = settings.classWeights ? classWeights(labels, train, examples.classCount) : undefined;

  /** The two sides of pairs, one after the other. */
  const bothSides = (indices: Int32Array, random: Random | undefined): TokenRows => {
    const first = takeTokens(texts, starts, indices);
    if (settings.objective === 'pairs')
      return joinTokens(first, takeTokens(examples.partners!, partnerStarts!, indices));
    if (settings.objective === 'views') return joinTokens(first, first);
    // The held-out part has the same partners every time.
    const others = random
      ? partners(members.train, labels, indices, random)
      : partners(members.heldOut, labels, indices, new Random(settings.seed, streams.heldOut, indices[0]));
    return takeTokens(texts, starts, Int32Array.of(...indices, ...others));
  };
  const erased = (rows: TokenRows, random: Random | undefined) =>
    random !== undefined && settings.erase > 0 ? eraseTokens(rows, settings.erase, vocabulary, random) : rows;

  const batch = (indices: Int32Array, random: Random | undefined): TrainingBatch => {
    const { objective } = settings;
    const dropoutSeed = random?.next() ?? 0;
    if (objective === 'masked') {
      // Of the held-out part the same words are hidden every time.
      const own = random ?? new Random(settings.seed, streams.heldOut, indices[0]);
      const rows = erased(takeTokens(texts, starts, indices), random);
      return { ...maskedBatch(maskTokens(rows, settings.mask, vocabulary, own), padId), dropoutSeed };
    }
    const isPaired = objective === 'pairs' || objective === 'views' || objective === 'contrastive';
    const own = indices.map((index) => labels[index]);
    const rows = erased(isPaired ? bothSides(indices, random) : takeTokens(texts, starts, indices), random);
    return {
      padded: collate(rows.ids, rows.lengths, padId),
      targets: {
        ...targetsOf(examples, settings, indices, own, weights),
        // What is measured on the held-out part is the loss of the head.
        ...(isPairedUp && contrastFeeds(own, random ? settings.contrast : 0)),
      },
      labels: objective === 'classes' ? own : undefined,
      dropoutSeed,
    };
  };
  const longer = examples.partners?.lengths;
  const lengths = longer ? texts.lengths.map((length, i) => Math.max(length, longer[i])) : texts.lengths;
  return { lengths, train, heldOut, batch, ...(isPairedUp && { pairedBy: labels }) };
}

/** Hidden words by their place among all tokens of the batch, padding included. */
export function maskedBatch({ ids, lengths, labels }: MaskedTokens, padId: number): Omit<TrainingBatch, 'dropoutSeed'> {
  const padded = collate(ids, lengths, padId);
  const places: number[] = [];
  const hidden: number[] = [];
  let at = 0;
  lengths.forEach((length, row) => {
    for (let column = 0; column < length; column++, at++) {
      if (labels[at] === notMasked) continue;
      places.push(row * padded.seq + column);
      hidden.push(labels[at]);
    }
  });
  // Texts of special tokens alone have no words: the graph is given a place that counts nothing.
  const count = Math.max(1, hidden.length);
  const int64 = (values: number[]) => BigInt64Array.from({ length: count }, (_, i) => BigInt(values[i] ?? 0));
  const weights = new Float32Array(count).fill(hidden.length > 0 ? 1 / count : 0);
  return {
    padded,
    targets: {
      positions: { values: int64(places), dims: [count] },
      labels: { values: int64(hidden), dims: [count] },
      weights: { values: weights, dims: [count] },
    },
    labels: hidden.length > 0 ? Int32Array.from(hidden) : undefined,
  };
}

/** Texts of one example in a batch. */
export const textsPerExample = ({ objective }: TrainingSettings): number =>
  ['pairs', 'views', 'contrastive', 'clusters'].includes(objective) ? 2 : 1;

function targetsOf(
  { classCount, targets }: TokenizedExamples,
  { objective, labelSmoothing }: TrainingSettings,
  indices: Int32Array,
  labels: Int32Array,
  weights: Float32Array | undefined,
): Record<string, TargetFeed> {
  const count = indices.length;
  if (objective === 'classes') {
    const values = classTargets(labels, classCount, { smoothing: labelSmoothing, classWeights: weights });
    return { targets: { values, dims: [count, classCount] } };
  }
  if (objective === 'labels') {
    const own = Array.from(indices, (index) => classesOf(targets!, index, classCount));
    const given = labelTargets(own, classCount, { classWeights: weights });
    const dims = [count, classCount];
    return { targets: { values: given.targets, dims }, weights: { values: given.weights, dims } };
  }
  const dims = [2 * count, 2 * count];
  const given =
    objective === 'contrastive' ? sameClassTargets(Int32Array.of(...labels, ...labels)) : pairTargets(count, true);
  return { targets: { values: given.targets, dims }, candidates: { values: given.candidates, dims } };
}

/** Of `classes`: texts of one class near each other, beside the head's loss. */
function contrastFeeds(labels: Int32Array, weight: number): Record<string, TargetFeed> {
  const dims = [labels.length, labels.length];
  const { targets, candidates } = sameClassTargets(labels);
  return {
    contrast: { values: targets.map((share) => weight * share), dims },
    candidates: { values: candidates, dims },
  };
}

function classesOf(targets: Uint8Array, index: number, classCount: number): number[] {
  const own: number[] = [];
  for (let c = 0; c < classCount; c++) if (targets[index * classCount + c] === 1) own.push(c);
  return own;
}

/** Inverse frequencies, 1 on average over the examples, as scikit-learn's "balanced". */
function classWeights(labels: Int32Array, train: Int32Array, classCount: number): Float32Array {
  const counts = new Float32Array(classCount);
  for (const index of train) counts[labels[index]]++;
  return counts.map((count) => (count > 0 ? train.length / (classCount * count) : 0));
}
