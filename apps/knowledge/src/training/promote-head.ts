import { DomainError, type CallContext, type InferenceClient } from '@cairn/contracts';
import { currentScope, defaultSpace } from '../access/scope.js';
import type { Database, Sql } from '../persistence/database.js';
import { findHeadInUse, headColumns, type HeadRecord } from './head-in-use.js';
import { recordPromotion, type PromotionReason } from './promotion-record.js';

/**
 * Puts a head in use: first in inference, which every replica of the model store follows, then here. A process that
 * dies between the two is repaired by `repairPromotion`.
 * @param guard runs in the transaction, for a job that must still be its worker's
 * @throws NOT_FOUND if there is no such head
 */
export async function promoteHead(
  database: Database,
  inference: InferenceClient,
  id: string,
  why: PromotionReason,
  context: CallContext,
  guard?: (sql: Sql) => Promise<void>,
): Promise<HeadRecord> {
  const [known] = await database.rows('SELECT 1 FROM trained_head WHERE id = $1', [id]);
  if (known === undefined) throw DomainError.notFound('head', id);
  await tellInference(inference, id, context);
  return database.transaction(async (sql) => {
    await guard?.(sql);
    return markInUse(sql, id, why);
  });
}

/**
 * The head that inference takes where nobody names one is that of the default space; in other spaces every call names
 * the head, so that theirs stay out of the way.
 */
export async function tellInference(inference: InferenceClient, id: string, context: CallContext): Promise<void> {
  if (currentScope().space === defaultSpace) await inference.promoteHead({ id }, { context });
}

/**
 * Follows inference where a promotion ended half-way: the head it has in use for our encoder becomes the one in use
 * here; if it has none (a new model store), it is told of ours.
 */
export async function repairPromotion(
  database: Database,
  inference: InferenceClient,
  context: CallContext,
): Promise<void> {
  const { heads } = await inference.listHeads({}, { context });
  const inUse = await findHeadInUse(database);
  const promoted = heads.filter((head) => head.inUse).map(({ id }) => id);
  if (inUse !== undefined && promoted.includes(inUse.id)) return;
  const [ours] = await database.rows<{ id: string }>(
    `SELECT trained_head.id FROM trained_head JOIN encoder ON encoder.id = trained_head.encoder AND encoder.in_use
     WHERE trained_head.id = ANY ($1)`,
    [promoted],
  );
  if (ours !== undefined) await database.transaction((sql) => markInUse(sql, ours.id, interrupted));
  else if (inUse !== undefined && heads.some(({ id }) => id === inUse.id))
    await inference.promoteHead({ id: inUse.id }, { context });
}

const interrupted: PromotionReason = {
  cause: 'unknown',
  reason: 'a promotion that was interrupted, finished at the next start',
  actor: '',
};

/** candidate or retired -> in_use, and the one that was in use -> retired; why is kept. */
export async function markInUse(sql: Sql, id: string, why: PromotionReason): Promise<HeadRecord> {
  const before = await findHeadInUse(sql);
  await recordPromotion(sql, id, before?.id, why);
  await sql.rows(`UPDATE trained_head SET state = 'retired' WHERE state = 'in_use' AND id <> $1`, [id]);
  const [head] = await sql.rows<HeadRecord>(
    `UPDATE trained_head
     SET state = 'in_use', promoted_at = CASE WHEN state = 'in_use' THEN promoted_at ELSE now() END
     WHERE id = $1 RETURNING ${headColumns}`,
    [id],
  );
  return head;
}
