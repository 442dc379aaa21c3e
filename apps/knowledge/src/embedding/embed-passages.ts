import { inferenceV1, type InferenceClient, type knowledgeV1 } from '@cairn/contracts';
import { streamInWindow } from '../jobs/windowed-stream.js';
import type { Database, Sql } from '../persistence/database.js';
import { cutPassages, mostPassages, passageInContext } from './cut-passages.js';
import { embeddedTexts, messagesUnderWay, textsInMessage } from './embedded-texts.js';
import { nothing, sum, type EmbeddingWork, type OnStored } from './embedding-work.js';
import type { EncoderRecord } from './encoder-in-use.js';
import { writeIndexed } from './hnsw-index.js';

/** Answers are long, questions are not: a page of them is a few megabytes. */
const pageSize = 256;

/** Passages of an answer before any was cut: to tell a bulk from a few. */
const usualPassages = 6;

/** Part of each hash: another rule of cutting passages needs another number. */
const rule = 1;

/** What the passages of an answer were made from, as SQL over rows of `question` and `answer` under these names. */
export const passageHash = (question: string, answer: string): string =>
  `md5('${rule} ' || ${question}.text || chr(10) || ${answer}.body)`;

/** Answers without vectors of their present passages; `encoder` is an expression for its id. */
export const answersMissing = (encoder: string): string => `FROM answer a JOIN question q ON q.id = a.question_id
  WHERE a.body ~ '\\S' AND NOT EXISTS (
    SELECT 1 FROM passage_embedding p
    WHERE p.encoder = ${encoder} AND p.answer_id = a.id AND p.text_hash = ${passageHash('q', 'a')})`;
const missing = answersMissing('$1');

interface MissingAnswer {
  readonly id: string;
  readonly seq: number;
  readonly question: string;
  readonly body: string;
  readonly hash: string;
}

/** An answer with the passages it was cut into. */
interface CutAnswer extends Pick<MissingAnswer, 'id' | 'question' | 'hash'> {
  readonly passages: readonly string[];
}

/**
 * Embeds the passages of every answer that has none of `encoder`, or of older texts, each with the question in front of
 * it. Those of one answer are replaced as one. Started again it goes on where it was; the HNSW index follows.
 * @param onStored called in the transaction that stores a batch, with what is done when it is stored
 * @returns what was done
 */
export async function embedPassages(
  database: Database,
  inference: InferenceClient,
  encoder: EncoderRecord,
  job: EmbeddingWork,
  onStored: OnStored,
): Promise<knowledgeV1.EmbedResult> {
  const [{ answers, present, cut }] = await database.rows<{ answers: number; present: number; cut: number }>(
    `SELECT (SELECT count(*) ${missing}) AS answers, count(*) AS present, count(DISTINCT answer_id) AS cut
     FROM passage_embedding WHERE encoder = $1`,
    [encoder.id],
  );
  const each = cut === 0 ? usualPassages : present / cut;
  let done = nothing;
  await writeIndexed(database, 'passage_embedding', encoder, { present, missing: answers * each }, job, async () => {
    if (answers === 0) return 0;
    let steps = 0;
    job.progress('passages', 0, answers);
    const options = { model: encoder.provenance.encoderId, priority: inferenceV1.Priority.PRIORITY_BULK };
    await streamInWindow<CutAnswer[], inferenceV1.EmbedRequest, inferenceV1.EmbedResponse>({
      call: inference.embedStream({ context: job.context, signal: job.signal }),
      items: batches(database, encoder),
      window: messagesUnderWay,
      toRequest: (batch) => ({ texts: textsOf(batch), options }),
      onAnswer: async (batch, response) => {
        const rows = rowsOf(encoder, batch, response, job);
        const after = sum(done, rows.counts);
        await database.transaction(async (sql) => {
          await onStored(sql, after);
          await replaceRows(sql, encoder, batch, rows);
        });
        done = after;
        steps += batch.length;
        job.progress('passages', steps, Math.max(steps, answers));
      },
    });
    return done.passages;
  });
  return done;
}

/** Answers without vectors of their present passages. */
export async function countMissingAnswers(database: Database, encoder: EncoderRecord): Promise<number> {
  return (await database.rows<{ total: number }>(`SELECT count(*) AS total ${missing}`, [encoder.id]))[0].total;
}

