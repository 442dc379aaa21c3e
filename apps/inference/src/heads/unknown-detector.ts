/**
 * Where the line between known and unknown lies, learned without a single unknown text: whole classes are left out
 * in turn and play the unknown (leave-classes-out; as in Fei and Liu 2016, "Breaking the closed world assumption").
 */
import { auroc, Random } from '@cairn/numerics';
import { unknownMethods, type Mix, type UnknownMethod } from './softmax-head.js';

export interface UnknownDetector {
  readonly method: UnknownMethod;
  /** Vectors whose score is below are unknown. */
  readonly threshold: number;
  /** Only with the method "combined". */
  readonly mix?: Mix;
  /** Mean over the folds; 0.5 where nothing could be measured. */
  readonly auroc: number;
  /** Share of texts of left-out classes below the threshold. */
  readonly unknownRecall: number;
  /** Share of held-out texts of kept classes at or above it. */
  readonly knownRecall: number;
}

/** Scores by method, of the methods that can be used. */
export type MethodScores = Partial<Record<UnknownMethod, Float64Array>>;

/** Scores of one fold. */
export interface FoldScores {
  readonly known: MethodScores;
  readonly unknown: MethodScores;
}

/**
 * What keeping a known text counts beside noticing an unknown one. Incoming texts are known more often than not, and a
 * known one called unknown is not answered and blurs what is discovered. Measured on TEXTOIR's train splits of
 * BANKING77, CLINC150 and StackOverflow, a quarter of the topics hidden, equal weights (Youden's index) against 1.5:
 * known texts kept 78, 85, 77 % against 82, 89, 80 %; unknown ones noticed 79, 80, 97 % against 75, 71, 95 %; verdicts
 * right in all, if one text in four is unknown, 75.4, 81.3, 79.6 % against 76.1, 81.6, 80.9 %.
 */
const knownWeight = 1.5;

/** Share of known texts that the line keeps where no class can be left out. */
const keptWithoutFolds = 0.95;

/**
 * Classes left out in each fold: every class once, about a quarter at a time; with three classes, one at a time.
 * With fewer than three nothing can be left out, as a classifier needs two: no folds.
 */
export function classFolds(classCount: number, random: Random): number[][] {
  if (classCount < 3) return [];
  const shuffled = random.shuffle(Array.from({ length: classCount }, (_, c) => c));
  const foldCount = Math.min(4, classCount);
  const folds: number[][] = Array.from({ length: foldCount }, () => []);
  shuffled.forEach((c, i) => folds[i % foldCount].push(c));
  return folds;
}

/**
 * Chooses the method with the highest mean AUROC over the folds, and as its threshold the mean over the folds of the
 * value that maximises `knownWeight` x known recall + unknown recall.
 * @param all scores of held-out texts by the classifier that knows all classes: its known scores lie elsewhere than
 *   those of the folds' smaller classifiers, and the threshold moves with their mean
 */
export function chooseDetector(folds: readonly FoldScores[], all: MethodScores): UnknownDetector {
  const usable = unknownMethods.filter((method) => all[method] !== undefined);
  const candidates = usable.map((method) => drawLine(method, folds, all[method] as Float64Array));
  return candidates.reduce((best, candidate) => (candidate.auroc > best.auroc ? candidate : best));
}

/** The threshold of one method, and how it does. */
export function drawLine(method: UnknownMethod, folds: readonly FoldScores[], all: Float64Array): UnknownDetector {
  const scores = folds.map(({ known, unknown }) => ({
    known: known[method] as Float64Array,
    unknown: unknown[method] as Float64Array,
  }));
  const line = mean(scores.map(({ known, unknown }) => lineBetween(known, unknown)));
  const shift = mean([...all]) - mean(scores.flatMap(({ known }) => [...known]));
  return {
    method,
    threshold: all.length > 0 ? line + shift : line,
    auroc: mean(scores.map(({ known, unknown }) => separation(known, unknown))),
    unknownRecall: mean(scores.map(({ unknown }) => share(unknown, (score) => score < line))),
    knownRecall: mean(scores.map(({ known }) => share(known, (score) => score >= line))),
  };
}

/** Mean AUROC of a score over the folds. */
export function meanSeparation(folds: readonly { known: Float64Array; unknown: Float64Array }[]): number {
  return mean(folds.map(({ known, unknown }) => separation(known, unknown)));
}

/**
 * The detector where no class can be left out: cosine to the nearest centroid, at the value that keeps 95 % of known
 * vectors. How much of the unknown it finds is not known.
 * @param known centroid scores of held-out vectors, or of training vectors if none are held out
 */
export function detectorWithoutFolds(known: Float64Array): UnknownDetector {
  const sorted = Float64Array.from(known).sort();
  const threshold = sorted[Math.floor((1 - keptWithoutFolds) * sorted.length)];
  return {
    method: 'centroid',
    threshold,
    auroc: 0.5,
    unknownRecall: 0,
    knownRecall: share(known, (score) => score >= threshold),
  };
}

function separation(known: Float64Array, unknown: Float64Array): number {
  const positive = Uint8Array.from({ length: known.length + unknown.length }, (_, i) => (i < known.length ? 1 : 0));
  return auroc([...known, ...unknown], positive);
}

/** The value between two scores that maximises `knownWeight` x share of known at or above + share of unknown below. */
export function lineBetween(known: Float64Array, unknown: Float64Array): number {
  const above = Float64Array.from(known).sort();
  const below = Float64Array.from(unknown).sort();
  const values = Float64Array.from([...above, ...below]).sort();
  let best = -Infinity;
  let threshold = values[0];
  let lost = 0;
  let found = 0;
  for (let i = 0; i < values.length; i++) {
    while (lost < above.length && above[lost] < values[i]) lost++;
    while (found < below.length && below[found] < values[i]) found++;
    const gain = found / below.length - (knownWeight * lost) / above.length;
    if (gain > best) {
      best = gain;
      // Half-way to the score before: the line is no closer to one side than to the other.
      threshold = i === 0 ? values[0] : (values[i] + values[i - 1]) / 2;
    }
  }
  return threshold;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (values: Float64Array, test: (value: number) => boolean) =>
  values.reduce((count, value) => count + (test(value) ? 1 : 0), 0) / values.length;
