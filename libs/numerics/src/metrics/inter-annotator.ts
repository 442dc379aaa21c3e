/**
 * Krippendorff's alpha for nominal data with missing values: 1 for perfect agreement, 0 for that of chance, below it for
 * systematic disagreement. NaN if no unit has two values, 1 if all values are equal.
 * Krippendorff, Computing Krippendorff's Alpha-Reliability (2011).
 * @param units `[n]` what was labelled, as whole numbers from 0
 * @param values `[n]` the label given, as whole numbers from 0; several entries of a unit are of several people
 */
export function krippendorffAlpha(units: ArrayLike<number>, values: ArrayLike<number>): number {
  const counts = new Map<number, Map<number, number>>();
  for (let i = 0; i < units.length; i++) {
    const ofUnit = counts.get(units[i]) ?? new Map<number, number>();
    counts.set(units[i], ofUnit.set(values[i], (ofUnit.get(values[i]) ?? 0) + 1));
  }
  const totals = new Map<number, number>();
  let pairable = 0;
  let observed = 0;
  for (const ofUnit of counts.values()) {
    let size = 0;
    let squares = 0;
    for (const count of ofUnit.values()) {
      size += count;
      squares += count * count;
    }
    if (size < 2) continue;
    pairable += size;
    observed += (size * size - squares) / (size - 1);
    for (const [value, count] of ofUnit) totals.set(value, (totals.get(value) ?? 0) + count);
  }
  if (pairable === 0) return NaN;
  let squares = 0;
  for (const count of totals.values()) squares += count * count;
  const expected = (pairable * pairable - squares) / (pairable - 1);
  return expected === 0 ? 1 : 1 - observed / expected;
}

/**
 * Cohen's kappa of two people's labels `[n]` of the same things: agreement beyond chance, 1 at most. NaN for no labels,
 * 1 if both always say the same one thing. Cohen 1960.
 */
export function cohenKappa(first: ArrayLike<number>, second: ArrayLike<number>): number {
  if (first.length === 0) return NaN;
  if (first.length !== second.length) throw new RangeError(`There are ${first.length} labels and ${second.length}.`);
  const total = first.length;
  let agreed = 0;
  const firstCounts = new Map<number, number>();
  const secondCounts = new Map<number, number>();
  for (let i = 0; i < first.length; i++) {
    if (first[i] === second[i]) agreed += 1;
    firstCounts.set(first[i], (firstCounts.get(first[i]) ?? 0) + 1);
    secondCounts.set(second[i], (secondCounts.get(second[i]) ?? 0) + 1);
  }
  let chance = 0;
  for (const [value, count] of firstCounts) chance += (count / total) * ((secondCounts.get(value) ?? 0) / total);
  return chance === 1 ? 1 : (agreed / total - chance) / (1 - chance);
}
