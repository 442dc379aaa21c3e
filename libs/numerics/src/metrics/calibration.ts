import { requireSameLength } from './contingency.js';

/**
 * Expected calibration error, 0 to 1: the mean gap between confidence and accuracy over equally wide bins
 * ((b - 1) / bins, b / bins] of confidence, weighted by the items in them. Guo et al. 2017, eq. 3.
 * `confidences [n]` in [0, 1], `correct [n]` (0 or 1, or booleans). NaN for no items.
 */
export function expectedCalibrationError(
  confidences: ArrayLike<number>,
  correct: ArrayLike<number | boolean>,
  bins = 15,
): number {
  requireSameLength(confidences, correct);
  const gaps = new Float64Array(bins);
  for (let i = 0; i < confidences.length; i++) {
    const confidence = confidences[i];
    if (!(confidence >= 0 && confidence <= 1))
      throw new RangeError(`Confidence ${confidence} of item ${i} is outside [0, 1].`);
    const bin = Math.max(0, Math.min(bins - 1, Math.ceil(confidence * bins) - 1));
    gaps[bin] += confidence - Number(correct[i]);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidences.length;
}
