/** Which texts a head may be measured on, and what it said of them. */
import type { Judged } from './compare-versions.js';
import type { TrainingRecord } from './training-record.js';

/** How a head stands to a text. */
export type Standing =
  /** It, or its encoder, has learned from the text. */
  | { readonly kind: 'learned' }
  /** Its training held the text out; where in the record what was said of it is. */
  | { readonly kind: 'held out'; readonly at: number }
  /** It has never seen the text. */
  | { readonly kind: 'unseen' };

/**
 * How a head stands to texts.
 * @param learned keys of the texts that its encoder has learned with their labels
 * @returns by the key of a text
 */
export function standingsOf(
  record: Pick<TrainingRecord, 'keys' | 'best'>,
  learned: ReadonlySet<number>,
): (key: number) => Standing {
  const at = new Map<number, number>();
  record.keys.forEach((key, i) => {
    // A text that is there twice counts as learned from if one of the two was.
    if (record.best[i] < 0) at.set(key, -1);
    else if (!at.has(key)) at.set(key, i);
  });
  return (key) => {
    const found = at.get(key);
    if (found === undefined) return { kind: learned.has(key) ? 'learned' : 'unseen' };
    return found < 0 ? { kind: 'learned' } : { kind: 'held out', at: found };
  };
}

/** Room for what a head says of `count` examples. */
export function emptyJudged(count: number): Judged {
  return {
    best: new Int32Array(count).fill(-1),
    confidence: new Float64Array(count),
    unknown: new Uint8Array(count),
    score: new Float64Array(count),
  };
}

/**
 * Writes what was recorded of a held-out text as what the head says of example `to`.
 * @param topicOf position among the compared topics of each of the head's classes
 */
export function copyRecorded(
  record: TrainingRecord,
  at: number,
  topicOf: ArrayLike<number>,
  judged: Judged,
  to: number,
): void {
  judged.best[to] = topicOf[record.best[at]];
  judged.confidence[to] = record.confidence[at];
  judged.unknown[to] = record.unknown[at];
  judged.score[to] = record.score[at];
}
