import { randomUUID } from 'node:crypto';
import type { Sql } from '../persistence/database.js';
import { allocateSlugs } from '../questions/allocate-slugs.js';
import { transitions, type ContentState } from '../questions/content-state.js';
import { writeLabels } from '../questions/effective-label.js';
import type { ImportOutcome } from './import-questions.js';
import type { ImportRow } from './import-row.js';

interface Existing {
  readonly id: string;
  readonly externalId: string;
  readonly text: string;
  readonly tags: string[];
  readonly state: ContentState;
  readonly language: string;
}

interface Planned extends ImportRow {
  readonly id: string;
  readonly state: ContentState;
  readonly isNew: boolean;
  readonly isChanged: boolean;
}

/** External ids of rows that are there already. */
export async function knownRows(sql: Sql, source: string, rows: readonly ImportRow[]): Promise<Set<string>> {
  return new Set((await lockExisting(sql, source, rows)).keys());
}

/** Stores rows with distinct external ids; returns what became of each, in order. Run it inside a transaction. */
export async function storeRows(
  sql: Sql,
  source: string,
  rows: readonly ImportRow[],
  topics: ReadonlyMap<string, string>,
): Promise<{ outcome: ImportOutcome; questionId: string }[]> {
  const existing = await lockExisting(sql, source, rows);
  const plan = rows.map((row) => planRow(row, existing.get(row.externalId)));
  await insertQuestions(
    sql,
    source,
    plan.filter(({ isNew }) => isNew),
  );
  await updateQuestions(
    sql,
    plan.filter(({ isChanged }) => isChanged),
  );
  const answered = await storeAnswers(
    sql,
    plan.filter(({ answer }) => answer !== ''),
  );
  const labelled = plan.filter(({ topic }) => topic !== '');
  const relabelled = await writeLabels(sql, {
    questionIds: labelled.map(({ id }) => id),
    topicIds: labelled.map(({ topic }) => topics.get(topic)!),
    saidBy: 'import',
    actor: source,
  });
  const touched = new Set([...answered, ...relabelled]);
  return plan.map(({ id, isNew, isChanged }) => ({
    outcome: isNew ? 'created' : isChanged || touched.has(id) ? 'updated' : 'unchanged',
    questionId: id,
  }));
}

async function lockExisting(sql: Sql, source: string, rows: readonly ImportRow[]): Promise<Map<string, Existing>> {
  const found = await sql.rows<Existing>(
    `SELECT id, external_id AS "externalId", text, tags, state, language FROM question
     WHERE source = $1 AND external_id = ANY ($2::text[]) ORDER BY id FOR UPDATE`,
    [source, rows.map(({ externalId }) => externalId)],
  );
  return new Map(found.map((question) => [question.externalId, question]));
}

/**
 * The state of a new question is the one given, or published if it has an answer. That of a stored one changes only
 * to a state given, or when an incoming question gets its first answer; what people archived stays archived.
 */
function planRow(row: ImportRow, stored: Existing | undefined): Planned {
  const byAnswer = row.answer === '' ? 'incoming' : 'published';
  if (stored === undefined)
    return { ...row, id: randomUUID(), state: row.state ?? byAnswer, isNew: true, isChanged: false };
  const wanted = row.state ?? (stored.state === 'incoming' ? byAnswer : stored.state);
  const state = transitions[stored.state].includes(wanted) ? wanted : stored.state;
  const isChanged =
    row.text !== stored.text ||
    (row.language !== undefined && row.language !== stored.language) ||
    state !== stored.state ||
    JSON.stringify(row.tags) !== JSON.stringify(stored.tags);
  return { ...row, id: stored.id, state, isNew: false, isChanged };
}

const recordset = `jsonb_to_recordset($1::jsonb)
  AS new (id uuid, slug text, text text, state text, tags jsonb, "externalId" text, answer text, language text)`;
const tagsOfNew = `ARRAY(SELECT jsonb_array_elements_text(new.tags))`;

async function insertQuestions(sql: Sql, source: string, rows: readonly Planned[]): Promise<void> {
  if (rows.length === 0) return;
  const slugs = await allocateSlugs(
    sql,
    'question',
    rows.map(({ text }) => text),
  );
  await sql.rows(
    `INSERT INTO question (id, slug, text, state, tags, source, external_id, language, published_at)
     SELECT id, slug, text, state, ${tagsOfNew}, $2, "externalId", coalesce(language, 'en'), CASE WHEN state = 'published' THEN now() END
     FROM ${recordset}`,
    [JSON.stringify(rows.map((row, index) => ({ ...row, slug: slugs[index] }))), source],
  );
}

async function updateQuestions(sql: Sql, rows: readonly Planned[]): Promise<void> {
  if (rows.length === 0) return;
  await sql.rows(
    `UPDATE question SET text = new.text, state = new.state, tags = ${tagsOfNew},
       language = coalesce(new.language, question.language),
       version = version + 1, updated_at = now(),
       published_at = CASE WHEN new.state = 'published' THEN coalesce(published_at, now()) ELSE published_at END
     FROM ${recordset} WHERE question.id = new.id`,
    [JSON.stringify(rows)],
  );
}

/** The answer an import wrote is replaced by its next one; answers of people are left alone. */
async function storeAnswers(sql: Sql, rows: readonly Planned[]): Promise<string[]> {
  if (rows.length === 0) return [];
  const stored = await sql.rows<{ id: string }>(
    `INSERT INTO answer AS old (question_id, body, state, imported)
     SELECT id, answer, CASE WHEN state = 'published' THEN 'published' ELSE 'draft' END, true FROM ${recordset}
     ON CONFLICT (question_id) WHERE imported DO UPDATE
       SET body = excluded.body, version = old.version + 1, updated_at = now() WHERE old.body <> excluded.body
     RETURNING question_id AS id`,
    [JSON.stringify(rows)],
  );
  return stored.map(({ id }) => id);
}
