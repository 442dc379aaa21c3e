import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import { before, rememberOperation } from './topic-operation.js';
import { checkPlace, lockParent, lockTree, type TopicRow } from './topic-tree.js';

/**
 * Puts a topic with all below it below another one, or (empty) at the top. Run it inside a transaction.
 * @returns the operation's id
 */
export async function moveTopic(
  sql: Sql,
  caller: Caller,
  { id, expectedVersion, parentId }: { id: string; expectedVersion: number; parentId: string },
): Promise<string> {
  requireRole(caller, 'admin');
  await lockTree(sql);
  const topic = await lockVersion<TopicRow>(sql, 'topic', id, expectedVersion);
  const parent = parentId === '' ? null : (await lockParent(sql, parentId)).id;
  if (parent !== null) await checkPlace(sql, topic, parent);
  const operation = {
    kind: 'move' as const,
    topicId: topic.id,
    before: [before(topic)],
    targetIds: parent ? [parent] : [],
  };
  const made = await rememberOperation(sql, caller, operation);
  await sql.rows(
    `UPDATE topic SET parent_id = $2, version = version + 1, updated_at = now()
     WHERE id = $1 AND parent_id IS DISTINCT FROM $2`,
    [topic.id, parent],
  );
  return made;
}
