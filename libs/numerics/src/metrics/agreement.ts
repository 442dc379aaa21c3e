import { assign } from '../assignment.js';
import { contingency, contingencyOfCounts, type Contingency } from './contingency.js';

function entropy(sums: Float64Array, total: number): number {
  let sum = 0;
  for (const count of sums) if (count > 0) sum -= (count / total) * Math.log(count / total);
  return sum;
}

/**
 * Normalized mutual information of two labellings `[n]`, 0 to 1, with the arithmetic mean of the entropies as the
 * norm (scikit-learn's default). 1 if both put everything into one cluster; 0 if only one of them does.
 */
export function normalizedMutualInformation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  return informationOf(contingency(first, second));
}

function informationOf({ total, counts, rows, columns, rowSums, columnSums }: Contingency): number {
  if (rows === columns && rows <= 1) return 1;
  let information = 0;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const count = counts[i * columns + j];
      if (count > 0) information += (count / total) * Math.log((count * total) / (rowSums[i] * columnSums[j]));
    }
  if (information <= Number.EPSILON) return 0;
  return Math.min(1, information / ((entropy(rowSums, total) + entropy(columnSums, total)) / 2));
}

/**
 * Rand index of two labellings `[n]`, adjusted for chance: 1 for equal partitions, about 0 for random ones, down to
 * -0.5. Hubert, Arabie 1985.
 */
export function adjustedRandIndex(first: ArrayLike<number>, second: ArrayLike<number>): number {
  return randIndexOf(contingency(first, second));
}

/**
 * Both measures of two labellings that are known by how often each pair of values occurs: entry i says that
 * `counts[i]` items are in cluster `first[i]` of one and `second[i]` of the other. Each pair may occur once.
 */
export function agreementOfCounts(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  counts: ArrayLike<number>,
): { readonly ari: number; readonly nmi: number } {
  const table = contingencyOfCounts(first, second, counts);
  return { ari: randIndexOf(table), nmi: informationOf(table) };
}

function randIndexOf({ total, counts, rowSums, columnSums }: Contingency): number {
  const pairs = (sums: Float64Array) => sums.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  const together = pairs(counts);
  const inFirst = pairs(rowSums);
  const inSecond = pairs(columnSums);
  const all = (total * (total - 1)) / 2;
  // No pair is treated differently: the partitions are equal. Also covers the cases where chance is not defined.
  if (together === inFirst && together === inSecond) return 1;
  const expected = (inFirst * inSecond) / all;
  return (together - expected) / ((inFirst + inSecond) / 2 - expected);
}

/**
 * Share of items, 0 to 1, whose cluster is the one paired with their class, under the best one-to-one pairing of
 * clusters and classes (the assignment problem). Labellings `[n]`; 0 for no items.
 */
export function hungarianAccuracy(classes: ArrayLike<number>, clusters: ArrayLike<number>): number {
  const { total, counts, rows, columns } = contingency(classes, clusters);
  return total === 0 ? 0 : assign(counts, rows, columns, { maximize: true }).cost / total;
}
