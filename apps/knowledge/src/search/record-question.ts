import { randomUUID } from 'node:crypto';
import type { Database, Sql } from '../persistence/database.js';
import { insertQuestion } from '../questions/change-question.js';
import { writeLabels } from '../questions/effective-label.js';
import { assignToSuggestions } from '../suggestions/assign-later.js';
import type { EncodedText } from './ask-question.js';
import { vectorParameter } from './nearest.js';

/** Keeps an asked text as an incoming question, with the vector and the verdict that were made for it. */
export async function recordQuestion(database: Database, text: string, encoded: EncodedText): Promise<string> {
  const id = randomUUID();
  await database.transaction(async (sql) => {
    await insertQuestion(sql, { id, text, tags: [], state: 'incoming', source: 'ask' });
    await storeVector(sql, id, encoded);
    await storeVerdict(sql, id, encoded);
    if (encoded.verdict?.unknown) await assignToSuggestions(sql, [id]);
  });
  return id;
}

async function storeVector(sql: Sql, id: string, { vector, tokens, truncated }: EncodedText): Promise<void> {
  if (vector === undefined) return;
  await sql.rows(
    `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
     SELECT $2, id, md5(text), $3::vector, $4, $5 FROM question WHERE id = $1`,
    [id, vector.encoder.id, vectorParameter(vector), tokens, truncated],
  );
}

async function storeVerdict(sql: Sql, id: string, { verdict }: EncodedText): Promise<void> {
  if (verdict === undefined) return;
  const { headId, unknown, topicId, confidence } = verdict;
  await sql.rows(
    `INSERT INTO classification (question_id, head_id, text_hash, unknown, topic_id, confidence)
     SELECT id, $2, md5(text), $3, $4, $5 FROM question WHERE id = $1`,
    [id, headId, unknown, topicId, confidence],
  );
  const active = await sql.rows(`SELECT 1 FROM topic WHERE id = $1 AND state = 'active'`, [topicId]);
  if (!unknown && active.length > 0)
    await writeLabels(sql, { questionIds: [id], topicIds: [topicId], saidBy: 'model', actor: headId });
}
