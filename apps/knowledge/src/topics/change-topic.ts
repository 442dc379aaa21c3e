import { randomUUID } from 'node:crypto';
import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import { allocateSlugs } from '../questions/allocate-slugs.js';
import { checkedText, optionalText } from '../questions/checked-text.js';
import { changeSlug } from '../questions/slug-redirects.js';
import { slugOf } from '../questions/slug.js';
import { lockParent } from './topic-tree.js';
import type { TopicState } from './read-topics.js';

const maxTitleLength = 200;
const maxDescriptionLength = 4_000;

export interface NewTopic {
  readonly title: string;
  /** Absent: made from the title, numbered if it is taken. */
  readonly slug?: string;
  readonly description: string;
  /** Absent: at the top of the tree. */
  readonly parentId?: string;
}

/** @returns the topic's id; run it inside a transaction */
export async function createTopic(sql: Sql, caller: Caller, topic: NewTopic): Promise<string> {
  requireRole(caller, 'admin');
  const title = checkedText(topic.title, 'title', maxTitleLength);
  const description = optionalText(topic.description, 'description', maxDescriptionLength);
  const slug = topic.slug ? await givenSlug(sql, topic.slug) : (await allocateSlugs(sql, 'topic', [title]))[0];
  const id = randomUUID();
  const parentId = topic.parentId ? (await lockParent(sql, topic.parentId)).id : null;
  await sql.rows(`INSERT INTO topic (id, slug, title, description, parent_id) VALUES ($1, $2, $3, $4, $5)`, [
    id,
    slug,
    title,
    description,
    parentId,
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
  /** A new address; the old one leads to it. */
  readonly slug?: string;
}

/** The address stays unless a new one is given: links keep their meaning. */
export async function updateTopic(sql: Sql, caller: Caller, change: TopicChange): Promise<void> {
  requireRole(caller, 'admin');
  const title = change.title === undefined ? null : checkedText(change.title, 'title', maxTitleLength);
  const description =
    change.description === undefined ? null : optionalText(change.description, 'description', maxDescriptionLength);
  const topic = await lockVersion<{ slug: string }>(sql, 'topic', change.id, change.expectedVersion);
  const slug = change.slug ?? topic.slug;
  await changeSlug(sql, 'topic', change.id, topic.slug, slug);
  await sql.rows(
    `UPDATE topic SET title = coalesce($2, title), description = coalesce($3, description), slug = $4,
       version = version + 1, updated_at = now()
     WHERE id = $1 AND (title <> coalesce($2, title) OR description <> coalesce($3, description) OR slug <> $4)`,
    [change.id, title, description, slug],
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
    // A topic that was merged away and is taken up again leads to itself.
    `UPDATE topic SET state = $2, merged_into = NULL, version = version + 1, updated_at = now()
     WHERE id = $1 AND state <> $2`,
    [change.id, change.state],
  );
}
