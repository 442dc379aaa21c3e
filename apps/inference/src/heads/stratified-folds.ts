import type { Random } from '@cairn/numerics';
import { groupByKey, type HeldOutSplit } from './held-out-split.js';

/**
 * Folds for a cross-validation: each example is held out once, each class as evenly as it can be. An example of a class
 * of its own is never held out, as nothing of its class would be left to learn from.
 * @param labels `[count]`
 * @param keys `[count]`: examples of a class with equal keys are held out together
 * @param learned keys of texts that are never held out
 * @throws RangeError for fewer than two folds
 */
export function stratifiedFolds(
  labels: Int32Array,
  classCount: number,
  folds: number,
  random: Random,
  keys?: Float64Array,
  learned: ReadonlySet<number> = new Set(),
): HeldOutSplit[] {
  if (!(Number.isInteger(folds) && folds >= 2)) throw new RangeError(`There are at least two folds; got ${folds}.`);
  const members: number[][] = Array.from({ length: classCount }, () => []);
  labels.forEach((label, index) => members[label].push(index));
  const foldOf = new Int32Array(labels.length).fill(-1);
  // Each class begins where the last one ended, so that the folds are of one size.
  let next = 0;
  for (const indices of members) {
    const groups = groupByKey(indices, keys);
    if (groups.length < 2) continue;
    for (const group of random.shuffle(groups)) {
      if (keys !== undefined && learned.has(keys[group[0]])) continue;
      for (const index of group) foldOf[index] = next % folds;
      next++;
    }
  }
  const everything = Int32Array.from(labels.keys());
  return Array.from({ length: folds }, (_, fold) => ({
    train: everything.filter((index) => foldOf[index] !== fold),
    heldOut: everything.filter((index) => foldOf[index] === fold),
  })).filter(({ heldOut }) => heldOut.length > 0);
}
