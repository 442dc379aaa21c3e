import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import { before, countLabels, rememberOperation } from './topic-operation.js';
import { lockTopic, lockTree, type TopicRow } from './topic-tree.js';

/**
 * Gives the labels and the children of one topic to another; the one is archived and leads to the other. A number of
 * statements that does not depend on how many labels there are. Run it inside a transaction.
 * @returns the operation's id
 */
export async function mergeTopics(
  sql: Sql,
  caller: Caller,
  { id, expectedVersion, intoId }: { id: string; expectedVersion: number; intoId: string },
): Promise<string> {
  requireRole(caller, 'admin');
  await lockTree(sql);
  const topic = await lockVersion<TopicRow>(sql, 'topic', id, expectedVersion);
  if (topic.id === intoId.toLowerCase()) throw DomainError.invalid('intoId', 'A topic cannot be merged into itself.');
  const into = await lockTopic(sql, intoId);
  if (into.state === 'archived' || topic.state === 'archived')
    throw DomainError.conflict(
      `The topic "${(into.state === 'archived' ? into : topic).title}" is archived; make it active first.`,
      into.state === 'archived' ? 'intoId' : 'id',
      topic.version,
    );
  const children = await sql.rows<TopicRow>(`SELECT * FROM topic WHERE parent_id = $1 ORDER BY id FOR UPDATE`, [
    topic.id,
  ]);
  const operation = await rememberOperation(sql, caller, {
    kind: 'merge',
    topicId: topic.id,
    before: [topic, into, ...children].map(before),
    targetIds: [into.id],
  });
  await moveLabels(sql, operation, topic.id, into.id);
  await countLabels(sql, operation);
  await sql.rows(
    // If it lies below the topic that goes, the one that stays takes its place: otherwise it would lie below itself.
    `WITH RECURSIVE above (id, parent_id, step) AS (
       SELECT id, parent_id, 1 FROM topic WHERE id = $1
       UNION ALL
       SELECT next.id, next.parent_id, step + 1 FROM above JOIN topic AS next ON next.id = above.parent_id
       WHERE step < 100
     )
     UPDATE topic SET parent_id = $3, version = version + 1, updated_at = now()
     WHERE id = $1 AND EXISTS (SELECT 1 FROM above WHERE above.parent_id = $2)`,
    [into.id, topic.id, topic.parent_id],
  );
  await sql.rows(
    `UPDATE topic SET parent_id = $2, version = version + 1, updated_at = now() WHERE parent_id = $1 AND id <> $2`,
    [topic.id, into.id],
  );
  await sql.rows(
    `UPDATE topic SET state = 'archived', merged_into = $2, version = version + 1, updated_at = now() WHERE id = $1`,
    [topic.id, into.id],
  );
  return operation;
}

async function moveLabels(sql: Sql, operation: string, from: string, to: string): Promise<void> {
  await sql.rows(
    `SELECT 1 FROM question WHERE id IN (SELECT question_id FROM label WHERE topic_id = $1) ORDER BY id FOR UPDATE`,
    [from],
  );
  await sql.rows(
    `INSERT INTO topic_operation_label (operation_id, question_id, said_by, from_topic, to_topic)
     SELECT $1, question_id, said_by, topic_id, $3 FROM label WHERE topic_id = $2`,
    [operation, from, to],
  );
  await sql.rows(`UPDATE label SET topic_id = $2 WHERE topic_id = $1`, [from, to]);
  await sql.rows(`UPDATE question SET topic_id = $2, version = version + 1, updated_at = now() WHERE topic_id = $1`, [
    from,
    to,
  ]);
}
