import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Database, Sql } from '../persistence/database.js';
import { isId } from '../questions/checked-text.js';

/** A question that waits for a person, with what makes it valuable to look at. */
export interface ReviewItem {
  readonly questionId: string;
  /** 0 to 1. */
  readonly value: number;
  readonly uncertainty: number;
  readonly clusterSize: number;
  readonly ageDays: number;
  readonly claimedBy: string | null;
  readonly leaseUntil: Date | null;
  readonly annotations: number;
}

/** A verdict below this confidence is looked at by a person. */
const sureFrom = 0.8;
/** What uncertainty, cluster and age weigh; together 1. A label in a large cluster teaches more than one of its own. */
const weights = { uncertainty: 0.6, cluster: 0.25, age: 0.15 };
/** A cluster of so many questions, and so many days, count in full. */
const fullCluster = 200;
const fullAgeDays = 30;

/**
 * Questions that nobody but a model has labelled and of which it is not sure, and those that fewer people have labelled
 * than should. Not what the caller has decided already. `$1` is the caller, `$2` the overlap.
 */
const waiting = `
  SELECT question.id AS "questionId", question.seq, factors.uncertainty, factors."clusterSize", factors."ageDays",
    people.said AS annotations, claim.claimed_by AS "claimedBy", claim.lease_until AS "leaseUntil",
    ${weights.uncertainty} * factors.uncertainty
      + ${weights.cluster} * least(1, ln(1 + factors."clusterSize") / ln(1 + ${fullCluster}))
      + ${weights.age} * least(1, factors."ageDays" / ${fullAgeDays}) AS value
  FROM question
  LEFT JOIN classification AS verdict ON verdict.question_id = question.id
    AND verdict.text_hash = md5(question.text)
    AND verdict.head_id = (SELECT id FROM trained_head WHERE state = 'in_use')
  LEFT JOIN review_claim AS claim ON claim.question_id = question.id AND claim.lease_until > now()
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE verdict <> 'skip')::int AS said, coalesce(bool_or(annotator = $1), false) AS mine
    FROM annotation WHERE annotation.question_id = question.id
  ) AS people
  CROSS JOIN LATERAL (
    SELECT CASE WHEN verdict.unknown THEN 1.0 ELSE 1.0 - coalesce(verdict.confidence, 0.5) END AS uncertainty,
      extract(epoch FROM now() - question.created_at)::float8 / 86400 AS "ageDays",
      coalesce((
        SELECT cluster.size FROM clustering_member AS member
        JOIN cluster ON cluster.clustering_id = member.clustering_id AND cluster.cluster_index = member.cluster_index
        WHERE member.question_id = question.id
          AND member.clustering_id = (SELECT id FROM clustering WHERE finished ORDER BY seq DESC LIMIT 1)
      ), 0) AS "clusterSize"
  ) AS factors
  WHERE question.state <> 'archived' AND NOT people.mine AND people.said < $2
    AND (people.said > 0
      OR coalesce(question.topic_said_by, 'model') = 'model'
        AND (verdict.question_id IS NULL OR verdict.unknown OR verdict.confidence < ${sureFrom}))`;

const order = `ORDER BY value DESC, seq`;

/** The most valuable questions, claimed ones too. @param ask `first`: 1 to 100, 0: 20; `overlap`: people a question, 0: 1 */
export async function listReviewQueue(
  sql: Sql,
  caller: Caller,
  ask: { first: number; overlap: number; withTotal: boolean },
): Promise<{ items: ReviewItem[]; total?: number }> {
  requireRole(caller, 'editor');
  const { first, overlap } = checked(ask);
  const parameters = [actorOf(caller), overlap];
  const [counted] = ask.withTotal
    ? await sql.rows<{ total: number }>(`SELECT count(*) AS total FROM (${waiting}) AS waiting`, parameters)
    : [];
  const items = await sql.rows<ReviewItem>(`${waiting} ${order} LIMIT ${first}`, parameters);
  return { items, total: counted?.total };
}

/** Any number of its own: people who claim at the same time take turns, so that nobody gets what another just got. */
const claimLock = 7_246_006;

/**
 * Gives the caller the most valuable questions that nobody holds, until the lease ends. What it holds already comes
 * first, with a new lease, so that whoever comes back goes on where they were.
 */
export async function claimReview(
  database: Database,
  caller: Caller,
  ask: { first: number; overlap: number; leaseSeconds: number },
): Promise<ReviewItem[]> {
  requireRole(caller, 'editor');
  const { first, overlap } = checked(ask);
  const seconds = leaseOf(ask.leaseSeconds);
  return database.transaction(async (sql) => {
    await sql.rows('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    await sql.rows(`DELETE FROM review_claim WHERE lease_until <= now()`);
    const items = await sql.rows<ReviewItem>(
      `${waiting} AND (claim.claimed_by IS NULL OR claim.claimed_by = $1)
       ORDER BY claim.claimed_by IS NULL, value DESC, seq LIMIT ${first}`,
      [actorOf(caller), overlap],
    );
    const [lease] = await sql.rows<{ until: Date }>(`SELECT now() + make_interval(secs => $1::int) AS until`, [
      seconds,
    ]);
    await sql.rows(
      `INSERT INTO review_claim (question_id, claimed_by, lease_until) SELECT id, $2, $3 FROM unnest($1::uuid[]) AS id
       ON CONFLICT (question_id) DO UPDATE SET claimed_by = excluded.claimed_by, lease_until = excluded.lease_until`,
      [items.map(({ questionId }) => questionId), actorOf(caller), lease.until],
    );
    return items.map((item) => ({ ...item, claimedBy: actorOf(caller), leaseUntil: lease.until }));
  });
}

/** Extends leases. @returns the questions that the caller still holds */
export async function renewClaims(
  sql: Sql,
  caller: Caller,
  questionIds: readonly string[],
  leaseSeconds: number,
): Promise<string[]> {
  requireRole(caller, 'editor');
  const rows = await sql.rows<{ id: string }>(
    `UPDATE review_claim SET lease_until = now() + make_interval(secs => $3::int)
     WHERE question_id = ANY ($1::uuid[]) AND claimed_by = $2 AND lease_until > now() RETURNING question_id AS id`,
    [questionIds.filter(isId), actorOf(caller), leaseOf(leaseSeconds)],
  );
  return rows.map(({ id }) => id);
}

/** Gives questions back. @param questionIds empty: all that the caller holds */
export async function releaseClaims(sql: Sql, caller: Caller, questionIds: readonly string[]): Promise<string[]> {
  requireRole(caller, 'editor');
  const rows = await sql.rows<{ id: string }>(
    `DELETE FROM review_claim WHERE claimed_by = $1 AND ($2 OR question_id = ANY ($3::uuid[]))
     RETURNING question_id AS id`,
    [actorOf(caller), questionIds.length === 0, questionIds.filter(isId)],
  );
  return rows.map(({ id }) => id);
}

function checked(ask: { first: number; overlap: number }): { first: number; overlap: number } {
  const first = ask.first || 20;
  const overlap = ask.overlap || 1;
  if (first < 1 || first > 100)
    throw DomainError.invalid('first', `1 to 100 questions can be asked for; ${first} were.`);
  if (overlap < 1 || overlap > 20)
    throw DomainError.invalid('overlap', `1 to 20 people can label a question; ${overlap} were asked for.`);
  return { first, overlap };
}

function leaseOf(given: number): number {
  const seconds = given || 300;
  if (seconds < 30 || seconds > 3_600)
    throw DomainError.invalid('leaseSeconds', `A claim lasts 30 to 3,600 seconds; ${seconds} were asked for.`);
  return seconds;
}
