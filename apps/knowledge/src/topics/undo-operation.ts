import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { refreshEffectiveLabels } from '../questions/effective-label.js';
import { readOperation, type TopicOperationRecord } from './topic-operation.js';
import { checkPlace, lockTopic, lockTree } from './topic-tree.js';

/** Questions whose labels are put back by one statement. */
const chunk = 10_000;

/**
 * Puts back what an operation changed: places in the tree, states, and labels, but for those that somebody has changed
 * since. Topics that a split made are archived and lead back, if nothing belongs to them any more. Run it inside a
 * transaction.
 * @throws CONFLICT if it was undone already, or if a later operation on the same topics was not
 */
export async function undoOperation(sql: Sql, caller: Caller, id: string): Promise<void> {
  requireRole(caller, 'admin');
  await lockTree(sql);
  const operation = await readOperation(sql, id, true);
  if (operation.undoneAt !== null) throw DomainError.conflict('This operation was undone already.', 'id');
  await refuseLater(sql, operation);
  await putLabelsBack(sql, operation.id);
  for (const topic of operation.before) {
    await sql.rows(
      `UPDATE topic SET state = $2, parent_id = $3, merged_into = $4, version = version + 1, updated_at = now()
       WHERE id = $1 AND (state <> $2 OR parent_id IS DISTINCT FROM $3 OR merged_into IS DISTINCT FROM $4)`,
      [topic.id, topic.state, topic.parentId, topic.mergedInto],
    );
  }
  // Others may have been moved since: the tree is looked at as a whole, once all are back.
  for (const { id: topicId, parentId } of operation.before)
    if (parentId !== null) await checkPlace(sql, await lockTopic(sql, topicId), parentId);
  if (operation.kind === 'split')
    await sql.rows(
      `UPDATE topic SET state = 'archived', merged_into = $2, version = version + 1, updated_at = now()
       WHERE id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT 1 FROM label WHERE label.topic_id = topic.id)
         AND NOT EXISTS (SELECT 1 FROM topic AS child WHERE child.parent_id = topic.id)`,
      [operation.targetIds, operation.topicId],
    );
  await sql.rows(`UPDATE topic_operation SET undone_by = $2, undone_at = now() WHERE id = $1`, [id, actorOf(caller)]);
}

async function refuseLater(sql: Sql, { seq, topicId, targetIds, before }: TopicOperationRecord): Promise<void> {
  const touched = [topicId, ...targetIds, ...before.map((topic) => topic.id)];
  const [later] = await sql.rows<{ id: string; kind: string }>(
    `SELECT id, kind FROM topic_operation
     WHERE seq > $1 AND undone_at IS NULL AND (topic_id = ANY ($2::uuid[]) OR target_ids && $2::uuid[])
     ORDER BY seq DESC LIMIT 1`,
    [seq, touched],
  );
  if (later !== undefined)
    throw DomainError.conflict(`A later ${later.kind} (${later.id}) is of the same topics; undo that one first.`, 'id');
}

async function putLabelsBack(sql: Sql, operation: string): Promise<void> {
  const questions = await sql.rows<{ id: string }>(
    `SELECT question.id FROM question
     WHERE id IN (SELECT question_id FROM topic_operation_label WHERE operation_id = $1) ORDER BY id FOR UPDATE`,
    [operation],
  );
  const stillAsItWas = `moved.operation_id = $1 AND label.question_id = moved.question_id
    AND label.said_by = moved.said_by AND label.topic_id = moved.to_topic`;
  await sql.rows(
    `DELETE FROM label USING topic_operation_label AS moved WHERE ${stillAsItWas} AND moved.from_topic IS NULL`,
    [operation],
  );
  await sql.rows(
    `UPDATE label SET topic_id = moved.from_topic FROM topic_operation_label AS moved
     WHERE ${stillAsItWas} AND moved.from_topic IS NOT NULL`,
    [operation],
  );
  for (let start = 0; start < questions.length; start += chunk)
    await refreshEffectiveLabels(
      sql,
      questions.slice(start, start + chunk).map(({ id }) => id),
    );
}
