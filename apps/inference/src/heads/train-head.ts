/**
 * Training of a head: split, search for the penalty, fit, calibrate, find the line to the unknown, refit on all.
 * Plain functions over typed arrays; the same examples and seed give the same head.
 */
import { Random } from '@cairn/numerics';
import { chooseMemoryWeight, chooseMix, choosePenalty } from './choose-parameters.js';
import { calibrate } from './calibration.js';
import { remember, roundMemory } from './example-memory.js';
import { countClasses, keepClasses, takeExamples, type Examples } from './examples.js';
import { applyScaling, foldScaling, scalingOf } from './feature-scaling.js';
import { fitSoftmax } from './fit-linear.js';
import {
  boundariesOf,
  evidenceOf,
  judgeRows,
  scoreRows,
  scoresOf,
  type DraftEvidence,
  type HeadDraft,
  type JudgedRows,
} from './head-draft.js';
import { measure, type HeadFigures } from './head-figures.js';
import { splitByKeys, splitHeldOut, type HeldOutSplit } from './held-out-split.js';
import { rowsOf, type LinearClassifier } from './linear-classifier.js';
import { recordOf, type TrainingRecord } from './training-record.js';
import { RegressionEngine } from './regression-engine.js';
import type { SoftmaxHead } from './softmax-head.js';
import { StepCounter, type StepPlan } from './step-counter.js';
import { stratifiedFolds } from './stratified-folds.js';
import { chooseDetector, classFolds, detectorWithoutFolds, type UnknownDetector } from './unknown-detector.js';

export interface TrainingParameters {
  /** Chosen on the held-out part if absent. */
  readonly l2: number | undefined;
  /** Penalty on absolute weights [0]. */
  readonly l1?: number;
  readonly classWeights: boolean;
  /** What each class counts, by its index; goes before `classWeights`. */
  readonly weightOf?: readonly number[];
  /** Share of each class. */
  readonly heldOut: number;
  readonly maxIterations: number;
  readonly seed: number;
  /** Whether the head keeps examples to compare texts with [true]. */
  readonly memory?: boolean;
}

