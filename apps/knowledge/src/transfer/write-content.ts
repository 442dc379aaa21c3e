import type { Sql } from '../persistence/database.js';
import type { RecordOf } from './record-format.js';

/**
 * While it runs, rows come with their past: their numbers, dates and authors are written as they are, and no version is
 * kept of what they replace. Run it inside a transaction.
 */
export async function withItsPast<T>(sql: Sql, write: () => Promise<T>): Promise<T> {
  await sql.rows(`SELECT set_config('cairn.transfer', 'on', true)`);
  const result = await write();
  await sql.rows(`SELECT set_config('cairn.transfer', '', true)`);
  return result;
}

interface Addressed {
  readonly id: string;
  readonly record: Pick<RecordOf<'topic' | 'question'>, 'slug' | 'updatedAt' | 'redirects'>;
}

/** Addresses that led to content where it came from, where they lead nowhere else here. Its address here stays. */
export async function writeRedirects(
  sql: Sql,
  entity: 'topic' | 'question',
  content: readonly Addressed[],
): Promise<void> {
  const given = content.flatMap(({ id, record: { slug, updatedAt, redirects } }) =>
    [...redirects, { slug, at: updatedAt }].map((address) => ({ id, ...address })),
  );
  if (given.length === 0) return;
  await sql.rows(
    `INSERT INTO slug_redirect (entity, slug, entity_id, created_at)
     SELECT DISTINCT ON (given.slug) '${entity}', given.slug, given.id, given.at
     FROM jsonb_to_recordset($1::jsonb) AS given (id uuid, slug text, at timestamptz)
     WHERE NOT EXISTS (SELECT 1 FROM ${entity} AS used WHERE used.slug = given.slug)
       AND NOT EXISTS (SELECT 1 FROM slug_redirect AS old WHERE old.entity = '${entity}' AND old.slug = given.slug)
     ORDER BY given.slug`,
    [JSON.stringify(given)],
  );
}
