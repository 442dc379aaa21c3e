import { DomainError } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import type { PromotionRule } from './promotion-rule.js';

const columns = `enabled, min_accuracy_gain AS "minAccuracyGain", max_p_value AS "maxPValue", max_ece AS "maxEce"`;

/** Where nobody has set one: off, and what an admin may start from. */
const noRule: PromotionRule = { enabled: false, minAccuracyGain: 0, maxPValue: 0.05, maxEce: 0.1 };

export async function readPromotionRule(sql: Sql): Promise<PromotionRule> {
  const [last] = await sql.rows<PromotionRule>(`SELECT ${columns} FROM promotion_rule ORDER BY seq DESC LIMIT 1`);
  return last ?? noRule;
}

/**
 * @param changes what is absent or null stays as it is
 * @throws INVALID_INPUT naming a share that is none
 */
export async function writePromotionRule(
  sql: Sql,
  changes: { readonly [K in keyof PromotionRule]?: PromotionRule[K] | null },
  actor: string,
): Promise<PromotionRule> {
  const now = await readPromotionRule(sql);
  const enabled = changes.enabled ?? now.enabled;
  const minAccuracyGain = changes.minAccuracyGain ?? now.minAccuracyGain;
  const maxPValue = changes.maxPValue ?? now.maxPValue;
  const maxEce = changes.maxEce ?? now.maxEce;
  if (!(minAccuracyGain >= -1 && minAccuracyGain <= 1))
    throw DomainError.invalid(
      'minAccuracyGain',
      `minAccuracyGain is a difference of shares from -1 to 1, for example 0.005; got ${minAccuracyGain}.`,
    );
  for (const [field, share] of Object.entries({ maxPValue, maxEce }))
    if (!(share >= 0 && share <= 1))
      throw DomainError.invalid(field, `${field} is a share from 0 to 1, for example 0.05; got ${share}.`);
  const [stored] = await sql.rows<PromotionRule>(
    `INSERT INTO promotion_rule (enabled, min_accuracy_gain, max_p_value, max_ece, changed_by)
     VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`,
    [enabled, minAccuracyGain, maxPValue, maxEce, actor],
  );
  return stored;
}