export interface TrainingSet extends Examples {
  readonly classes: readonly string[];
  /** `[count]`, a number below 2^52 that equal texts share: what is held out is chosen by it, not by the seed. */
  readonly keys?: Float64Array;
  /** Keys of texts that the encoder has learned with their labels: holding them out would flatter it. */
  readonly learned?: ReadonlySet<number>;
  /** The split that the encoder was fine-tuned with, for the head that comes with it. */
  readonly split?: HeldOutSplit;
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

export interface TrainedHead {
  readonly head: SoftmaxHead;
  readonly figures: HeadFigures;
  readonly unknown: UnknownDetector;
  /** The penalty that was used. */
  readonly l2: number;
  /** What comparisons with other heads need; of examples with keys. */
  readonly record?: TrainingRecord;
}

/** Penalties tried, as inverse penalty per example (C of scikit-learn): l2 = 1 / (C x examples), strong to weak. */
const searchedC = [0.03, 0.1, 0.3, 1, 3];

/** L-BFGS iterations of a fit that only has to rank penalties, or that starts next to its end. */
const shortFit = 15;

/** An iteration that gains less loss than this changes no decision. */
const tolerance = 1e-5;

/**
 * With fewer examples a class than this on average, a held-out part would say little: everything that is chosen or
 * measured is so by a cross-validation, in which every example is held out once.
 */
const fewPerClass = 15;
const folds = 5;

/** Texts of left-out classes that are looked at in each fold, at most. */
const mostUnknown = 1000;

/**
 * Trains a softmax head. Figures, temperature, memory weight and threshold come from fits that never saw the examples
 * they are measured on; what is returned is fitted on everything, with the same penalty.
 * @param engine where matrix products are made; the caller closes it. One of its own if absent
 * @throws RangeError if there are fewer than two classes with examples; callers check before
 */
export async function trainHead(
  set: TrainingSet,
  parameters: TrainingParameters,
  report: (progress: TrainingProgress) => void,
  engine?: RegressionEngine,
): Promise<TrainedHead> {
  if (engine !== undefined) return train(set, parameters, report, engine);
  const own = new RegressionEngine();
  return train(set, parameters, report, own).finally(() => own.close());
}

async function train(
  set: TrainingSet,
  parameters: TrainingParameters,
  report: (progress: TrainingProgress) => void,
  engine: RegressionEngine,
): Promise<TrainedHead> {
  const { classCount } = set;
  if (countClasses(set.labels, classCount).filter((count) => count > 0).length < 2)
    throw new RangeError('A head needs examples of at least two classes.');
  const { maxIterations, l1, weightOf } = parameters;
  const few = Math.min(shortFit, maxIterations);
  const random = new Random(parameters.seed);
  const splits = splitsOf(set, parameters, random);
  const leftOut = classFolds(classCount, random);
  const scaling = scalingOf(set);
  const scaled = applyScaling(set, scaling);
  const progress = new StepCounter(planOf(parameters, splits.length, leftOut.length), report);
  const fit = async (
    examples: Examples,
    l2: number,
    iterations: number,
    start?: LinearClassifier,
    kept?: readonly number[],
  ): Promise<LinearClassifier> => {
    const given = weightOf === undefined ? undefined : (kept?.map((c) => weightOf[c]) ?? weightOf);
    const fitted = await fitSoftmax(engine, examples, {
      l2,
      l1,
      classWeights: given === undefined ? parameters.classWeights : Float64Array.from(given),
      maxIterations: iterations,
      tolerance,
      start,
      onIteration: (loss) => progress.step(loss),
    });
    progress.next();
    return fitted;
  };
  const draft = (classifier: LinearClassifier, raw: Examples, scaledPart: Examples): HeadDraft => ({
    classifier,
    memory:
      parameters.memory === false
        ? undefined
        : remember(scaledPart, new Float64Array(set.dimension), new Random(parameters.seed, 1)),
    ...boundariesOf(raw),
  });
  const materialOf = (indices: Int32Array) => ({
    raw: takeExamples(set, indices),
    scaled: takeExamples(scaled, indices),
  });

  const parts = splits.map(({ train, heldOut }) => ({ train: materialOf(train), heldOut: materialOf(heldOut) }));
  const count = parts[0].train.raw.labels.length;
  const chosen =
    parameters.l2 === undefined
      ? await choosePenalty(
          engine,
          searchedC.map((c) => 1 / (c * count)),
          // Without a held-out part the training part must do; figures stay empty then.
          parts.map(({ train, heldOut }) => ({
            train: train.scaled,
            measured: heldOut.raw.labels.length > 0 ? heldOut.scaled : train.scaled,
          })),
          (examples, l2, warm) => fit(examples, l2, few, warm),
        )
      : { l2: parameters.l2, starts: [] };
  if (parameters.l2 === undefined) progress.leave('search');
  const { l2 } = chosen;
  const evidence: DraftEvidence[] = [];
  for (const [i, { train, heldOut }] of parts.entries()) {
    const fitted = await fit(train.scaled, l2, maxIterations, chosen.starts[i]);
    evidence.push(await evidenceOf(engine, draft(fitted, train.raw, train.scaled), heldOut));
  }
  const { weight, logits } = chooseMemoryWeight(evidence);
  const labels = Int32Array.from(evidence.flatMap((part) => [...part.labels]));
  const { temperature, crossFitted } = calibrate(logits, labels);
  const figures = measure(set.classes, parts[0].train.raw.labels, labels, logits, crossFitted);
  progress.next();

  const [base] = parts;
  const hidden: { known: JudgedRows; unknown: JudgedRows }[] = [];
  for (const out of leftOut) {
    const kept = Array.from({ length: classCount }, (_, c) => c).filter((c) => !out.includes(c));
    const narrow = (examples: Examples) => keepClasses(examples, kept);
    const learned = { raw: narrow(base.train.raw), scaled: narrow(base.train.scaled) };
    const start = rowsOf(evidence[0].draft.classifier, kept);
    const judge = draft(await fit(learned.scaled, l2, few, start, kept), learned.raw, learned.scaled);
    const known = { raw: narrow(base.heldOut.raw), scaled: narrow(base.heldOut.scaled) };
    const strangers = sampleOf(keepClasses(set, out), keepClasses(scaled, out), random);
    if (known.raw.labels.length === 0 || strangers.raw.labels.length === 0) continue;
    hidden.push({
      known: judgeRows(await evidenceOf(engine, judge, known), weight),
      unknown: judgeRows(await evidenceOf(engine, judge, strangers), weight),
    });
  }
  // Without a held-out part the training part must do.
  const seen = evidence[0].labels.length > 0 ? evidence[0] : await evidenceOf(engine, evidence[0].draft, base.train);
  const unknown = findLine(hidden, judgeRows(seen, weight), temperature);

  const final = draft(await fit(scaled, l2, maxIterations, evidence[0].draft.classifier), set, scaled);
  const { method, threshold, mix } = unknown;
  const memory =
    final.memory === undefined ? undefined : roundMemory({ ...final.memory, centre: scaling.mean }, weight);
  const head: SoftmaxHead = {
    ...foldScaling(final.classifier, scaling),
    classes: set.classes,
    centroids: final.centroids,
    radii: final.radii,
    temperature,
    ...(memory !== undefined && { memory }),
    unknown: { method, threshold, ...(mix !== undefined && { mix }) },
  };
  const judged = evidence.flatMap((part, i) => {
    const said = judgeRows(part, weight);
    const scores = scoreRows(said, method, temperature, mix);
    return said.rows.map(({ logits }, at) => ({ index: splits[i].heldOut[at], logits, score: scores[at] }));
  });
  const record = set.keys && recordOf({ labels: set.labels, keys: set.keys }, judged, crossFitted, threshold);
  return { head, figures, unknown, l2, ...(record !== undefined && { record }) };
}

/** Where known ends, by classes left out in turn; without any, by what is known. */
function findLine(
  hidden: readonly { known: JudgedRows; unknown: JudgedRows }[],
  all: JudgedRows,
  temperature: number,
): UnknownDetector {
  if (hidden.length === 0) return detectorWithoutFolds(scoreRows(all, 'centroid', temperature));
  const mix = chooseMix(hidden, temperature);
  const found = chooseDetector(
    hidden.map(({ known, unknown }) => ({
      known: scoresOf(known, temperature, mix),
      unknown: scoresOf(unknown, temperature, mix),
    })),
    scoresOf(all, temperature, mix),
  );
  return found.method === 'combined' ? { ...found, mix } : found;
}

/** One split with a held-out share; a cross-validation where there are few examples. */
function splitsOf(set: TrainingSet, { heldOut }: TrainingParameters, random: Random): HeldOutSplit[] {
  const { labels, classCount, keys, learned, split } = set;
  if (split !== undefined) return [split];
  const counts = countClasses(labels, classCount).filter((count) => count > 0);
  const few = labels.length < fewPerClass * counts.length && counts.some((count) => count > 1);
  const crossed = few ? stratifiedFolds(labels, classCount, folds, random, keys, learned) : [];
  if (crossed.length > 0) return crossed;
  if (keys !== undefined) return [splitByKeys(labels, classCount, heldOut, keys, learned)];
  return [splitHeldOut(labels, classCount, heldOut, random)];
}

function sampleOf(raw: Examples, scaled: Examples, random: Random): { raw: Examples; scaled: Examples } {
  if (raw.labels.length <= mostUnknown) return { raw, scaled };
  const indices = random.sample(raw.labels.length, mostUnknown);
  return { raw: takeExamples(raw, indices), scaled: takeExamples(scaled, indices) };
}

function planOf({ l2, maxIterations }: TrainingParameters, splits: number, leftOut: number): StepPlan<TrainingStage>[] {
  const few = Math.min(shortFit, maxIterations);
  const times = (count: number, stage: TrainingStage, steps: number) =>
    Array.from({ length: count }, () => ({ stage, steps }));
  return [
    ...(l2 === undefined ? times(searchedC.length * splits, 'search', few) : []),
    ...times(splits, 'fit', maxIterations),
    ...times(1, 'calibrate', 1),
    ...times(leftOut, 'unknown', few),
    ...times(1, 'refit', maxIterations),
  ];
}
