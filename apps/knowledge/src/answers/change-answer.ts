import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { refuseDeleted } from '../editing/content-kind.js';
import { once } from '../persistence/idempotent-result.js';
import { lockVersion } from '../persistence/lock-version.js';
import type { StateChange } from '../questions/change-question.js';
import { checkedText, isId } from '../questions/checked-text.js';
import { checkTransition, type ContentState } from '../questions/content-state.js';

/** Answers may be longer than questions: they are searched by words, not encoded. */
export const maxAnswerLength = 131_072;

export interface NewAnswer {
  readonly questionId: string;
  readonly body: string;
  readonly idempotencyKey: string;
}

/** A draft, whatever state its question is in. @returns the answer's id; run it inside a transaction */
export async function createAnswer(sql: Sql, caller: Caller, answer: NewAnswer): Promise<string> {
  requireRole(caller, 'editor');
  const body = checkedText(answer.body, 'body', maxAnswerLength);
  const call = { actor: actorOf(caller), operation: 'createAnswer', key: answer.idempotencyKey };
  return once(sql, call, async (id) => {
    const questions = isId(answer.questionId)
      ? await sql.rows('SELECT 1 FROM question WHERE id = $1 AND deleted_at IS NULL', [answer.questionId])
      : [];
    if (questions.length === 0) throw DomainError.notFound('question', answer.questionId);
    await sql.rows(`INSERT INTO answer (id, question_id, body, state) VALUES ($1, $2, $3, 'draft')`, [
      id,
      answer.questionId,
      body,
    ]);
  });
}

/** What a change has to know of the answer it locks. */
interface LockedAnswer {
  readonly state: ContentState;
  readonly version: number;
  readonly deleted_at: Date | null;
}

async function lockAnswer(sql: Sql, change: { id: string; expectedVersion: number }): Promise<LockedAnswer> {
  const answer = await lockVersion<LockedAnswer>(sql, 'answer', change.id, change.expectedVersion);
  refuseDeleted('answer', answer);
  return answer;
}

export async function updateAnswer(
  sql: Sql,
  caller: Caller,
  change: { id: string; expectedVersion: number; body: string },
): Promise<void> {
  requireRole(caller, 'editor');
  const body = checkedText(change.body, 'body', maxAnswerLength);
  await lockAnswer(sql, change);
  await sql.rows(
    `UPDATE answer SET body = $2, version = version + 1, updated_at = now() WHERE id = $1 AND body <> $2`,
    [change.id, body],
  );
}

export async function setAnswerState(sql: Sql, caller: Caller, change: StateChange): Promise<void> {
  requireRole(caller, 'editor');
  if (change.state === 'incoming')
    throw DomainError.invalid('state', 'An answer is draft, in review, published or archived, never incoming.');
  const answer = await lockAnswer(sql, change);
  checkTransition('answer', answer.state, change.state);
  await sql.rows(
    `UPDATE answer SET state = $2, version = version + 1, updated_at = now(),
       publish_at = CASE WHEN $2 NOT IN ('published', 'archived') THEN publish_at END
     WHERE id = $1 AND state <> $2`,
    [change.id, change.state],
  );
}
