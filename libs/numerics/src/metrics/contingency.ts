/** How often each pair of values occurs in two labellings of the same items. */
export interface Contingency {
  readonly total: number;
  /** Counts `[rows, columns]`: rows are the different values of the first labelling, columns those of the second. */
  readonly counts: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly rowSums: Float64Array;
  readonly columnSums: Float64Array;
}

/**
 * The contingency table of two labellings `[n]`; any numbers may stand for clusters.
 * @throws RangeError if the lengths differ
 */
export function contingency(first: ArrayLike<number>, second: ArrayLike<number>): Contingency {
  return contingencyOfCounts(first, second);
}

/** The table of pairs of values that occur `times[i]` times each; once without `times`. */
export function contingencyOfCounts(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  times?: ArrayLike<number>,
): Contingency {
  requireSameLength(first, second);
  if (times !== undefined) requireSameLength(first, times);
  let total = 0;
  const rowOf = numberValues(first);
  const columnOf = numberValues(second);
  const rows = rowOf.size;
  const columns = columnOf.size;
  const counts = new Float64Array(rows * columns);
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(columns);
  for (let i = 0; i < first.length; i++) {
    const row = rowOf.get(first[i])!;
    const column = columnOf.get(second[i])!;
    const count = times === undefined ? 1 : times[i];
    counts[row * columns + column] += count;
    rowSums[row] += count;
    columnSums[column] += count;
    total += count;
  }
  return { total, counts, rows, columns, rowSums, columnSums };
}

export function requireSameLength(first: ArrayLike<unknown>, second: ArrayLike<unknown>): void {
  if (first.length !== second.length)
    throw new RangeError(`The two must have one length; got ${first.length} and ${second.length}.`);
}

function numberValues(labels: ArrayLike<number>): Map<number, number> {
  const numbers = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) if (!numbers.has(labels[i])) numbers.set(labels[i], numbers.size);
  return numbers;
}
