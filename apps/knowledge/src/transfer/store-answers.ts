import { DomainError } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { knownIds } from './known-ids.js';
import { planContent } from './plan-content.js';
import type { RecordOf } from './record-format.js';
import { of, type Stored } from './stored.js';
import { withItsPast } from './write-content.js';

type AnswerRecord = RecordOf<'answer'>;
type VoteRecord = RecordOf<'vote'>;

const columns = `AS new (id uuid, "originId" uuid, "questionId" uuid, body text, language text, state text,
  imported boolean, version integer, "createdAt" timestamptz, "updatedAt" timestamptz, "changedBy" text,
  "publishAt" timestamptz, "deletedAt" timestamptz, "stateBeforeDeletion" text)`;

/** Answers of questions that are there. A question has one answer that an import wrote: that is the same one. */
export async function storeAnswers(
  sql: Sql,
  records: readonly AnswerRecord[],
  taken: ReadonlySet<string>,
): Promise<Stored[]> {
  const questions = await knownIds(
    sql,
    'question',
    records.map(({ question }) => question),
  );
  const storable = records.filter(({ question }) => questions.has(question));
  const sameImport = async (unknown: readonly AnswerRecord[]) => {
    const imported = unknown.filter((record) => record.imported);
    const rows = await sql.rows<{ exported: string; id: string }>(
      `SELECT given.exported, answer.id FROM unnest($1::uuid[], $2::uuid[]) AS given (exported, question_id)
       JOIN answer ON answer.question_id = given.question_id AND answer.imported`,
      [imported.map(({ id }) => id), imported.map(({ question }) => questions.get(question))],
    );
    return new Map(rows.map(({ exported, id }) => [exported, id]));
  };
  const plan = await planContent<AnswerRecord>(sql, 'answer', storable, sameImport, taken);
  const created = plan.filter((planned) => planned.todo === 'create');
  if (created.length > 0)
    await withItsPast(sql, () =>
      sql.rows(
        `INSERT INTO answer (id, origin_id, question_id, body, language, state, imported, version, created_at, updated_at,
           changed_by, publish_at, deleted_at, state_before_deletion)
         SELECT id, "originId", "questionId", body, language, state, imported, version, "createdAt", "updatedAt",
           "changedBy", "publishAt", "deletedAt", "stateBeforeDeletion"
         FROM jsonb_to_recordset($1::jsonb) ${columns}`,
        [
          JSON.stringify(
            created.map(({ record, id, originId }) => ({
              ...record,
              id,
              originId,
              questionId: questions.get(record.question),
            })),
          ),
        ],
      ),
    );
  const updated = plan.filter((planned) => planned.todo === 'update');
  if (updated.length > 0)
    await sql.rows(
      `UPDATE answer SET body = new.body, language = new.language, state = new.state,
         version = greatest(answer.version + 1, new.version), updated_at = new."updatedAt",
         publish_at = new."publishAt", deleted_at = new."deletedAt",
         state_before_deletion = new."stateBeforeDeletion"
       FROM jsonb_to_recordset($1::jsonb) ${columns} WHERE answer.id = new.id`,
      [JSON.stringify(updated.map(({ record, id }) => ({ ...record, id })))],
    );
  const outcomes = new Map(plan.map((planned) => [planned.record, of(planned)]));
  return records.map((record) => outcomes.get(record) ?? missing('question', record.question));
}

/** Votes on answers that are there; of two by the same voter the later one counts. */
export async function storeVotes(sql: Sql, records: readonly VoteRecord[]): Promise<Stored[]> {
  const answers = await knownIds(
    sql,
    'answer',
    records.map(({ answer }) => answer),
  );
  const given = records.map((record, place) => ({ ...record, place, id: answers.get(record.answer) }));
  const ids = [...new Set(answers.values())].sort();
  // The counts of an answer are kept beside it: whoever votes holds it.
  await sql.rows(`SELECT 1 FROM answer WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`, [ids]);
  const rows = await sql.rows<{ place: number; isNew: boolean }>(
    `WITH new AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb)
         AS new (place integer, id uuid, voter text, helpful boolean, comment text, at timestamptz) WHERE id IS NOT NULL
     ), written AS (
       INSERT INTO answer_vote AS old (answer_id, voter, helpful, comment, updated_at)
       SELECT id, voter, helpful, comment, at FROM new ORDER BY place
       ON CONFLICT (answer_id, voter) DO UPDATE
         SET helpful = excluded.helpful, comment = excluded.comment, updated_at = excluded.updated_at
         WHERE old.updated_at < excluded.updated_at
       RETURNING answer_id, voter, xmax = 0 AS "isNew"
     ) SELECT new.place, written."isNew" FROM written JOIN new ON new.id = answer_id AND new.voter = written.voter`,
    [JSON.stringify(given)],
  );
  if (rows.length > 0)
    await sql.rows(
      `UPDATE answer SET helpful = counted.helpful, unhelpful = counted.unhelpful
       FROM (SELECT answer_id, count(*) FILTER (WHERE helpful) AS helpful, count(*) FILTER (WHERE NOT helpful) AS unhelpful
             FROM answer_vote WHERE answer_id = ANY ($1::uuid[]) GROUP BY answer_id) AS counted
       WHERE answer.id = counted.answer_id`,
      [ids],
    );
  const written = new Map(rows.map(({ place, isNew }) => [place, isNew]));
  return given.map(({ place, id, answer }) => {
    if (id === undefined) return missing('answer', answer);
    const isNew = written.get(place);
    return isNew === undefined ? 'unchanged' : isNew ? 'created' : 'updated';
  });
}

export const missing = (what: 'question' | 'answer' | 'topic', id: string): DomainError =>
  DomainError.invalid(what, `The ${what} "${id}" is not here: import the lines before this one first.`);
