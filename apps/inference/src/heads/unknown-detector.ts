/**
 * Where the line between known and unknown lies, learned without a single unknown text: whole classes are left out
 * in turn and play the unknown (leave-classes-out; as in Fei and Liu 2016, "Breaking the closed world assumption").
 */
import { auroc, Random } from '@cairn/numerics';
import { unknownMethods, type UnknownMethod } from './softmax-head.js';

export interface UnknownDetector {
  readonly method: UnknownMethod;
  /** Vectors whose score is below are unknown. */
  readonly threshold: number;
  /** Mean over the folds; 0.5 where nothing could be measured. */
  readonly auroc: number;
  /** Share of texts of left-out classes below the threshold. */
  readonly unknownRecall: number;
  /** Share of held-out texts of kept classes at or above it. */
  readonly knownRecall: number;
}

/** Scores of one fold, by method. */
export interface FoldScores {
  readonly known: Record<UnknownMethod, Float64Array>;
  readonly unknown: Record<UnknownMethod, Float64Array>;
}

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
 * value that maximises (known recall + unknown recall) / 2, Youden's index.
 */
export function chooseDetector(folds: readonly FoldScores[]): UnknownDetector {
  const candidates = unknownMethods.map((method) => {
    const lines = folds.map(({ known, unknown }) => youdenThreshold(known[method], unknown[method]));
    const threshold = mean(lines);
    return {
      method,
      threshold,
      auroc: mean(folds.map(({ known, unknown }) => separation(known[method], unknown[method]))),
      unknownRecall: mean(folds.map(({ unknown }) => share(unknown[method], (score) => score < threshold))),
      knownRecall: mean(folds.map(({ known }) => share(known[method], (score) => score >= threshold))),
    };
  });
  return candidates.reduce((best, candidate) => (candidate.auroc > best.auroc ? candidate : best));
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

/** The value between two scores that maximises (share of known at or above + share of unknown below) / 2. */
export function youdenThreshold(known: Float64Array, unknown: Float64Array): number {
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
    const gain = found / below.length - lost / above.length;
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
