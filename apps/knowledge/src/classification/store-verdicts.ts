import type { Database, Sql } from '../persistence/database.js';
import { removeLabels, writeLabels } from '../questions/effective-label.js';
import { assignToSuggestions } from '../suggestions/assign-later.js';

/** What a head says of one question. */
export interface Verdict {
  readonly questionId: string;
  readonly textHash: string;
  readonly unknown: boolean;
  /** The most probable topic, also if `unknown`: the nearest. */
  readonly topicId: string;
  readonly confidence: number;
}

/**
 * Stores verdicts and what follows from them: a known question gets its topic as a label said by the model, an unknown
 * one loses such a label. A topic that was archived after the head was trained is stored as the verdict but labels
 * nothing. Unknown ones that no run has seen yet go to the nearest pending suggestion. One transaction; the same verdicts again change nothing.
 * @param onStored called in that transaction
 */
export async function storeVerdicts(
  database: Database,
  headId: string,
  verdicts: readonly Verdict[],
  onStored: (sql: Sql) => Promise<void>,
): Promise<void> {
  await database.transaction(async (sql) => {
    await onStored(sql);
    await sql.rows(
      `INSERT INTO classification (question_id, head_id, text_hash, unknown, topic_id, confidence)
       SELECT question_id, $1, text_hash, unknown, topic_id, confidence
       FROM unnest($2::uuid[], $3::text[], $4::boolean[], $5::uuid[], $6::real[])
         AS given (question_id, text_hash, unknown, topic_id, confidence)
       ON CONFLICT (question_id) DO UPDATE SET head_id = excluded.head_id, text_hash = excluded.text_hash,
         unknown = excluded.unknown, topic_id = excluded.topic_id, confidence = excluded.confidence, created_at = now()`,
      [
        headId,
        verdicts.map(({ questionId }) => questionId),
        verdicts.map(({ textHash }) => textHash),
        verdicts.map(({ unknown }) => unknown),
        verdicts.map(({ topicId }) => topicId),
        verdicts.map(({ confidence }) => confidence),
      ],
    );
    const archived = new Set(
      (await sql.rows<{ id: string }>(`SELECT id FROM topic WHERE state = 'archived'`)).map(({ id }) => id),
    );
    const labels = (verdict: Verdict) => !verdict.unknown && !archived.has(verdict.topicId);
    const known = verdicts.filter(labels);
    await writeLabels(sql, {
      questionIds: known.map(({ questionId }) => questionId),
      topicIds: known.map(({ topicId }) => topicId),
      saidBy: 'model',
      actor: headId,
    });
    const others = verdicts.filter((verdict) => !labels(verdict)).map(({ questionId }) => questionId);
    await removeLabels(sql, others, 'model');
    const unknown = verdicts.filter((verdict) => verdict.unknown).map(({ questionId }) => questionId);
    await assignToSuggestions(sql, unknown);
  });
}
