import { DomainError } from '@cairn/contracts';
import type { Database } from '../persistence/database.js';
import { textKey } from './text-key.js';

const pageSize = 1024;

/** A text and the topic that a person or an import gave it. */
export interface LabelledText {
  readonly text: string;
  readonly topic_id: string;
  readonly text_key: number;
}

/** Questions that a person or an import has given a topic that is not archived, as SQL over `q` and `t`. */
export const labelled = `FROM question q JOIN topic t ON t.id = q.topic_id AND t.state = 'active'
  WHERE q.topic_said_by IN ('person', 'import') AND q.state <> 'archived'`;

/**
 * Topic ids of labelled questions in the order of their creation, and how many questions there are.
 * @throws INVALID_INPUT saying how many labels of how many topics there are if there are fewer than two topics
 */
export async function findLabelledTopics(database: Database): Promise<{ topics: string[]; count: number }> {
  const rows = await topicsOfLabels(database);
  const count = rows.reduce((sum, { examples }) => sum + examples, 0);
  if (rows.length < 2)
    throw DomainError.invalid(
      'input',
      `Fine-tuning on topics needs labelled questions of at least two; there are ${count} labels of ${rows.length}. ` +
        'Label some questions, or train on bare texts with the objective "masked".',
    );
  return { topics: rows.map(({ id }) => id), count };
}

/** The same for clusters, which need none: none if there is but one, from which nothing can be told apart. */
export async function findKnownTopics(database: Database): Promise<{ topics: string[] }> {
  const rows = await topicsOfLabels(database);
  return { topics: rows.length > 1 ? rows.map(({ id }) => id) : [] };
}

function topicsOfLabels(database: Database): Promise<{ id: string; examples: number }[]> {
  return database.rows(`SELECT t.id, count(*) AS examples ${labelled} GROUP BY t.id, t.seq ORDER BY t.seq`);
}

/** All questions that are not archived, a page at a time, with the topic that a person or an import gave them. */
export async function* questionTexts(
  database: Database,
): AsyncGenerator<(Omit<LabelledText, 'topic_id'> & { readonly topic_id: string | null })[]> {
  let after = 0;
  for (;;) {
    const page = await database.rows<Omit<LabelledText, 'topic_id'> & { seq: number; topic_id: string | null }>(
      `SELECT q.seq, q.text, ${textKey} AS text_key,
         CASE WHEN q.topic_said_by IN ('person', 'import') AND t.state = 'active' THEN t.id END AS topic_id
       FROM question q LEFT JOIN topic t ON t.id = q.topic_id
       WHERE q.state <> 'archived' AND q.seq > $1 ORDER BY q.seq LIMIT $2`,
      [after, pageSize],
    );
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    after = page[page.length - 1].seq;
  }
}

/** Labelled questions, a page at a time, in the order of their creation. */
export async function* labelledTexts(database: Database): AsyncGenerator<LabelledText[]> {
  let after = 0;
  for (;;) {
    const page = await database.rows<LabelledText & { seq: number }>(
      `SELECT q.seq, q.text, q.topic_id, ${textKey} AS text_key ${labelled} AND q.seq > $1 ORDER BY q.seq LIMIT $2`,
      [after, pageSize],
    );
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    after = page[page.length - 1].seq;
  }
}

/** All questions and the paragraphs of all answers that are not archived, a page at a time. */
export async function* bareTexts(database: Database): AsyncGenerator<string[]> {
  for (const [table, column] of [
    ['question', 'text'],
    ['answer', 'body'],
  ]) {
    let after = 0;
    for (;;) {
      const page = await database.rows<{ seq: number; text: string }>(
        `SELECT seq, ${column} AS text FROM ${table} WHERE state <> 'archived' AND seq > $1 ORDER BY seq LIMIT $2`,
        [after, pageSize],
      );
      const texts = page.flatMap(({ text }) => text.split(/\n\s*\n/)).filter((text) => text.trim() !== '');
      if (texts.length > 0) yield texts;
      if (page.length < pageSize) break;
      after = page[page.length - 1].seq;
    }
  }
}
