/** Cross-validation and search for the parameters of a linear head. */
import { accuracy, macroF1, type Random } from '@cairn/numerics';
import { fitTemperature, largestIndex, meanLogLoss } from './calibration.js';
import { takeExamples, type Examples } from './examples.js';
import { fitSoftmax, logitsOfExamples, type ClassWeights } from './fit-linear.js';
import type { HeldOutSplit } from './held-out-split.js';
import type { LinearClassifier } from './linear-classifier.js';
import type { RegressionEngine } from './regression-engine.js';

/** One choice of parameters. */
export interface Candidate {
  /** Inverse penalty per example, as scikit-learn's C: larger is weaker. */
  readonly c: number;
  /** Share of the penalty that is on absolute weights, 0 to 1. */
  readonly l1Share: number;
  readonly classWeights: ClassWeights;
}

export interface FitLimits {
  readonly maxIterations: number;
  readonly tolerance: number;
}

/** How a candidate did on examples that were held out. */
export interface CrossValidated {
  readonly candidate: Candidate;
  /** Over all held-out examples. */
  readonly accuracy: number;
  readonly macroF1: number;
  /** At the best temperature, which is comparable between penalties. */
  readonly logLoss: number;
  readonly foldAccuracies: readonly number[];
  /** One a fold; their ensemble is `averageOf` them. */
  readonly classifiers: readonly LinearClassifier[];
  /** Logits `[classes]` of each held-out example, in the order of the folds. */
  readonly logits: readonly Float64Array[];
  readonly labels: Int32Array;
}

/** Every combination of the given values. */
export function gridOf(space: {
  readonly c: readonly number[];
  readonly l1Share?: readonly number[];
  readonly classWeights?: readonly ClassWeights[];
}): Candidate[] {
  const { c: penalties, l1Share: shares = [0], classWeights: weights = [true] } = space;
  return shares.flatMap((l1Share) =>
    weights.flatMap((classWeights) => penalties.map((c): Candidate => ({ c, l1Share, classWeights }))),
  );
}

/** Candidates drawn at random: C evenly in its logarithm, the others evenly. Bergstra and Bengio 2012. */
export function drawnFrom(
  space: {
    readonly c: readonly [low: number, high: number];
    readonly l1Share?: readonly [low: number, high: number];
    readonly classWeights?: readonly ClassWeights[];
  },
  count: number,
  random: Random,
): Candidate[] {
  const between = ([low, high]: readonly [number, number]) => low + (high - low) * random.uniform();
  const { c, l1Share = [0, 0], classWeights = [true] } = space;
  return Array.from({ length: count }, () => ({
    c: Math.exp(between([Math.log(c[0]), Math.log(c[1])])),
    l1Share: between(l1Share),
    classWeights: classWeights[random.below(classWeights.length)],
  }));
}

/**
 * Tries every candidate on the same folds. Those that differ in C only follow each other from strong to weak, each fit
 * starting where the last one of its fold ended.
 * @returns best first: lowest log loss, then highest accuracy
 */
export async function searchParameters(
  engine: RegressionEngine,
  examples: Examples,
  candidates: readonly Candidate[],
  splits: readonly HeldOutSplit[],
  limits: FitLimits,
  onTried: (tried: CrossValidated, done: number) => void = () => {},
): Promise<CrossValidated[]> {
  const folds = foldsOf(examples, splits);
  const ordered = [...candidates].sort((a, b) => a.l1Share - b.l1Share || a.c - b.c);
  const tried: CrossValidated[] = [];
  for (const candidate of ordered) {
    const before = tried.at(-1);
    const warm = before?.candidate.l1Share === candidate.l1Share ? before.classifiers : [];
    tried.push(await crossValidate(engine, folds, candidate, limits, warm));
    onTried(tried[tried.length - 1], tried.length);
  }
  return tried.sort((a, b) => a.logLoss - b.logLoss || b.accuracy - a.accuracy);
}

/** The examples of each split: copied once, for all candidates. */
export function foldsOf(
  examples: Examples,
  splits: readonly HeldOutSplit[],
): { readonly train: Examples; readonly heldOut: Examples }[] {
  return splits.map(({ train, heldOut }) => ({
    train: takeExamples(examples, train),
    heldOut: takeExamples(examples, heldOut),
  }));
}

/** One candidate on all folds. */
export async function crossValidate(
  engine: RegressionEngine,
  folds: readonly { readonly train: Examples; readonly heldOut: Examples }[],
  candidate: Candidate,
  limits: FitLimits,
  warm: readonly LinearClassifier[] = [],
): Promise<CrossValidated> {
  const { c, l1Share, classWeights } = candidate;
  const classifiers: LinearClassifier[] = [];
  const logits: Float64Array[] = [];
  const labels: number[] = [];
  const foldAccuracies: number[] = [];
  for (const [i, { train, heldOut }] of folds.entries()) {
    const strength = 1 / (c * train.labels.length);
    const penalties = { l1: l1Share * strength, l2: (1 - l1Share) * strength };
    const classifier = await fitSoftmax(engine, train, { ...limits, ...penalties, classWeights, start: warm[i] });
    const found = await logitsOfExamples(engine, classifier, heldOut);
    classifiers.push(classifier);
    foldAccuracies.push(accuracy(heldOut.labels, found.map(largestIndex)));
    logits.push(...found);
    labels.push(...heldOut.labels);
  }
  const predicted = logits.map(largestIndex);
  return {
    candidate,
    accuracy: accuracy(labels, predicted),
    macroF1: macroF1(labels, predicted, folds[0].train.classCount),
    logLoss: meanLogLoss(logits, labels, fitTemperature(logits, labels)),
    foldAccuracies,
    classifiers,
    logits,
    labels: Int32Array.from(labels),
  };
}
