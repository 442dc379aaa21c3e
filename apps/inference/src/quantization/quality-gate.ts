import type { CosineFigures } from './compare-vectors.js';
import type { ProbeFigures } from './probe.js';
import type { Precision, QuantizeSettings } from './quantize-settings.js';

export interface GateFigures {
  readonly cosine: CosineFigures & { readonly texts: number };
  /** Absent if the cosine decides alone. */
  readonly probe: ProbeFigures | undefined;
}

export interface Verdict {
  readonly published: boolean;
  /** For people, with the figures. */
  readonly reason: string;
}

/** Whether a variant is as good as the original. */
export function judge(
  { cosine, probe }: GateFigures,
  { minCosine, maxAccuracyLoss, precision }: Pick<QuantizeSettings, 'minCosine' | 'maxAccuracyLoss' | 'precision'>,
): Verdict {
  const told = [`mean cosine ${cosine.mean.toFixed(5)} (${minCosine} needed)`];
  // So that not a number does not pass.
  let published = cosine.mean >= minCosine;
  if (probe === undefined) told.push('no probe, as asked for');
  else {
    const loss = probe.float32 - probe.variant;
    // Both are numbers of texts divided by the same: a hair's breadth of rounding must not decide.
    published &&= loss <= maxAccuracyLoss + 1e-12;
    told.push(
      `probe accuracy ${points(probe.variant)} after ${points(probe.float32)} % on ${probe.testTexts} texts (${points(maxAccuracyLoss)} points may be lost)`,
    );
  }
  return {
    published,
    reason: `${published ? 'published' : 'refused'}: the ${precision} variant has ${told.join(' and ')}`,
  };
}

const points = (share: number) => (100 * share).toFixed(2);

/** The probe as the program tells it: accuracies under the names of the precisions. */
export function toldProbe(precision: Precision, probe: ProbeFigures | undefined) {
  if (probe === undefined) return null;
  const { float32, variant, float32HeadOnVariant, trainTexts, testTexts } = probe;
  return { float32, [precision]: variant, difference: variant - float32, float32HeadOnVariant, trainTexts, testTexts };
}
