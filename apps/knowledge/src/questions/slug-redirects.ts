import { DomainError } from '@cairn/contracts';
import { hasRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { allocateSlugs } from './allocate-slugs.js';
import { slugOf } from './slug.js';

export type Addressed = 'question' | 'topic';

/**
 * Gives a thing a new address; the old one leads to it from now on. One it had before may be taken again. Run it inside
 * the transaction that writes the address.
 * @throws INVALID_INPUT if it is no slug, CONFLICT if it leads elsewhere
 */
export async function changeSlug(sql: Sql, entity: Addressed, id: string, from: string, to: string): Promise<void> {
  if (from === to) return;
  if (slugOf(to, '') !== to)
    throw DomainError.invalid('slug', 'A slug has at most 80 lower-case letters, digits and single "-" between words.');
  await sql.rows(`DELETE FROM slug_redirect WHERE entity = $1 AND slug = $2 AND entity_id = $3`, [entity, to, id]);
  const [free] = await allocateSlugs(sql, entity, [to]);
  if (free !== to)
    throw DomainError.conflict(`The slug "${to}" leads to another ${entity} already; choose another slug.`, 'slug');
  await redirect(sql, entity, from, id);
}

/** From now on `slug` leads to the thing. */
export async function redirect(sql: Sql, entity: Addressed, slug: string, id: string): Promise<void> {
  await sql.rows(`DELETE FROM slug_redirect WHERE entity = $1 AND slug = $2`, [entity, slug]);
  await sql.rows(`INSERT INTO slug_redirect (entity, slug, entity_id) VALUES ($1, $2, $3)`, [entity, slug, id]);
}

/** A topic that was merged away leads to where it went, however often that was merged on. */
const followMerges = `
  CROSS JOIN LATERAL (
    WITH RECURSIVE way (id, merged_into, step) AS (
      SELECT id, merged_into, 0 FROM topic WHERE id = found.id
      UNION ALL
      SELECT next.id, next.merged_into, way.step + 1 FROM way JOIN topic AS next ON next.id = way.merged_into
      WHERE way.step < 100
    )
    SELECT id FROM way ORDER BY step DESC LIMIT 1
  ) AS followed`;

/** Ids for addresses, earlier ones too, in the order asked; "" where there is none or it may not be seen. */
export async function resolveSlugs(
  sql: Sql,
  caller: Caller,
  entity: Addressed,
  slugs: readonly string[],
): Promise<string[]> {
  const team = entity === 'question' ? 'seen.deleted_at IS NULL' : 'true';
  const everybody = entity === 'question' ? `seen.state = 'published'` : `seen.state = 'active'`;
  const seen = hasRole(caller, 'reader') ? team : everybody;
  const rows = await sql.rows<{ slug: string; id: string }>(
    `SELECT found.slug, seen.id FROM (SELECT asked.slug, coalesce(
             (SELECT entity_id FROM slug_redirect WHERE entity = '${entity}' AND slug = asked.slug),
             (SELECT id FROM ${entity} WHERE slug = asked.slug)) AS id
           FROM unnest($1::text[]) AS asked (slug)) AS found
     ${entity === 'topic' ? followMerges : ''}
     JOIN ${entity} AS seen ON seen.id = ${entity === 'topic' ? 'followed.id' : 'found.id'}
     WHERE ${seen}`,
    [slugs.filter((slug) => !slug.includes('\0'))],
  );
  const ids = new Map(rows.map(({ slug, id }) => [slug, id]));
  return slugs.map((slug) => ids.get(slug) ?? '');
}