const textsOf = (batch: readonly CutAnswer[]): string[] =>
  batch.flatMap(({ question, passages }) => passages.map((passage) => passageInContext(question, passage)));

/** Whole answers, as many as have passages for one message. */
async function* batches(database: Database, encoder: EncoderRecord): AsyncGenerator<CutAnswer[]> {
  let batch: CutAnswer[] = [];
  let texts = 0;
  for await (const answer of answersToCut(database, encoder)) {
    batch.push(answer);
    texts += answer.passages.length;
    if (texts + mostPassages <= textsInMessage) continue;
    yield batch;
    batch = [];
    texts = 0;
  }
  if (batch.length > 0) yield batch;
}

async function* answersToCut(database: Database, encoder: EncoderRecord): AsyncGenerator<CutAnswer> {
  let after = 0;
  for (;;) {
    const page = await database.rows<MissingAnswer>(
      `SELECT a.id, a.seq, q.text AS question, a.body, ${passageHash('q', 'a')} AS hash
       ${missing} AND a.seq > $2 ORDER BY a.seq LIMIT $3`,
      [encoder.id, after, pageSize],
    );
    for (const { id, question, body, hash } of page) {
      const passages = cutPassages(body);
      if (passages.length > 0) yield { id, question, hash, passages };
    }
    if (page.length < pageSize) return;
    after = page[page.length - 1].seq;
  }
}

interface PassageRows {
  /** One tuple of placeholders per row. */
  readonly values: readonly string[];
  readonly parameters: readonly unknown[];
  readonly counts: knowledgeV1.EmbedResult;
}

/** What is to be stored of a message's answer. @throws UNAVAILABLE if inference has another encoder now, or failed */
function rowsOf(
  encoder: EncoderRecord,
  batch: readonly CutAnswer[],
  response: inferenceV1.EmbedResponse,
  job: EmbeddingWork,
): PassageRows {
  const given = batch.flatMap(({ id, hash, passages }) =>
    passages.map((passage, place) => ({ id, hash, passage, place })),
  );
  const parameters: unknown[] = [encoder.id];
  const values: string[] = [];
  let tokens = 0;
  embeddedTexts(encoder, given.length, response).forEach((embedded, row) => {
    const { id, hash, passage, place } = given[row];
    if (embedded.refused !== undefined) {
      const { refused: message } = embedded;
      job.logger.warn({ jobId: job.id, answerId: id, place, message }, 'a passage could not be embedded');
      return;
    }
    tokens += embedded.tokens;
    const n = parameters.push(id, place, hash, passage, embedded.vector, embedded.tokens, embedded.truncated);
    values.push(
      `($${n - 6}::uuid, $${n - 5}::int, $${n - 4}::text, $${n - 3}::text, $${n - 2}::vector, $${n - 1}::int, $${n}::boolean)`,
    );
  });
  const failed = given.length - values.length;
  return { values, parameters, counts: { ...nothing, passages: values.length, failed, tokens } };
}

/** An answer that was purged in between keeps nothing; one that another worker has just cut keeps the later passages. */
async function replaceRows(
  sql: Sql,
  encoder: EncoderRecord,
  batch: readonly CutAnswer[],
  { values, parameters }: PassageRows,
): Promise<void> {
  const ids = batch.map(({ id }) => id);
  await sql.rows('DELETE FROM passage_embedding WHERE encoder = $1 AND answer_id = ANY ($2::uuid[])', [
    encoder.id,
    ids,
  ]);
  if (values.length === 0) return;
  await sql.rows(
    `INSERT INTO passage_embedding (encoder, answer_id, place, text_hash, passage, vector, tokens, truncated)
     SELECT $1::int, given.* FROM (VALUES ${values.join(', ')})
       AS given (answer_id, place, text_hash, passage, vector, tokens, truncated)
     JOIN answer ON answer.id = given.answer_id FOR KEY SHARE OF answer
     ON CONFLICT (encoder, answer_id, place) DO UPDATE SET text_hash = excluded.text_hash, passage = excluded.passage,
       vector = excluded.vector, tokens = excluded.tokens, truncated = excluded.truncated`,
    parameters,
  );
}
