import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import type { DeletableKind } from './content-kind.js';

/** Which thing, as the person who changes it has seen it. */
export interface SeenContent {
  readonly kind: DeletableKind;
  readonly id: string;
  readonly expectedVersion: number;
}
interface Row {
  readonly version: number;
  readonly deleted_at: Date | null;
}

/**
 * Deletes content so that it can be taken back: until then nobody sees it, and it is archived for whoever leaves out
 * what is archived. Run it inside a transaction, as the others here. @returns the version that holds now
 */
export async function deleteContent(sql: Sql, caller: Caller, { kind, id, expectedVersion }: SeenContent) {
  requireRole(caller, 'editor');
  const row = await lockVersion<Row>(sql, kind, id, expectedVersion);
  if (row.deleted_at !== null) return row.version;
  const [{ version }] = await sql.rows<{ version: number }>(
    `UPDATE ${kind} SET deleted_at = now(), state_before_deletion = state, state = 'archived', publish_at = NULL,
       version = version + 1, updated_at = now() WHERE id = $1 RETURNING version`,
    [id],
  );
  return version;
}

/** Takes deleted content back, in the state it had. */
export async function undeleteContent(sql: Sql, caller: Caller, { kind, id, expectedVersion }: SeenContent) {
  requireRole(caller, 'editor');
  const row = await lockVersion<Row>(sql, kind, id, expectedVersion);
  if (row.deleted_at === null) return row.version;
  const [{ version }] = await sql.rows<{ version: number }>(
    `UPDATE ${kind} SET state = state_before_deletion, deleted_at = NULL, state_before_deletion = NULL,
       version = version + 1, updated_at = now() WHERE id = $1 RETURNING version`,
    [id],
  );
  return version;
}

/** Removes deleted content for ever. @throws CONFLICT if it is not deleted */
export async function purgeContent(sql: Sql, caller: Caller, { kind, id, expectedVersion }: SeenContent) {
  requireRole(caller, 'admin');
  const row = await lockVersion<Row>(sql, kind, id, expectedVersion);
  if (row.deleted_at === null)
    throw DomainError.conflict(`Only what is deleted can be purged; delete this ${kind} first.`, 'id', row.version);
  await (kind === 'question' ? purgeQuestions(sql, [id]) : purgeAnswers(sql, [id]));
}

/** Things that go in one transaction. */
const purgedAtOnce = 1_000;

/** Purges what was deleted before a date, at most 1,000 things. */
export async function purgeDeleted(
  sql: Sql,
  caller: Caller,
  deletedBefore: Date,
): Promise<{ questions: number; answers: number; more: boolean }> {
  requireRole(caller, 'admin');
  const due = async (kind: DeletableKind, limit: number) => {
    const rows = await sql.rows<{ id: string }>(
      `SELECT id FROM ${kind} WHERE deleted_at < $1 ORDER BY deleted_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`,
      [deletedBefore],
    );
    return rows.map(({ id }) => id);
  };
  const answers = await due('answer', purgedAtOnce);
  await purgeAnswers(sql, answers);
  const questions = await due('question', purgedAtOnce - answers.length);
  await purgeQuestions(sql, questions);
  const more = answers.length + questions.length === purgedAtOnce;
  return { questions: questions.length, answers: answers.length, more };
}

async function purgeAnswers(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await forget(sql, 'answer', ids);
  await sql.rows(`DELETE FROM answer WHERE id = ANY ($1::uuid[])`, [ids]);
}

/** With their answers, labels, vectors and verdicts, which follow by foreign keys. */
async function purgeQuestions(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const answers = await sql.rows<{ id: string }>(`SELECT id FROM answer WHERE question_id = ANY ($1::uuid[])`, [ids]);
  await forget(
    sql,
    'answer',
    answers.map(({ id }) => id),
  );
  await forget(sql, 'question', ids);
  await sql.rows(`DELETE FROM slug_redirect WHERE entity = 'question' AND entity_id = ANY ($1::uuid[])`, [ids]);
  await sql.rows(`DELETE FROM question WHERE id = ANY ($1::uuid[])`, [ids]);
}

/** What is kept of them elsewhere, without a foreign key. */
async function forget(sql: Sql, kind: DeletableKind, ids: readonly string[]): Promise<void> {
  await sql.rows(`DELETE FROM content_version WHERE entity = $1 AND entity_id = ANY ($2::uuid[])`, [kind, ids]);
  await sql.rows(`DELETE FROM idempotent_result WHERE entity_id = ANY ($1::text[])`, [ids]);
}
