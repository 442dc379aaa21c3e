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

/** Collects an option given several times. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];
