import { DomainError } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { freeSlugs } from '../questions/allocate-slugs.js';
import { checkPlace, lockTree } from '../topics/topic-tree.js';
import { knownIds } from './known-ids.js';
import { planContent } from './plan-content.js';
import { of, type Stored } from './stored.js';
import type { RecordOf } from './record-format.js';
import { instant } from './select-records.js';
import { withItsPast, writeRedirects } from './write-content.js';

type TopicRecord = RecordOf<'topic'>;

const columns = `AS new (id uuid, "originId" uuid, slug text, title text, description text, state text,
  version integer, "createdAt" timestamptz, "updatedAt" timestamptz, "changedBy" text)`;

/** Topics of a space, without their places in the tree. One with the same address is the same topic. */
export async function storeTopics(
  sql: Sql,
  records: readonly TopicRecord[],
  taken: ReadonlySet<string>,
): Promise<Stored[]> {
  const sameAddress = async (unknown: readonly TopicRecord[]) => {
    const rows = await sql.rows<{ id: string; slug: string }>(
      `SELECT id, slug FROM topic WHERE slug = ANY ($1::text[])`,
      [unknown.map(({ slug }) => slug)],
    );
    const bySlug = new Map(rows.map(({ id, slug }) => [slug, id]));
    return new Map(unknown.flatMap(({ id, slug }) => (bySlug.has(slug) ? [[id, bySlug.get(slug)!] as const] : [])));
  };
  const plan = await planContent<TopicRecord>(sql, 'topic', records, sameAddress, taken);
  const created = plan.filter((planned) => planned.todo === 'create');
  const slugs = await freeSlugs(
    sql,
    'topic',
    created.map(({ record }) => record.slug),
  );
  if (created.length > 0)
    await withItsPast(sql, () =>
      sql.rows(
        `INSERT INTO topic (id, origin_id, slug, title, description, state, version, created_at, updated_at, changed_by)
         SELECT id, "originId", slug, title, description, state, version, "createdAt", "updatedAt", "changedBy"
         FROM jsonb_to_recordset($1::jsonb) ${columns}`,
        [
          JSON.stringify(
            created.map(({ record, id, originId }, index) => ({ ...record, id, originId, slug: slugs[index] })),
          ),
        ],
      ),
    );
  const updated = plan.filter((planned) => planned.todo === 'update');
  if (updated.length > 0)
    await sql.rows(
      `UPDATE topic SET title = new.title, description = new.description, state = new.state,
         version = greatest(topic.version + 1, new.version), updated_at = new."updatedAt"
       FROM jsonb_to_recordset($1::jsonb) ${columns} WHERE topic.id = new.id`,
      [JSON.stringify(updated.map(({ record, id }) => ({ ...record, id })))],
    );
  await writeRedirects(sql, 'topic', [...created, ...updated]);
  return plan.map(of);
}

/** Places of topics in the tree: below another, or merged into one. Where a topic was changed here since, it stays. */
export async function storePlaces(sql: Sql, records: readonly RecordOf<'place'>[]): Promise<Stored[]> {
  await lockTree(sql);
  const named = records.flatMap(({ topic, parent, mergedInto }) => [topic, parent ?? [], mergedInto ?? []].flat());
  const ids = await knownIds(sql, 'topic', named);
  const stored: Stored[] = [];
  // One after the other: each may make a circle with those before it.
  for (const record of records) stored.push(await storePlace(sql, record, ids));
  return stored;
}

async function storePlace(sql: Sql, record: RecordOf<'place'>, ids: ReadonlyMap<string, string>): Promise<Stored> {
  const fields = ['topic', 'parent', 'mergedInto'] as const;
  const missing = fields.find((field) => record[field] !== undefined && !ids.has(record[field]));
  if (missing !== undefined) return missingTopic(missing, record[missing]!);
  const id = ids.get(record.topic)!;
  const parent = record.parent === undefined ? null : ids.get(record.parent)!;
  const mergedInto = record.mergedInto === undefined ? null : ids.get(record.mergedInto)!;
  const [topic] = await sql.rows<{ title: string; parent: string | null; merged: string | null; updatedAt: string }>(
    `SELECT title, parent_id AS parent, merged_into AS merged, ${instant('updated_at')} AS "updatedAt"
     FROM topic WHERE id = $1 FOR UPDATE`,
    [id],
  );
  if (topic.parent === parent && topic.merged === mergedInto) return 'unchanged';
  if (topic.updatedAt > record.updatedAt)
    return DomainError.conflict('The topic was changed here later than in the file; it stays where it is.', 'topic');
  if (mergedInto === id) return DomainError.invalid('mergedInto', 'A topic cannot be merged into itself.');
  try {
    if (parent !== null) await checkPlace(sql, { id, title: topic.title }, parent);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  await withItsPast(sql, () =>
    sql.rows(`UPDATE topic SET parent_id = $2, merged_into = $3 WHERE id = $1`, [id, parent, mergedInto]),
  );
  return 'updated';
}

export function missingTopic(field: string, id: string): DomainError {
  return DomainError.invalid(field, `The topic "${id}" is not here: import the lines before this one first.`);
}
