/**
 * Training of a head: split, search for the penalty, fit, calibrate, find the line to the unknown, refit on all.
 * Plain function over typed arrays; the same examples and seed give the same head.
 */
import { accuracy, classScores, confusion, macroF1, Random, row } from '@cairn/numerics';
import { calibrationError, fitTemperature, largestIndex, meanLogLoss } from './calibration.js';
import { classCentroids, countClasses, keepClasses, takeExamples, type Examples } from './examples.js';
import { applyScaling, foldScaling, scalingOf } from './feature-scaling.js';
import { splitHeldOut } from './held-out-split.js';
import { logitsOf, unknownScore, unknownMethods, type SoftmaxHead, type UnknownMethod } from './softmax-head.js';
import { fitSoftmaxRegression, logitsOfExamples, rowsOf, type LinearClassifier } from './softmax-regression.js';
import { StepCounter, type StepPlan } from './step-counter.js';
import {
  chooseDetector,
  classFolds,
  detectorWithoutFolds,
  type FoldScores,
  type UnknownDetector,
} from './unknown-detector.js';

export interface TrainingParameters {
  /** Chosen on the held-out part if absent. */
  readonly l2: number | undefined;
  readonly classWeights: boolean;
  /** Share of each class. */
  readonly heldOut: number;
  readonly maxIterations: number;
  readonly seed: number;
}

export interface TrainingSet extends Examples {
  readonly classes: readonly string[];
}

export const trainingStages = ['search', 'fit', 'calibrate', 'unknown', 'refit'] as const;
export type TrainingStage = (typeof trainingStages)[number];

export interface TrainingProgress {
  readonly stage: TrainingStage;
  /** Steps done and to do, over all stages. */
  readonly done: number;
  readonly total: number;
  /** Mean training loss now. */
  readonly loss: number;
}

export interface HeadFigures {
  readonly trainExamples: number;
  readonly heldOutExamples: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly eceBefore: number;
  readonly eceAfter: number;
  readonly logLoss: number;
  readonly classes: readonly {
    readonly label: string;
    readonly trainExamples: number;
    readonly heldOutExamples: number;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
  }[];
}

export interface TrainedHead {
  readonly head: SoftmaxHead;
  readonly figures: HeadFigures;
  readonly unknown: UnknownDetector;
  /** The penalty that was used. */
  readonly l2: number;
}

/** Penalties tried, as inverse penalty per example (C of scikit-learn): l2 = 1 / (C x examples), strong to weak. */
const searchedC = [0.03, 0.1, 0.3, 1, 3];

/** L-BFGS iterations of a fit that only has to rank penalties, or that starts next to its end. */
const shortFit = 15;

/** An iteration that gains less loss than this changes no decision. */
const tolerance = 1e-5;

/**
 * Trains a softmax head. Figures, temperature and threshold come from a fit that never saw the held-out part; the
 * weights returned are fitted on everything, with the same penalty.
 * @throws RangeError if there are fewer than two classes with examples; callers check before
 */
export function trainHead(
  set: TrainingSet,
  parameters: TrainingParameters,
  report: (progress: TrainingProgress) => void,
): TrainedHead {
  const { classCount } = set;
  if (countClasses(set.labels, classCount).filter((count) => count > 0).length < 2)
    throw new RangeError('A head needs examples of at least two classes.');
  const random = new Random(parameters.seed);
  const { train, heldOut } = splitHeldOut(set.labels, classCount, parameters.heldOut, random);
  const folds = classFolds(classCount, random);
  const scaling = scalingOf(set);
  const scaled = applyScaling(set, scaling);
  const trainPart = takeExamples(scaled, train);
  const heldOutPart = takeExamples(scaled, heldOut);
  const progress = new StepCounter(planOf(parameters, folds.length), report);
  const fit = (examples: Examples, l2: number, maxIterations: number, start?: LinearClassifier): LinearClassifier => {
    const { classWeights } = parameters;
    const onIteration = (loss: number) => progress.step(loss);
    const fitted = fitSoftmaxRegression(examples, { l2, classWeights, maxIterations, tolerance, start, onIteration });
    progress.next();
    return fitted;
  };
  const { maxIterations } = parameters;
  const few = Math.min(shortFit, maxIterations);

  let { l2 } = parameters;
  let start: LinearClassifier | undefined;
  if (l2 === undefined) {
    // Without a held-out part the training part must do; figures stay empty then.
    const measured = heldOut.length > 0 ? heldOutPart : trainPart;
    const candidates = searchedC.map((c) => 1 / (c * train.length));
    [l2, start] = searchPenalty(candidates, measured, (candidate, warm) => fit(trainPart, candidate, few, warm));
    progress.leave('search');
  }
  const fitted = fit(trainPart, l2, maxIterations, start);

  const heldOutLogits = logitsOfExamples(fitted, heldOutPart);
  const temperature = fitTemperature(heldOutLogits, heldOutPart.labels);
  const figures = measure(set.classes, trainPart.labels, heldOutPart.labels, heldOutLogits, temperature);
  progress.next();

  const judge = (classifier: LinearClassifier, known: Examples, examples: Examples) =>
    scoresOf({ ...foldScaling(classifier, scaling), centroids: classCentroids(known), temperature }, examples);
  const raw = { train: takeExamples(set, train), heldOut: takeExamples(set, heldOut) };
  const foldScores: FoldScores[] = [];
  for (const leftOut of folds) {
    const kept = Array.from({ length: classCount }, (_, c) => c).filter((c) => !leftOut.includes(c));
    const trained = fit(keepClasses(trainPart, kept), l2, few, rowsOf(fitted, kept));
    const known = keepClasses(raw.heldOut, kept);
    const unknown = keepClasses(set, leftOut);
    if (known.labels.length === 0 || unknown.labels.length === 0) continue;
    const keptTrain = keepClasses(raw.train, kept);
    foldScores.push({ known: judge(trained, keptTrain, known), unknown: judge(trained, keptTrain, unknown) });
  }
  const measurable = heldOut.length > 0 ? raw.heldOut : raw.train;
  const ofAll = judge(fitted, raw.train, measurable);
  const unknown = foldScores.length > 0 ? chooseDetector(foldScores, ofAll) : detectorWithoutFolds(ofAll.centroid);

  const final = fit(scaled, l2, maxIterations, fitted);
  const { method, threshold } = unknown;
  const head: SoftmaxHead = {
    ...foldScaling(final, scaling),
    classes: set.classes,
    centroids: classCentroids(set),
    temperature,
    unknown: { method, threshold },
  };
  return { head, figures, unknown, l2 };
}

