import type { InferenceClient, knowledgeV1 } from '@cairn/contracts';
import type { Database } from '../persistence/database.js';
import { countMissingAnswers, embedPassages } from './embed-passages.js';
import { countMissingQuestions, embedQuestions } from './embed-questions.js';
import { sum, type EmbeddingWork, type OnStored } from './embedding-work.js';
import type { EncoderRecord } from './encoder-in-use.js';

/**
 * Embeds what search compares and what has no vector of `encoder` yet: first questions, then the passages of answers.
 * @returns what was done
 */
export async function embedContent(
  database: Database,
  inference: InferenceClient,
  encoder: EncoderRecord,
  job: EmbeddingWork,
  onStored: OnStored,
): Promise<knowledgeV1.EmbedResult> {
  const questions = await embedQuestions(database, inference, encoder, job, onStored);
  const passages = await embedPassages(database, inference, encoder, job, (sql, done) =>
    onStored(sql, sum(questions, done)),
  );
  return sum(questions, passages);
}

/** Questions without a vector of their present text, and answers without those of their present passages. */
export async function countMissing(
  database: Database,
  encoder: EncoderRecord,
): Promise<{ questions: number; answers: number }> {
  return {
    questions: await countMissingQuestions(database, encoder),
    answers: await countMissingAnswers(database, encoder),
  };
}
