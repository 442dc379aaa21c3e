import { DomainError } from '@cairn/contracts';
import { z } from 'zod';

/** The parts of an export, in their order. */
export const parts = ['topics', 'places', 'questions', 'answers', 'votes', 'topicPast', 'questionPast', 'answerPast'];

/**
 * Where an export stands. What is made after it began is not in it, so that no record refers to one that is not there.
 */
export interface ExportPlace {
  /** Index in `parts`. */
  readonly part: number;
  /** The last row: its `seq`, and with past versions the number of the version. */
  readonly seq: number;
  readonly version: number;
  /** The highest `seq` there was when the export began. */
  readonly topics: number;
  readonly questions: number;
  readonly answers: number;
  /** Records so far. */
  readonly records: number;
  /** What is exported, so that a cursor is not used for something else. */
  readonly of: string;
}

const count = z.int().min(0);
const schema = z.object({
  part: count.max(parts.length),
  seq: count,
  version: count,
  topics: count,
  questions: count,
  answers: count,
  records: count,
  of: z.string().max(1_000),
});

export function cursorOfPlace(place: ExportPlace): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws INVALID_INPUT naming `after` if it is no cursor of this export */
export function placeOfCursor(cursor: string, of: string): ExportPlace {
  let place: ExportPlace | undefined;
  try {
    place = schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    // Told below.
  }
  if (place?.of !== of)
    throw DomainError.invalid('after', 'This is not a cursor of this export; use the one of the page before, or none.');
  return place;
}
