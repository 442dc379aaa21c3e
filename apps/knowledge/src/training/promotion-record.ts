import { DomainError, knowledgeV1 } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';

/** Why a head is put in use. `unknown`: its reason was lost, or is from before reasons were kept. */
export interface PromotionReason {
  readonly cause: 'person' | 'training' | 'rule' | 'rollback' | 'unknown';
  readonly reason: string;
  readonly actor: string;
  readonly evaluationId?: string;
}

/** A row of `promotion`. */
export interface PromotionRecord {
  readonly id: string;
  readonly seq: number;
  readonly head_id: string;
  readonly previous_id: string | null;
  readonly cause: PromotionReason['cause'];
  readonly reason: string;
  readonly actor: string;
  readonly evaluation_id: string | null;
  readonly created_at: Date;
}

/**
 * Keeps why a head was put in use. A repair at start may have done so without knowing why: then the reason is put in
 * when the job that wanted it comes round again.
 */
export async function recordPromotion(
  sql: Sql,
  headId: string,
  previousId: string | undefined,
  { cause, reason, actor, evaluationId }: PromotionReason,
): Promise<void> {
  if (previousId === headId) {
    await sql.rows(
      `UPDATE promotion SET cause = $2, reason = $3, actor = $4, evaluation_id = $5
       WHERE seq = (SELECT max(seq) FROM promotion) AND head_id = $1 AND cause = 'unknown'`,
      [headId, cause, reason, actor, evaluationId ?? null],
    );
    return;
  }
  await sql.rows(
    `INSERT INTO promotion (head_id, previous_id, cause, reason, actor, evaluation_id) VALUES ($1, $2, $3, $4, $5, $6)`,
    [headId, previousId ?? null, cause, reason, actor, evaluationId ?? null],
  );
}

/**
 * The head to go back to: the one that was in use before the present one was promoted. Going back is not counted as a
 * promotion here, so that going back twice goes back two steps.
 * @throws CONFLICT if there is none
 */
export async function headBefore(sql: Sql): Promise<string> {
  const [found] = await sql.rows<{ previous_id: string | null }>(
    `SELECT previous_id FROM promotion JOIN trained_head ON trained_head.id = promotion.head_id
     WHERE trained_head.state = 'in_use' AND cause <> 'rollback' ORDER BY promotion.seq DESC LIMIT 1`,
  );
  if (found?.previous_id != null) return found.previous_id;
  throw DomainError.conflict('There is no head to go back to: the one in use was the first.', 'id');
}

const causes: Record<PromotionReason['cause'], knowledgeV1.PromotionCause> = {
  person: knowledgeV1.PromotionCause.PROMOTION_CAUSE_PERSON,
  training: knowledgeV1.PromotionCause.PROMOTION_CAUSE_TRAINING,
  rule: knowledgeV1.PromotionCause.PROMOTION_CAUSE_RULE,
  rollback: knowledgeV1.PromotionCause.PROMOTION_CAUSE_ROLLBACK,
  unknown: knowledgeV1.PromotionCause.PROMOTION_CAUSE_UNSPECIFIED,
};

/** A row as the contract's Promotion. */
export function promotionToMessage(row: PromotionRecord): knowledgeV1.Promotion {
  return {
    id: row.id,
    headId: row.head_id,
    previousHeadId: row.previous_id ?? '',
    cause: causes[row.cause],
    reason: row.reason,
    actor: row.actor,
    evaluationId: row.evaluation_id ?? '',
    createdAtMs: row.created_at.getTime(),
  };
}
