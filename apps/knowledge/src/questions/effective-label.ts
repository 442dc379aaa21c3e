import type { Sql } from '../persistence/database.js';

/** Who said that a question belongs to a topic, strongest first: a person outranks an import, an import a model. */
export type SaidBy = 'person' | 'import' | 'model';

export interface LabelWrites {
  /** One entry per label; `topicIds[i]` is the topic of `questionIds[i]`. Questions that do not exist are left out. */
  readonly questionIds: readonly string[];
  readonly topicIds: readonly string[];
  readonly saidBy: SaidBy;
  /** The key's name, the import's source, or the head's id. */
  readonly actor: string;
}

/**
 * Writes labels of one kind and brings `question.topic_id` and `question.topic_said_by` up to date: four statements,
 * however many labels. Run it inside a transaction. Labels that say the same again change nothing.
 * @returns ids of the questions whose effective label changed
 * @throws foreign key violation (23503) if a topic does not exist
 */
export async function writeLabels(sql: Sql, writes: LabelWrites): Promise<string[]> {
  const { questionIds, topicIds, saidBy, actor } = writes;
  if (questionIds.length !== topicIds.length) throw new RangeError('One topic per question.');
  if (questionIds.length === 0) return [];
  await lockQuestions(sql, questionIds);
  await sql.rows(
    `INSERT INTO label AS old (question_id, said_by, topic_id, actor)
     SELECT DISTINCT ON (given.question_id) given.question_id, $3, given.topic_id, $4
     FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS given (question_id, topic_id, place)
     JOIN question ON question.id = given.question_id
     ORDER BY given.question_id, given.place DESC
     ON CONFLICT (question_id, said_by) DO UPDATE
       SET topic_id = excluded.topic_id, actor = excluded.actor, created_at = now()
       WHERE old.topic_id <> excluded.topic_id OR old.actor <> excluded.actor`,
    [questionIds, topicIds, saidBy, actor],
  );
  return refreshEffectiveLabels(sql, questionIds);
}

/**
 * Takes back labels of one kind; the next strongest holds again. Run it inside a transaction.
 * @returns ids of the questions whose effective label changed
 */
export async function removeLabels(sql: Sql, questionIds: readonly string[], saidBy: SaidBy): Promise<string[]> {
  if (questionIds.length === 0) return [];
  await lockQuestions(sql, questionIds);
  await sql.rows(`DELETE FROM label WHERE question_id = ANY ($1::uuid[]) AND said_by = $2`, [questionIds, saidBy]);
  return refreshEffectiveLabels(sql, questionIds);
}

/** Locks questions in the order of ids, so that two writers of the same questions wait for each other and do not deadlock. */
export async function lockQuestions(sql: Sql, questionIds: readonly string[]): Promise<void> {
  await sql.rows(`SELECT 1 FROM question WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`, [questionIds]);
}

/** Copies the strongest label of each question into it. @returns ids of those that changed */
export async function refreshEffectiveLabels(sql: Sql, questionIds: readonly string[]): Promise<string[]> {
  const changed = await sql.rows<{ id: string }>(
    `UPDATE question
     SET topic_id = effective.topic_id, topic_said_by = effective.said_by,
         version = question.version + 1, updated_at = now()
     FROM (
       SELECT DISTINCT ON (asked.id) asked.id, label.topic_id, label.said_by
       FROM unnest($1::uuid[]) AS asked (id)
       LEFT JOIN label ON label.question_id = asked.id
       ORDER BY asked.id, array_position(ARRAY['person', 'import', 'model'], label.said_by)
     ) AS effective
     WHERE question.id = effective.id
       AND (question.topic_id IS DISTINCT FROM effective.topic_id
            OR question.topic_said_by IS DISTINCT FROM effective.said_by)
     RETURNING question.id`,
    [questionIds],
  );
  return changed.map(({ id }) => id);
}
