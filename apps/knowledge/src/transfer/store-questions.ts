import type { Sql } from '../persistence/database.js';
import { freeSlugs } from '../questions/allocate-slugs.js';
import { knownIds } from './known-ids.js';
import { planContent } from './plan-content.js';
import type { RecordOf } from './record-format.js';
import { missingTopic } from './store-topics.js';
import { of, type Stored } from './stored.js';
import { withItsPast, writeRedirects } from './write-content.js';

type QuestionRecord = RecordOf<'question'>;

const columns = `AS new (id uuid, "originId" uuid, source text, "externalId" text, slug text, text text, language text,
  state text, tags jsonb, version integer, "createdAt" timestamptz, "updatedAt" timestamptz, "changedBy" text,
  "publishedAt" timestamptz, "publishAt" timestamptz, "deletedAt" timestamptz, "stateBeforeDeletion" text)`;
const tags = `ARRAY(SELECT jsonb_array_elements_text(new.tags))`;

/** Questions with their labels and addresses. One from the same source with the same id there is the same question. */
export async function storeQuestions(
  sql: Sql,
  records: readonly QuestionRecord[],
  taken: ReadonlySet<string>,
): Promise<Stored[]> {
  const topics = await knownIds(sql, 'topic', records.flatMap(topicsOf));
  const unlabelled = new Map(
    records.flatMap((record) => {
      const missing = topicsOf(record).find((id) => !topics.has(id));
      return missing === undefined ? [] : [[record, missingTopic('labels', missing)] as const];
    }),
  );
  const storable = records.filter((record) => !unlabelled.has(record));
  const plan = await planContent<QuestionRecord>(sql, 'question', storable, (them) => sameRow(sql, them), taken);
  const created = plan.filter((planned) => planned.todo === 'create');
  if (created.length > 0) {
    const wanted = created.map(({ record }) => record.slug);
    const slugs = await freeSlugs(sql, 'question', wanted);
    const rows = created.map(({ record, id, originId }, index) => ({ ...record, id, originId, slug: slugs[index] }));
    await withItsPast(sql, () =>
      sql.rows(
        `INSERT INTO question (id, origin_id, source, external_id, slug, text, language, state, tags, version, created_at,
           updated_at, changed_by, published_at, publish_at, deleted_at, state_before_deletion)
         SELECT id, "originId", source, "externalId", slug, text, language, state, ${tags}, version, "createdAt",
           "updatedAt", "changedBy", "publishedAt", "publishAt", "deletedAt", "stateBeforeDeletion"
         FROM jsonb_to_recordset($1::jsonb) ${columns}`,
        [JSON.stringify(rows)],
      ),
    );
  }
  const updated = plan.filter((planned) => planned.todo === 'update');
  if (updated.length > 0)
    await sql.rows(
      `UPDATE question SET text = new.text, language = new.language, state = new.state, tags = ${tags},
         version = greatest(question.version + 1, new.version), updated_at = new."updatedAt",
         published_at = new."publishedAt", publish_at = new."publishAt", deleted_at = new."deletedAt",
         state_before_deletion = new."stateBeforeDeletion"
       FROM jsonb_to_recordset($1::jsonb) ${columns} WHERE question.id = new.id`,
      [JSON.stringify(updated.map(({ record, id }) => ({ ...record, id })))],
    );
  await writeRedirects(sql, 'question', [...created, ...updated]);
  await writeLabels(sql, [...created, ...updated], topics);
  const outcomes = new Map(plan.map((planned) => [planned.record, of(planned)]));
  return records.map((record) => unlabelled.get(record) ?? outcomes.get(record)!);
}

const topicsOf = ({ labels, annotations }: QuestionRecord): string[] =>
  [...labels, ...annotations].flatMap(({ topic }) => topic ?? []);

async function sameRow(sql: Sql, records: readonly QuestionRecord[]): Promise<Map<string, string>> {
  const named = records.filter(({ externalId }) => externalId !== undefined);
  if (named.length === 0) return new Map();
  const rows = await sql.rows<{ exported: string; id: string }>(
    `SELECT given.exported, question.id
     FROM unnest($1::uuid[], $2::text[], $3::text[]) AS given (exported, source, external_id)
     JOIN question USING (source, external_id)`,
    [named.map(({ id }) => id), named.map(({ source }) => source), named.map(({ externalId }) => externalId)],
  );
  return new Map(rows.map(({ exported, id }) => [exported, id]));
}

/** What people and imports said of the questions, in place of what they said of them here; the strongest holds. */
async function writeLabels(
  sql: Sql,
  questions: readonly { readonly id: string; readonly record: QuestionRecord }[],
  topics: ReadonlyMap<string, string>,
): Promise<void> {
  if (questions.length === 0) return;
  const ids = questions.map(({ id }) => id);
  const given = questions.flatMap(({ id, record }) =>
    record.labels.map((label) => ({ ...label, id, topic: topics.get(label.topic)! })),
  );
  await sql.rows(
    `DELETE FROM label WHERE question_id = ANY ($1::uuid[]) AND said_by <> 'model'
       AND NOT EXISTS (SELECT 1 FROM jsonb_to_recordset($2::jsonb) AS new (id uuid, "saidBy" text)
                       WHERE new.id = question_id AND new."saidBy" = said_by)`,
    [ids, JSON.stringify(given)],
  );
  if (given.length > 0)
    await sql.rows(
      `INSERT INTO label (question_id, said_by, topic_id, actor, created_at)
       SELECT id, "saidBy", topic, actor, at
       FROM jsonb_to_recordset($1::jsonb) AS new (id uuid, "saidBy" text, topic uuid, actor text, at timestamptz)
       ON CONFLICT (question_id, said_by) DO UPDATE
         SET topic_id = excluded.topic_id, actor = excluded.actor, created_at = excluded.created_at`,
      [JSON.stringify(given)],
    );
  // The label that holds is a copy of the strongest one; that it was copied is no change of the question.
  await withItsPast(sql, () =>
    sql.rows(
      `UPDATE question SET topic_id = effective.topic_id, topic_said_by = effective.said_by
       FROM (
         SELECT DISTINCT ON (asked.id) asked.id, label.topic_id, label.said_by FROM unnest($1::uuid[]) AS asked (id)
         LEFT JOIN label ON label.question_id = asked.id
         ORDER BY asked.id, array_position(ARRAY['person', 'import', 'model'], label.said_by)
       ) AS effective
       WHERE question.id = effective.id AND (question.topic_id IS DISTINCT FROM effective.topic_id
         OR question.topic_said_by IS DISTINCT FROM effective.said_by)`,
      [ids],
    ),
  );
  await writeAnnotations(sql, questions, topics);
}

async function writeAnnotations(
  sql: Sql,
  questions: readonly { readonly id: string; readonly record: QuestionRecord }[],
  topics: ReadonlyMap<string, string>,
): Promise<void> {
  const given = questions.flatMap(({ id, record }) =>
    record.annotations.map((said, place) => ({ ...said, id, place, topic: said.topic && topics.get(said.topic) })),
  );
  if (given.length === 0) return;
  await sql.rows(
    `INSERT INTO annotation (question_id, annotator, verdict, topic_id, created_at)
     SELECT id, annotator, verdict, topic, at FROM jsonb_to_recordset($1::jsonb)
       AS new (id uuid, place integer, annotator text, verdict text, topic uuid, at timestamptz) ORDER BY id, place
     ON CONFLICT (question_id, annotator) DO UPDATE
       SET verdict = excluded.verdict, topic_id = excluded.topic_id, created_at = excluded.created_at`,
    [JSON.stringify(given)],
  );
}
