import { actorOf, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import type { SuggestionRecord } from './suggestion-record.js';
import { decide, type SuggestionDecision } from './suggestion-state.js';

/** What a decision did, for whoever reads or undoes it later. */
export interface DecisionOutcome {
  readonly kind: SuggestionDecision;
  readonly topicId?: string;
  readonly madeTopic?: boolean;
  readonly reason?: string;
  /** The suggestion merged into, or the parts. */
  readonly otherIds?: readonly string[];
  readonly titleAfter?: string;
  /** Questions that it gave a label; they had none by a person before. */
  readonly labelledIds?: readonly string[];
}

/** Rows of suggestions as they are now, to be restored by an undo. Call it before anything is changed. */
export async function rememberSuggestions(sql: Sql, ids: readonly string[]): Promise<unknown> {
  const [{ rows }] = await sql.rows<{ rows: unknown }>(
    `SELECT jsonb_agg(to_jsonb(suggestion) - 'vector' ORDER BY id) AS rows FROM suggestion WHERE id = ANY ($1::uuid[])`,
    [ids],
  );
  return rows;
}

/**
 * Writes a decision down and gives the suggestion its new state, in the transaction of its effects.
 * @param before from `rememberSuggestions`
 */
export async function recordDecision(
  sql: Sql,
  caller: Caller,
  decisionId: string,
  suggestion: SuggestionRecord,
  outcome: DecisionOutcome,
  before: unknown,
): Promise<void> {
  const { kind, topicId, madeTopic = false, reason = '', otherIds = [], labelledIds = [] } = outcome;
  const titleAfter = outcome.titleAfter ?? suggestion.title;
  await sql.rows(
    `INSERT INTO suggestion_decision (id, suggestion_id, kind, decided_by, reason, topic_id, made_topic, other_ids,
       labelled, title_before, title_after, before)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      decisionId,
      suggestion.id,
      kind,
      actorOf(caller),
      reason,
      topicId ?? null,
      madeTopic,
      otherIds,
      labelledIds.length,
      suggestion.title,
      titleAfter,
      JSON.stringify(before),
    ],
  );
  await sql.rows(`INSERT INTO suggestion_decision_label (decision_id, question_id) SELECT $1, unnest($2::uuid[])`, [
    decisionId,
    labelledIds,
  ]);
  if (kind === 'rename') {
    await sql.rows('UPDATE suggestion SET title = $2, renamed = true, version = version + 1 WHERE id = $1', [
      suggestion.id,
      titleAfter,
    ]);
    return;
  }
  await sql.rows(
    `UPDATE suggestion SET state = $2, topic_id = $3, merged_into_id = $4, decided_by = $5, decided_at = now(),
       reason = $6, version = version + 1 WHERE id = $1`,
    [
      suggestion.id,
      decide(suggestion.state, kind),
      topicId ?? null,
      kind === 'merge' ? (otherIds[0] ?? null) : null,
      actorOf(caller),
      reason,
    ],
  );
}
