import { diffLines, diffWordsWithSpace } from 'diff';
import type { Content } from './read-versions.js';

export interface DiffPart {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}
export interface FieldDiff {
  readonly name: string;
  /** Without the removed parts the later value, without the added ones the earlier. */
  readonly parts: readonly DiffPart[];
}

/** Longest text, in characters, that is compared word by word; longer ones line by line. */
const wordsUpTo = 8_000;
/** Where so much is different, the difference is no help: the whole is replaced. */
const limits = { maxEditLength: 2_000, timeout: 250 };

/** The fields of two versions that differ, in the order of the names. */
export function diffContents(before: Content, after: Content): FieldDiff[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [from, to] = [textOf(before[name]), textOf(after[name])];
    return from === to ? [] : [{ name, parts: diffTexts(from, to) }];
  });
}

/** A value of a version for people: lists are joined by ", ". */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.join(', ') : String(value as string | number | boolean);
}

export function diffTexts(before: string, after: string): DiffPart[] {
  const short = Math.max(before.length, after.length) <= wordsUpTo;
  const changes = short ? diffWordsWithSpace(before, after, limits) : diffLines(before, after, limits);
  // Undefined where a limit was reached.
  if (changes !== undefined)
    return changes.map(({ added, removed, value }) => ({
      kind: added ? 'added' : removed ? 'removed' : 'same',
      text: value,
    }));
  return [
    { kind: 'removed' as const, text: before },
    { kind: 'added' as const, text: after },
  ].filter(({ text }) => text !== '');
}