function planOf({ l2, maxIterations }: TrainingParameters, folds: number): StepPlan<TrainingStage>[] {
  const few = Math.min(shortFit, maxIterations);
  return [
    ...(l2 === undefined ? searchedC.map(() => ({ stage: 'search' as const, steps: few })) : []),
    { stage: 'fit', steps: maxIterations },
    { stage: 'calibrate', steps: 1 },
    ...Array.from({ length: folds }, () => ({ stage: 'unknown' as const, steps: few })),
    { stage: 'refit', steps: maxIterations },
  ];
}

/** The penalty with the lowest calibrated log loss, and its weights. Each fit starts where the last one ended. */
function searchPenalty(
  candidates: readonly number[],
  measured: Examples,
  fit: (l2: number, warm: LinearClassifier | undefined) => LinearClassifier,
): [number, LinearClassifier | undefined] {
  let best: { loss: number; l2: number; classifier: LinearClassifier | undefined } = {
    loss: Infinity,
    l2: candidates[0],
    classifier: undefined,
  };
  let classifier: LinearClassifier | undefined;
  for (const l2 of candidates) {
    classifier = fit(l2, classifier);
    const logits = logitsOfExamples(classifier, measured);
    const loss = meanLogLoss(logits, measured.labels, fitTemperature(logits, measured.labels));
    // The curve has one minimum: past it, weaker penalties only cost time.
    if (loss >= best.loss) break;
    best = { loss, l2, classifier };
  }
  return [best.l2, best.classifier];
}

function measure(
  classes: readonly string[],
  trainLabels: Int32Array,
  labels: Int32Array,
  logits: readonly Float64Array[],
  temperature: number,
): HeadFigures {
  const trained = countClasses(trainLabels, classes.length);
  const predicted = logits.map(largestIndex);
  const scores = classScores(confusion(labels, predicted, classes.length), classes.length);
  const measured = labels.length > 0;
  return {
    trainExamples: trainLabels.length,
    heldOutExamples: labels.length,
    accuracy: measured ? accuracy(labels, predicted) : 0,
    macroF1: measured ? macroF1(labels, predicted, classes.length) : 0,
    eceBefore: calibrationError(logits, labels, 1),
    eceAfter: calibrationError(logits, labels, temperature),
    logLoss: measured ? meanLogLoss(logits, labels, temperature) : 0,
    classes: classes.map((label, c) => {
      const { precision, recall, f1, support } = scores[c];
      return { label, trainExamples: trained[c], heldOutExamples: support, precision, recall, f1 };
    }),
  };
}

/** Scores of vectors by every method. */
function scoresOf(
  head: Pick<SoftmaxHead, 'weights' | 'biases' | 'dimension' | 'centroids' | 'temperature'>,
  { vectors, dimension, labels }: Examples,
): Record<UnknownMethod, Float64Array> {
  const scores = {} as Record<UnknownMethod, Float64Array>;
  for (const method of unknownMethods) scores[method] = new Float64Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const vector = row(vectors, dimension, i);
    const logits = logitsOf(head, vector);
    for (const method of unknownMethods) scores[method][i] = unknownScore(head, method, vector, logits);
  }
  return scores;
}
