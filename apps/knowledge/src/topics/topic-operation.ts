import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { readPage, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import { checkedId, isId } from '../questions/checked-text.js';
import type { TopicRow } from './topic-tree.js';

export type TopicOperationKind = 'move' | 'merge' | 'split';

/** A topic as it was before an operation. */
export interface TopicBefore {
  readonly id: string;
  readonly state: TopicRow['state'];
  readonly parentId: string | null;
  readonly mergedInto: string | null;
}

export interface TopicOperationRecord {
  readonly id: string;
  readonly seq: number;
  readonly kind: TopicOperationKind;
  readonly topicId: string;
  readonly targetIds: string[];
  /** Labels that it changed. */
  readonly labels: number;
  readonly before: readonly TopicBefore[];
  readonly doneBy: string;
  readonly createdAt: Date;
  readonly undoneBy: string | null;
  readonly undoneAt: Date | null;
}

const operations = {
  columns: `operation.id, operation.seq, operation.kind, operation.topic_id AS "topicId",
    operation.target_ids AS "targetIds", operation.labels, operation.before, operation.done_by AS "doneBy",
    operation.created_at AS "createdAt", operation.undone_by AS "undoneBy", operation.undone_at AS "undoneAt"`,
  tables: 'topic_operation AS operation',
  ordered: 'operation',
};

export const before = ({ id, state, parent_id, merged_into }: TopicRow): TopicBefore => ({
  id,
  state,
  parentId: parent_id,
  mergedInto: merged_into,
});

/** Remembers an operation that is about to be made. @returns its id */
export async function rememberOperation(
  sql: Sql,
  caller: Caller,
  operation: {
    kind: TopicOperationKind;
    topicId: string;
    before: readonly TopicBefore[];
    targetIds: readonly string[];
  },
): Promise<string> {
  const [{ id }] = await sql.rows<{ id: string }>(
    `INSERT INTO topic_operation (kind, topic_id, before, target_ids, done_by) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [operation.kind, operation.topicId, JSON.stringify(operation.before), operation.targetIds, actorOf(caller)],
  );
  return id;
}

/** Writes down how many labels an operation changed. */
export async function countLabels(sql: Sql, operationId: string): Promise<void> {
  await sql.rows(
    `UPDATE topic_operation SET labels = (SELECT count(*) FROM topic_operation_label WHERE operation_id = $1)
     WHERE id = $1`,
    [operationId],
  );
}

/** @throws NOT_FOUND */
export async function readOperation(sql: Sql, id: string, lock = false): Promise<TopicOperationRecord> {
  const [found] = await sql.rows<TopicOperationRecord>(
    `SELECT ${operations.columns} FROM ${operations.tables} WHERE id = $1 ${lock ? 'FOR UPDATE' : ''}`,
    [checkedId('topic operation', id)],
  );
  if (found === undefined) throw DomainError.notFound('topic operation', id);
  return found;
}

/** Operations, newest first. @param topicId empty: on all topics */
export async function listOperations(
  sql: Sql,
  caller: Caller,
  topicId: string,
  page: KeysetPage,
): Promise<PageOfRows<TopicOperationRecord>> {
  requireRole(caller, 'reader');
  const where = topicId === '' ? 'true' : isId(topicId) ? '(topic_id = $1 OR $1 = ANY (target_ids))' : 'false';
  return readPage(sql, { ...operations, where: [where], parameters: isId(topicId) ? [topicId] : [] }, page);
}
