import { DomainError } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { isId } from '../questions/checked-text.js';

/** Any number of its own: whoever changes the tree holds this lock, so that two moves together make no circle. */
const treeLock = 7_246_005;

/** Topics between the top of the tree and a topic, itself included. */
export const maxDepth = 20;

/** A topic as an operation finds it, locked. */
export interface TopicRow {
  readonly id: string;
  readonly title: string;
  readonly state: 'active' | 'archived';
  readonly version: number;
  readonly parent_id: string | null;
  readonly merged_into: string | null;
}

export async function lockTree(sql: Sql): Promise<void> {
  await sql.rows('SELECT pg_advisory_xact_lock($1)', [treeLock]);
}

/** @throws NOT_FOUND */
export async function lockTopic(sql: Sql, id: string): Promise<TopicRow> {
  const [topic] = isId(id) ? await sql.rows<TopicRow>('SELECT * FROM topic WHERE id = $1 FOR UPDATE', [id]) : [];
  if (topic === undefined) throw DomainError.notFound('topic', id);
  return topic;
}

/** A topic that others may be put below. @throws INVALID_INPUT naming `field` if it does not exist, CONFLICT if archived */
export async function lockParent(sql: Sql, id: string, field = 'parentId'): Promise<TopicRow> {
  const [topic] = isId(id) ? await sql.rows<TopicRow>('SELECT * FROM topic WHERE id = $1 FOR SHARE', [id]) : [];
  if (topic === undefined)
    throw DomainError.invalid(field, `There is no topic "${id}"; create it first or choose another.`);
  if (topic.state === 'archived')
    throw DomainError.conflict(`The topic "${topic.title}" is archived; make it active or choose another.`, field);
  return topic;
}

/**
 * Refuses a place in the tree that would make a circle or a branch that is too deep. Hold the lock of the tree.
 * @throws INVALID_INPUT naming `parentId`
 */
export async function checkPlace(sql: Sql, topic: { id: string; title: string }, parentId: string): Promise<void> {
  const above = await sql.rows<{ id: string }>(
    `WITH RECURSIVE above (id, parent_id, step) AS (
       SELECT id, parent_id, 1 FROM topic WHERE id = $1
       UNION ALL
       SELECT next.id, next.parent_id, step + 1 FROM above JOIN topic AS next ON next.id = above.parent_id
       WHERE step <= ${maxDepth}
     ) SELECT id FROM above`,
    [parentId],
  );
  if (above.some(({ id }) => id === topic.id))
    throw DomainError.invalid(
      'parentId',
      `"${topic.title}" would lie below itself; choose a topic that is not below it.`,
    );
  const [{ height }] = await sql.rows<{ height: number }>(
    `WITH RECURSIVE below (id, step) AS (
       SELECT $1::uuid, 1
       UNION ALL
       SELECT next.id, step + 1 FROM below JOIN topic AS next ON next.parent_id = below.id WHERE step <= ${maxDepth}
     ) SELECT max(step) AS height FROM below`,
    [topic.id],
  );
  if (above.length + height > maxDepth)
    throw DomainError.invalid('parentId', `A topic lies at most ${maxDepth} levels deep; choose a place higher up.`);
}
