import { requireRole, type Caller } from '../access/caller.js';
import { answersMissing } from '../embedding/embed-passages.js';
import type { Sql } from '../persistence/database.js';

export interface ContentStatus {
  readonly questions: number;
  readonly published: number;
  readonly answers: number;
  readonly topics: number;
  readonly labelled: number;
  readonly embedded: number;
  readonly classified: number;
  readonly unknown: number;
  readonly pendingSuggestions: number;
  /** Answers whose passages lack vectors of the encoder in use; all of them if there is none. */
  readonly answersWithoutPassages: number;
  readonly encoderId: string | null;
  readonly headId: string | null;
}

/** Counts for an overview. Vectors and verdicts of texts that have changed since do not count. */
export async function contentStatus(sql: Sql, caller: Caller): Promise<ContentStatus> {
  requireRole(caller, 'reader');
  const [status] = await sql.rows<ContentStatus>(
    `SELECT content.*, verdicts.*,
       (SELECT count(*) FROM answer) AS answers,
       (SELECT count(*) FROM topic WHERE state = 'active') AS topics,
       (SELECT count(*) FROM embedding JOIN question ON question.id = embedding.question_id
        WHERE embedding.encoder = encoder.id AND embedding.text_hash = md5(question.text)) AS embedded,
       (SELECT count(*) ${answersMissing('encoder.id')}) AS "answersWithoutPassages",
       (SELECT count(*) FROM suggestion WHERE state = 'pending') AS "pendingSuggestions",
       encoder.encoder_id AS "encoderId", head.id AS "headId"
     FROM (SELECT count(*) AS questions, count(*) FILTER (WHERE state = 'published') AS published,
             count(*) FILTER (WHERE topic_said_by <> 'model') AS labelled FROM question) AS content
     LEFT JOIN encoder ON encoder.in_use
     LEFT JOIN trained_head AS head ON head.state = 'in_use'
     CROSS JOIN LATERAL (
       SELECT count(*) AS classified, count(*) FILTER (WHERE unknown) AS unknown
       FROM classification JOIN question ON question.id = classification.question_id
       WHERE classification.head_id = head.id AND classification.text_hash = md5(question.text)
     ) AS verdicts`,
  );
  return status;
}
