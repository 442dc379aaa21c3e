import { randomUUID } from 'node:crypto';
import { DomainError } from '@cairn/contracts';
import { hasRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { checkedText, optionalText } from '../questions/checked-text.js';
import { slugOf } from '../questions/slug.js';
import type { ImportRow } from './import-row.js';

export interface GivenTopic {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
}

/**
 * Ids of the topics that rows name, by slug. Creates those that are missing, with the title and description given for
 * them, if the caller may create topics; otherwise they are absent from the result.
 * @throws INVALID_INPUT if a given title or description cannot be stored
 */
export async function topicsOf(
  sql: Sql,
  caller: Caller,
  rows: readonly ImportRow[],
  given: readonly GivenTopic[],
): Promise<Map<string, string>> {
  const titles = new Map(rows.filter(({ topic }) => topic !== '').map((row) => [row.topic, row.topicTitle]));
  const slugs = [...titles.keys()];
  if (slugs.length === 0) return new Map();
  const ids = await idsOf(sql, slugs);
  const missing = slugs.filter((slug) => !ids.has(slug));
  if (missing.length === 0 || !hasRole(caller, 'admin')) return ids;
  const described = new Map(given.map((topic) => [slugOf(topic.slug, ''), topic]));
  const created = missing.map((slug) => ({
    id: randomUUID(),
    slug,
    title: checkedText(described.get(slug)?.title || titles.get(slug)!, 'topics.title', 200),
    description: optionalText(described.get(slug)?.description ?? '', 'topics.description', 4_000),
  }));
  await sql.rows(
    `INSERT INTO topic (id, slug, title, description)
     SELECT id, slug, title, description
     FROM jsonb_to_recordset($1::jsonb) AS new (id uuid, slug text, title text, description text)
     ON CONFLICT (space_id, slug) DO NOTHING`,
    [JSON.stringify(created)],
  );
  return idsOf(sql, slugs);
}

export function missingTopic(slug: string): DomainError {
  return new DomainError(
    'FORBIDDEN',
    `There is no topic "${slug}", and only the role "admin" creates topics. Use another topic or another key.`,
    { field: 'topic' },
  );
}

async function idsOf(sql: Sql, slugs: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.rows<{ id: string; slug: string }>(
    `SELECT id, slug FROM topic WHERE slug = ANY ($1::text[])`,
    [slugs],
  );
  return new Map(rows.map(({ id, slug }) => [slug, id]));
}
