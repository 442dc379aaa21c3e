import type { Sql } from '../persistence/database.js';
import { labelled } from './training-texts.js';
import { textKey } from './text-key.js';

const shown = 3;

/** What is odd about the labels, for people, a sentence each: nothing of it keeps a training from being run. */
export async function noteExamples(sql: Sql): Promise<string[]> {
  const contradictory = await sql.rows<{ text: string; topics: string[]; total: number }>(
    `SELECT min(q.text) AS text, array_agg(DISTINCT t.slug) AS topics, count(*) OVER () AS total ${labelled}
     GROUP BY ${textKey} HAVING count(DISTINCT t.id) > 1 ORDER BY min(q.seq) LIMIT ${shown}`,
  );
  const single = await sql.rows<{ slug: string; total: number }>(
    `SELECT t.slug, count(*) OVER () AS total ${labelled} GROUP BY t.id, t.slug HAVING count(*) = 1
     ORDER BY t.slug LIMIT ${shown}`,
  );
  return describeExamples(contradictory, single);
}

export function describeExamples(
  contradictory: readonly { text: string; topics: readonly string[]; total: number }[],
  single: readonly { slug: string; total: number }[],
): string[] {
  const notes: string[] = [];
  const more = (rows: readonly { total: number }[]) => (rows.length < (rows[0]?.total ?? 0) ? ', ...' : '');
  if (contradictory.length > 0) {
    const [{ total }] = contradictory;
    const examples = contradictory.map(({ text, topics }) => `"${text.slice(0, 100)}" (${topics.join(', ')})`);
    notes.push(
      `${total} ${total === 1 ? 'text has' : 'texts have'} contradictory labels: ${examples.join('; ')}${more(contradictory)}. Give each one topic.`,
    );
  }
  if (single.length > 0) {
    const [{ total }] = single;
    const names = single.map(({ slug }) => slug).join(', ') + more(single);
    notes.push(
      `${total} ${total === 1 ? 'topic has' : 'topics have'} a single label, which is learned and cannot be measured: ${names}. Label some more questions of it.`,
    );
  }
  return notes;
}
