import { accuracy, classScores, confusion, macroF1 } from '@cairn/numerics';
import { calibrationError, largestIndex, meanLogLoss, type Temperatures } from './calibration.js';
import { countClasses } from './examples.js';

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

/**
 * Figures on examples that were not learned from.
 * @param trainLabels of the examples that were
 * @param logits of each held-out example, `[classes]`
 * @param temperatures fitted without the example they are for
 */
export function measure(
  classes: readonly string[],
  trainLabels: Int32Array,
  labels: Int32Array,
  logits: readonly Float64Array[],
  temperatures: Temperatures,
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
    eceAfter: calibrationError(logits, labels, temperatures),
    logLoss: measured ? meanLogLoss(logits, labels, temperatures) : 0,
    classes: classes.map((label, c) => {
      const { precision, recall, f1, support } = scores[c];
      return { label, trainExamples: trained[c], heldOutExamples: support, precision, recall, f1 };
    }),
  };
}
