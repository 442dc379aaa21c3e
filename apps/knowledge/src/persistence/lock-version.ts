import { DomainError } from '@cairn/contracts';
import { checkedId } from '../questions/checked-text.js';
import type { Sql } from './database.js';

/**
 * Locks a row for the rest of the transaction, if it still has the version its caller has read.
 * @returns the row's columns
 * @throws NOT_FOUND if there is none, CONFLICT with the version it has now, INVALID_INPUT without a version
 */
export async function lockVersion<Row>(
  sql: Sql,
  table: 'question' | 'answer' | 'topic' | 'suggestion',
  id: string,
  expectedVersion: number,
): Promise<Row> {
  if (expectedVersion < 1)
    throw DomainError.invalid('expectedVersion', `Give the version of the ${table} that you have read.`);
  const [row] = await sql.rows<Row & { version: number }>(`SELECT * FROM ${table} WHERE id = $1 FOR UPDATE`, [
    checkedId(table, id),
  ]);
  if (row === undefined) throw DomainError.notFound(table, id);
  if (row.version !== expectedVersion)
    throw DomainError.conflict(
      `The ${table} has version ${row.version} now, not ${expectedVersion}. Read it again and repeat the change.`,
      'expectedVersion',
      row.version,
    );
  return row;
}
