import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import { changing } from '../persistence/changing.js';
import type { Database, Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import { setQuestionState } from '../questions/change-question.js';
import { isId } from '../questions/checked-text.js';
import { removeLabels, writeLabels } from '../questions/effective-label.js';

export type ReviewVerdict = 'topic' | 'none' | 'skip' | 'archive';

export interface ReviewDecision {
  readonly questionId: string;
  readonly expectedVersion: number;
  readonly verdict: ReviewVerdict;
  /** With "topic". */
  readonly topicId: string;
}

export type DecisionResult = { readonly questionId: string } & (
  { readonly version: number } | { readonly error: DomainError }
);

const maxDecisions = 200;

/**
 * Makes decisions one by one, each in a transaction of its own: one that is refused leaves the others alone.
 * @returns one result per decision, in order
 */
export async function decideReview(
  database: Database,
  caller: Caller,
  decisions: readonly ReviewDecision[],
): Promise<DecisionResult[]> {
  requireRole(caller, 'editor');
  if (decisions.length < 1 || decisions.length > maxDecisions)
    throw DomainError.invalid(
      'decisions',
      `1 to ${maxDecisions} decisions are taken at once; got ${decisions.length}.`,
    );
  const results: DecisionResult[] = [];
  for (const decision of decisions) {
    const { questionId } = decision;
    try {
      results.push({ questionId, version: await changing(database, caller, (sql) => decide(sql, caller, decision)) });
    } catch (error) {
      // What concerns this question only; anything else concerns them all.
      if (!(error instanceof DomainError) || !perItem.has(error.code)) throw error;
      results.push({ questionId, error });
    }
  }
  return results;
}

const perItem = new Set(['NOT_FOUND', 'INVALID_INPUT', 'CONFLICT']);

async function decide(sql: Sql, caller: Caller, decision: ReviewDecision): Promise<number> {
  const { questionId: id, expectedVersion, verdict, topicId } = decision;
  const actor = actorOf(caller);
  await lockVersion(sql, 'question', id, expectedVersion);
  await refuseClaimed(sql, id, actor);
  if (verdict === 'archive') await setQuestionState(sql, caller, { id, expectedVersion, state: 'archived' });
  else {
    if (verdict === 'topic') await checkTopic(sql, topicId);
    await sql.rows(
      `INSERT INTO annotation (question_id, annotator, verdict, topic_id) VALUES ($1, $2, $3, $4)
       ON CONFLICT (question_id, annotator) DO UPDATE
         SET verdict = excluded.verdict, topic_id = excluded.topic_id, created_at = now()`,
      [id, actor, verdict, verdict === 'topic' ? topicId : null],
    );
    if (verdict !== 'skip') await labelByMajority(sql, id, actor);
  }
  await sql.rows(`DELETE FROM review_claim WHERE question_id = $1`, [id]);
  const [{ version }] = await sql.rows<{ version: number }>(`SELECT version FROM question WHERE id = $1`, [id]);
  return version;
}

async function refuseClaimed(sql: Sql, id: string, actor: string): Promise<void> {
  const [claim] = await sql.rows<{ claimed_by: string; lease_until: Date }>(
    `SELECT claimed_by, lease_until FROM review_claim WHERE question_id = $1 AND claimed_by <> $2 AND lease_until > now()`,
    [id, actor],
  );
  if (claim !== undefined)
    throw DomainError.conflict(
      `"${claim.claimed_by}" is looking at this question until ${claim.lease_until.toISOString()}; take another.`,
      'questionId',
    );
}

async function checkTopic(sql: Sql, id: string): Promise<void> {
  const [topic] = isId(id) ? await sql.rows<{ state: string }>('SELECT state FROM topic WHERE id = $1', [id]) : [];
  if (topic === undefined)
    throw DomainError.invalid('topicId', `There is no topic "${id}"; create it first or choose another.`);
  if (topic.state === 'archived') throw DomainError.conflict('This topic is archived; choose another.', 'topicId');
}

/**
 * The label of people is what most of them said; where two topics have as many votes, or "no topic" has most, there is
 * none, and the question stays disputed.
 */
async function labelByMajority(sql: Sql, id: string, actor: string): Promise<void> {
  const said = await sql.rows<{ topic_id: string | null; votes: number }>(
    `SELECT topic_id, count(*) AS votes FROM annotation WHERE question_id = $1 AND verdict <> 'skip'
     GROUP BY topic_id ORDER BY votes DESC LIMIT 2`,
    [id],
  );
  const [most, next] = said;
  const topicId = most.topic_id !== null && most.votes > (next?.votes ?? 0) ? most.topic_id : undefined;
  if (topicId === undefined) await removeLabels(sql, [id], 'person');
  else await writeLabels(sql, { questionIds: [id], topicIds: [topicId], saidBy: 'person', actor });
}
