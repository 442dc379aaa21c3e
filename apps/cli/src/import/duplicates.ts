export const duplicateRules = ['report', 'skip', 'keep'] as const;
/** Rows that are nearly the same question as one that is there: say so, leave them out, or do not look. */
export type DuplicateRule = (typeof duplicateRules)[number];

/** A row and the question it is nearly the same as. */
export interface Duplicate {
  readonly line: number;
  readonly file?: string;
  readonly text: string;
  /** Text of the question that was there, or of the earlier row. */
  readonly like: string;
  /** Share of trigrams in common, 0 to 1. */
  readonly similarity: number;
}

/** How many there are, with the first ones. */
export interface DuplicateTally {
  count: number;
  readonly examples: (Duplicate & { readonly path: string })[];
}

const listed = 10;

export function addDuplicate(tally: DuplicateTally, path: string, duplicate: Duplicate): void {
  tally.count += 1;
  if (tally.examples.length < listed) tally.examples.push({ path, ...duplicate });
}
