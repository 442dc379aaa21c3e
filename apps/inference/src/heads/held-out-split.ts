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

/** Keys of texts are below this. */
export const keyLimit = 2 ** 52;

/**
 * Holds out examples by the key of their text, so that trainings of other days, seeds and encoders hold out the same
 * texts: those whose key is below a share of all keys, and of a class of two or more at least one and not all. Equal
 * texts of a class lie on the same side.
 * @param keys `[count]`, 0 to 2^52, evenly spread over texts
 * @param share of each class that is held out, 0 to 1; a larger one holds out the texts of a smaller one and more
 * @param learned keys of texts that must not be held out, as the encoder has learned from them
 */
export function splitByKeys(
  labels: Int32Array,
  classCount: number,
  share: number,
  keys: Float64Array,
  learned: ReadonlySet<number> = new Set(),
): HeldOutSplit {
  const members: number[][] = Array.from({ length: classCount }, () => []);
  labels.forEach((label, index) => members[label].push(index));
  const heldOut: number[] = [];
  for (const indices of members) {
    const groups = groupByKey(indices, keys).filter((group) => !learned.has(keys[group[0]]));
    const all = groups.flat().length === indices.length;
    const most = all ? groups.length - 1 : groups.length;
    const wanted = groups.filter(([first]) => keys[first] < share * keyLimit).length;
    heldOut.push(...groups.slice(0, Math.min(most, Math.max(1, wanted))).flat());
  }
  const isHeldOut = new Set(heldOut);
  return {
    train: Int32Array.from(labels.keys()).filter((index) => !isHeldOut.has(index)),
    heldOut: Int32Array.from(heldOut).sort(),
  };
}

/** Indices with equal keys together, in the order of their keys. */
export function groupByKey(indices: readonly number[], keys: Float64Array | undefined): number[][] {
  if (keys === undefined) return indices.map((index) => [index]);
  const groups = new Map<number, number[]>();
  for (const index of [...indices].sort((a, b) => keys[a] - keys[b] || a - b)) {
    const group = groups.get(keys[index]);
    if (group === undefined) groups.set(keys[index], [index]);
    else group.push(index);
  }
  return [...groups.values()];
}
