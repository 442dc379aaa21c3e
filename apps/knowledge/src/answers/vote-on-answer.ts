import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { readPage, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import { checkedId, optionalText } from '../questions/checked-text.js';

export interface GivenVote {
  readonly answerId: string;
  /** Undefined: the vote is taken back. */
  readonly helpful?: boolean;
  readonly comment: string;
  /** Which of the caller's people votes; empty: the caller itself. */
  readonly voter: string;
}

/**
 * A vote on a published answer, in place of the one the same voter gave before: one row a voter, and the counts of the
 * answer in the same transaction. Its version stays, so that nobody who edits it is disturbed.
 * @returns the answer's version
 * @throws NOT_FOUND if there is no such published answer
 */
export async function voteOnAnswer(sql: Sql, caller: Caller, vote: GivenVote): Promise<number> {
  requireRole(caller, 'reader');
  const comment = optionalText(vote.comment, 'comment', 2_000);
  const person = optionalText(vote.voter, 'voter', 200);
  const voter = JSON.stringify(person === '' ? [actorOf(caller)] : [actorOf(caller), person]);
  const id = checkedId('answer', vote.answerId);
  const [answer] = await sql.rows<{ version: number }>(
    `SELECT version FROM answer WHERE id = $1 AND state = 'published'
       AND EXISTS (SELECT 1 FROM question WHERE question.id = question_id AND question.state = 'published') FOR UPDATE`,
    [id],
  );
  if (answer === undefined) throw DomainError.notFound('published answer', vote.answerId);
  const [last] = await sql.rows<{ helpful: boolean }>(
    `DELETE FROM answer_vote WHERE answer_id = $1 AND voter = $2 RETURNING helpful`,
    [id, voter],
  );
  if (vote.helpful !== undefined)
    await sql.rows(`INSERT INTO answer_vote (answer_id, voter, helpful, comment) VALUES ($1, $2, $3, $4)`, [
      id,
      voter,
      vote.helpful,
      comment,
    ]);
  const change = (helpful: boolean) => Number(vote.helpful === helpful) - Number(last?.helpful === helpful);
  await sql.rows(`UPDATE answer SET helpful = helpful + $2, unhelpful = unhelpful + $3 WHERE id = $1`, [
    id,
    change(true),
    change(false),
  ]);
  return answer.version;
}

export interface VoteRecord {
  readonly seq: number;
  readonly helpful: boolean;
  readonly comment: string;
  readonly updatedAt: Date;
}

/** Votes on an answer, newest first; who gave them is not told. */
export function listVotes(
  sql: Sql,
  caller: Caller,
  answerId: string,
  page: KeysetPage,
): Promise<PageOfRows<VoteRecord>> {
  requireRole(caller, 'editor');
  const list = {
    columns: 'vote.seq, vote.helpful, vote.comment, vote.updated_at AS "updatedAt"',
    tables: 'answer_vote AS vote',
    ordered: 'vote',
    where: ['vote.answer_id = $1'],
    parameters: [checkedId('answer', answerId)],
  };
  return readPage(sql, list, page);
}

/** Answers that so many found unhelpful that somebody should look at them, newest first. */
export function listFlaggedAnswers(
  sql: Sql,
  caller: Caller,
  page: KeysetPage,
): Promise<PageOfRows<{ seq: number; id: string }>> {
  requireRole(caller, 'reader');
  const where = [`answer.flagged AND answer.state <> 'archived'`];
  return readPage(
    sql,
    { columns: 'answer.seq, answer.id', tables: 'answer', ordered: 'answer', where, parameters: [] },
    page,
  );
}
