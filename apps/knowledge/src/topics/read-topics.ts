import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { hasRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { pageOf, type KeysetPage } from '../persistence/keyset-page.js';
import { isId } from '../questions/checked-text.js';

export type TopicState = 'active' | 'archived';

export interface TopicRecord {
  readonly id: string;
  readonly seq: number;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly state: TopicState;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly parentId: string | null;
  readonly mergedInto: string | null;
  readonly changedBy: string;
  /** Questions whose effective label is this topic; without a role, the published ones. */
  readonly questionCount: number;
  /** Those of them labelled by a person or an import. */
  readonly labelledCount: number;
}

/**
 * Topics in one statement: `rest` selects, orders and limits.
 * @param withCounts false: both are 0; counting reads every question of each topic
 */
function selectTopics(caller: Caller, rest: string, withCounts = true): string {
  const counted = hasRole(caller, 'reader') ? 'AND question.deleted_at IS NULL' : `AND question.state = 'published'`;
  const counts = `
      SELECT count(*) AS questions, count(*) FILTER (WHERE topic_said_by <> 'model') AS labelled
      FROM question WHERE question.topic_id = topic.id ${counted}`;
  return `
    SELECT topic.id, topic.seq, topic.slug, topic.title, topic.description, topic.state, topic.version,
      topic.created_at AS "createdAt", topic.updated_at AS "updatedAt", topic.parent_id AS "parentId",
      topic.merged_into AS "mergedInto", topic.changed_by AS "changedBy",
      counts.questions AS "questionCount", counts.labelled AS "labelledCount"
    FROM topic CROSS JOIN LATERAL (${withCounts ? counts : 'SELECT 0 AS questions, 0 AS labelled'}) AS counts
    ${rest}`;
}

/** Topics, oldest first. Archived ones only if asked for, and to callers with a role. */
export async function listTopics(
  sql: Sql,
  caller: Caller,
  includeArchived: boolean,
  page: KeysetPage,
  withCounts = true,
): Promise<{ rows: TopicRecord[]; pageInfo: knowledgeV1.PageInfo }> {
  const where = includeArchived && hasRole(caller, 'reader') ? 'true' : `topic.state = 'active'`;
  const [counted] = page.withTotal
    ? await sql.rows<{ total: number }>(`SELECT count(*) AS total FROM topic WHERE ${where}`)
    : [];
  const rows = await sql.rows<TopicRecord>(
    selectTopics(caller, `WHERE ${where} AND topic.seq > $1 ORDER BY topic.seq LIMIT ${page.first + 1}`, withCounts),
    [page.afterSeq ?? 0],
  );
  return pageOf(rows, page, counted?.total);
}

/**
 * Topics below each of several, oldest first, in the order asked.
 * @param parentIds null: those at the top
 */
export async function listChildTopics(
  sql: Sql,
  caller: Caller,
  parentIds: readonly (string | null)[],
  includeArchived: boolean,
  withCounts = true,
): Promise<TopicRecord[][]> {
  const where = includeArchived && hasRole(caller, 'reader') ? 'true' : `topic.state = 'active'`;
  const ids = parentIds.filter((id) => id !== null);
  const rows = await sql.rows<TopicRecord>(
    selectTopics(
      caller,
      `WHERE ${where} AND (topic.parent_id = ANY ($1::uuid[]) ${ids.length < parentIds.length ? 'OR topic.parent_id IS NULL' : ''})
       ORDER BY topic.seq LIMIT ${maxChildren * Math.max(1, parentIds.length)}`,
      withCounts,
    ),
    [ids],
  );
  return parentIds.map((parent) => rows.filter(({ parentId }) => parentId === parent).slice(0, maxChildren));
}

const maxChildren = 1_000;

/** Topics by id, then by slug, in the order asked; those that do not exist or may not be seen are left out. */
export async function getTopics(
  sql: Sql,
  caller: Caller,
  ids: readonly string[],
  slugs: readonly string[],
  withCounts = true,
): Promise<TopicRecord[]> {
  const seen = hasRole(caller, 'reader') ? '' : `AND topic.state = 'active'`;
  const rows = await sql.rows<TopicRecord>(
    selectTopics(caller, `WHERE (topic.id = ANY ($1::uuid[]) OR topic.slug = ANY ($2::text[])) ${seen}`, withCounts),
    [ids.filter(isId), slugs.filter((slug) => !slug.includes('\0'))],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const bySlug = new Map(rows.map((row) => [row.slug, row]));
  return [...ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []), ...slugs.flatMap((slug) => bySlug.get(slug) ?? [])];
}

/** @throws NOT_FOUND */
export async function getTopic(sql: Sql, caller: Caller, id: string): Promise<TopicRecord> {
  const [topic] = await getTopics(sql, caller, [id], []);
  if (topic === undefined) throw DomainError.notFound('topic', id);
  return topic;
}
