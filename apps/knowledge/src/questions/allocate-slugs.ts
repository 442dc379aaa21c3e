import { randomBytes } from 'node:crypto';
import type { Sql } from '../persistence/database.js';
import { distinctSlugs, slugOf, slugVariants } from './slug.js';

/** Any number of its own: whoever makes slugs holds this lock until the end of its transaction. */
const slugLock = 7_246_002;

/** One unused slug per text. Run it inside the transaction that stores them. */
export function allocateSlugs(sql: Sql, table: 'question' | 'topic', texts: readonly string[]): Promise<string[]> {
  return freeSlugs(
    sql,
    table,
    texts.map((text) => slugOf(text, table)),
  );
}

/** The slugs that are wanted where they are unused, numbered ones elsewhere. Run it as `allocateSlugs`. */
export async function freeSlugs(sql: Sql, table: 'question' | 'topic', wanted: readonly string[]): Promise<string[]> {
  if (wanted.length === 0) return [];
  await sql.rows('SELECT pg_advisory_xact_lock($1)', [slugLock]);
  const taken = new Set(await existing(sql, table, wanted));
  const collided = wanted.filter((slug, place) => taken.has(slug) || wanted.indexOf(slug) !== place);
  if (collided.length > 0)
    for (const slug of await existing(sql, table, collided.flatMap(slugVariants))) taken.add(slug);
  return distinctSlugs(wanted, taken, () => randomBytes(6).toString('hex'));
}

async function existing(sql: Sql, table: 'question' | 'topic', slugs: readonly string[]): Promise<string[]> {
  // Addresses of the past lead somewhere too.
  const rows = await sql.rows<{ slug: string }>(
    `SELECT slug FROM ${table} WHERE slug = ANY ($1::text[])
     UNION ALL SELECT slug FROM slug_redirect WHERE entity = '${table}' AND slug = ANY ($1::text[])`,
    [slugs],
  );
  return rows.map(({ slug }) => slug);
}
