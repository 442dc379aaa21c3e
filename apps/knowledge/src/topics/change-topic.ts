import { randomUUID } from 'node:crypto';
import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import { allocateSlugs } from '../questions/allocate-slugs.js';
import { checkedText, optionalText } from '../questions/checked-text.js';
import { slugOf } from '../questions/slug.js';
import type { TopicState } from './read-topics.js';

const maxTitleLength = 200;
const maxDescriptionLength = 4_000;

export interface NewTopic {
  readonly title: string;
  /** Absent: made from the title, numbered if it is taken. */
  readonly slug?: string;
  readonly description: string;
}

/** @returns the topic's id; run it inside a transaction */
export async function createTopic(sql: Sql, caller: Caller, topic: NewTopic): Promise<string> {
  requireRole(caller, 'admin');
  const title = checkedText(topic.title, 'title', maxTitleLength);
  const description = optionalText(topic.description, 'description', maxDescriptionLength);
  const slug = topic.slug ? await givenSlug(sql, topic.slug) : (await allocateSlugs(sql, 'topic', [title]))[0];
  const id = randomUUID();
  await sql.rows(`INSERT INTO topic (id, slug, title, description) VALUES ($1, $2, $3, $4)`, [
    id,
    slug,
    title,
    description,
  ]);
  return id;
}

async function givenSlug(sql: Sql, given: string): Promise<string> {
  if (slugOf(given, '') !== given)
    throw DomainError.invalid('slug', 'A slug has at most 80 lower-case letters, digits and single "-" between words.');
  const [slug] = await allocateSlugs(sql, 'topic', [given]);
  if (slug !== given)
    throw DomainError.conflict(`There is a topic with the slug "${given}" already; choose another slug.`, 'slug');
  return slug;
}

export interface TopicChange {
  readonly id: string;
  readonly expectedVersion: number;
  readonly title?: string;
  readonly description?: string;
}

/** The slug stays: links keep their meaning. */
export async function updateTopic(sql: Sql, caller: Caller, change: TopicChange): Promise<void> {
  requireRole(caller, 'admin');
  const title = change.title === undefined ? null : checkedText(change.title, 'title', maxTitleLength);
  const description =
    change.description === undefined ? null : optionalText(change.description, 'description', maxDescriptionLength);
  await lockVersion(sql, 'topic', change.id, change.expectedVersion);
  await sql.rows(
    `UPDATE topic SET title = coalesce($2, title), description = coalesce($3, description),
       version = version + 1, updated_at = now()
     WHERE id = $1 AND (title <> coalesce($2, title) OR description <> coalesce($3, description))`,
    [change.id, title, description],
  );
}

/** Archived topics are not offered to the head; their questions keep their labels. */
export async function setTopicState(
  sql: Sql,
  caller: Caller,
  change: { id: string; expectedVersion: number; state: TopicState },
): Promise<void> {
  requireRole(caller, 'admin');
  await lockVersion(sql, 'topic', change.id, change.expectedVersion);
  await sql.rows(
    `UPDATE topic SET state = $2, version = version + 1, updated_at = now() WHERE id = $1 AND state <> $2`,
    [change.id, change.state],
  );
}
