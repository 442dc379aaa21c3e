import { createHash } from 'node:crypto';
import { DomainError } from '@cairn/contracts';
import { maxAnswerLength } from '../answers/change-answer.js';
import { checkedLanguage, checkedTags, checkedText, optionalText } from '../questions/checked-text.js';
import type { ContentState } from '../questions/content-state.js';
import { slugOf } from '../questions/slug.js';

/** A row as it was sent. */
export interface GivenRow {
  /** Line (or file) number in the source. */
  readonly line: number;
  readonly externalId: string;
  readonly text: string;
  readonly answer: string;
  readonly topic: string;
  readonly tags: readonly string[];
  readonly state?: ContentState;
  /** Absent or empty: that of the question, or English. */
  readonly language?: string;
}

/** A row that can be stored. */
export interface ImportRow {
  readonly line: number;
  /** As given, or a hash of the text. */
  readonly externalId: string;
  readonly text: string;
  /** Empty: none. */
  readonly answer: string;
  /** Slug; empty: no label. */
  readonly topic: string;
  /** Title of the topic, should it have to be created. */
  readonly topicTitle: string;
  readonly tags: readonly string[];
  readonly state?: ContentState;
  /** Undefined: that of the question, or English. */
  readonly language?: string;
}

const maxExternalIdLength = 512;

/** @throws INVALID_INPUT naming the field of the row */
export function checkRow(row: GivenRow): ImportRow {
  const text = checkedText(row.text, 'text');
  const topic = optionalText(row.topic, 'topic', 200);
  const slug = topic === '' ? '' : slugOf(topic, '');
  if (topic !== '' && slug === '')
    throw DomainError.invalid('topic', `The topic "${topic}" has no Latin letter or digit to make a slug of.`);
  return {
    line: row.line,
    externalId:
      optionalText(row.externalId, 'external_id', maxExternalIdLength) ||
      createHash('sha256').update(text).digest('hex').slice(0, 32),
    text,
    answer: optionalText(row.answer, 'answer', maxAnswerLength),
    topic: slug,
    topicTitle: titleOf(topic),
    tags: checkedTags(row.tags),
    state: row.state,
    language: row.language ? checkedLanguage(row.language) : undefined,
  };
}

/** "card_arrival" is "Card arrival". */
function titleOf(topic: string): string {
  const words = topic.replace(/[-_\s]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Rows in rounds, so that no round has an external id twice: of a row that is listed twice the later one is imported
 * over the earlier one.
 */
export function roundsOf(rows: readonly ImportRow[]): ImportRow[][] {
  const rounds: ImportRow[][] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const round = seen.get(row.externalId) ?? 0;
    seen.set(row.externalId, round + 1);
    (rounds[round] ??= []).push(row);
  }
  return rounds;
}
