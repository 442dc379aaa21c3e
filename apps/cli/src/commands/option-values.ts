import { InvalidArgumentError } from 'commander';

/** Parses a whole number option; commander reports what it throws with the option's name. */
export const wholeNumber =
  (smallest: number, largest = Number.MAX_SAFE_INTEGER) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || number < smallest || number > largest)
      throw new InvalidArgumentError(
        largest === Number.MAX_SAFE_INTEGER
          ? `Say a whole number, ${smallest} or more.`
          : `Say a whole number from ${smallest} to ${largest}.`,
      );
    return number;
  };

/** Parses a number option between two bounds, both excluded. */
export const numberBetween =
  (low: number, high: number) =>
  (value: string): number => {
    const number = Number(value);
    if (value.trim() === '' || !(number > low && number < high))
      throw new InvalidArgumentError(
        high === Infinity ? `Say a number above ${low}.` : `Say a number between ${low} and ${high}.`,
      );
    return number;
  };

/** Parses a number option between two bounds, both included. */
export const numberFrom =
  (low: number, high: number) =>
  (value: string): number => {
    const number = Number(value);
    if (value.trim() === '' || !(number >= low && number <= high))
      throw new InvalidArgumentError(`Say a number from ${low} to ${high}.`);
    return number;
  };

/** Collects an option given several times. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

/** Parses a point in time: a date, or a date with a time; without a zone it is local. */
export const instant = (value: string): string => {
  const time = new Date(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00` : value);
  if (!/^\d{4}-\d{2}-\d{2}/.test(value) || Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Say a date, 2026-01-31, or a time, 2026-01-31T12:00.');
  return time.toISOString();
};
