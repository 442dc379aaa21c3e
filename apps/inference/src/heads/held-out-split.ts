import type { Random } from '@cairn/numerics';

export interface HeldOutSplit {
  /** Indices of the examples to train on, ascending. */
  readonly train: Int32Array;
  /** Indices of the examples kept for figures, calibration and thresholds, ascending. */
  readonly heldOut: Int32Array;
}

/**
 * Holds out the same share of every class. A class of one example stays in training; one of more gives at least one
 * and keeps at least one.
 * @param labels `[count]`, class of each example
 * @param share of each class that is held out, 0 to 1
 */
export function splitHeldOut(labels: Int32Array, classCount: number, share: number, random: Random): HeldOutSplit {
  const members: number[][] = Array.from({ length: classCount }, () => []);
  labels.forEach((label, index) => members[label].push(index));
  const train: number[] = [];
  const heldOut: number[] = [];
  for (const indices of members) {
    random.shuffle(indices);
    const wanted = Math.round(share * indices.length);
    const count = indices.length < 2 ? 0 : Math.max(1, Math.min(indices.length - 1, wanted));
    heldOut.push(...indices.slice(0, count));
    train.push(...indices.slice(count));
  }
  return { train: Int32Array.from(train).sort(), heldOut: Int32Array.from(heldOut).sort() };
}
