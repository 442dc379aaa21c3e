import { inferenceV1, type InferenceClient, type knowledgeV1 } from '@cairn/contracts';
import { streamInWindow } from '../jobs/windowed-stream.js';
import type { Database, Sql } from '../persistence/database.js';
import { embeddedTexts, messagesUnderWay, textsInMessage } from './embedded-texts.js';
import { nothing, sum, type EmbeddingWork, type OnStored } from './embedding-work.js';
import type { EncoderRecord } from './encoder-in-use.js';
import { writeIndexed } from './hnsw-index.js';

const pageSize = 1024;

interface MissingText {
  readonly id: string;
  readonly seq: number;
  readonly text: string;
  readonly hash: string;
}

const missing = `FROM question q LEFT JOIN embedding e ON e.encoder = $1 AND e.question_id = q.id
  WHERE (e.question_id IS NULL OR e.text_hash <> md5(q.text))`;

/**
 * Embeds every question that has no vector of `encoder`, or one of an older text. Started again it goes on where it
 * was: what is written is not missing any more, and writing twice writes the same. The HNSW index follows. Texts that
 * cannot be encoded are counted and tried again by the next run.
 * @param onStored called in the transaction that stores a batch, with what is done when it is stored
 * @returns what was done
 */
export async function embedQuestions(
  database: Database,
  inference: InferenceClient,
  encoder: EncoderRecord,
  job: EmbeddingWork,
  onStored: OnStored,
): Promise<knowledgeV1.EmbedResult> {
  const [counts] = await database.rows<{ missing: number; present: number }>(
    `SELECT (SELECT count(*) ${missing}) AS missing,
            (SELECT count(*) FROM embedding WHERE encoder = $1) AS present`,
    [encoder.id],
  );
  let done = nothing;
  await writeIndexed(database, 'embedding', encoder, counts, job, async () => {
    if (counts.missing === 0) return 0;
    job.progress('embed', 0, counts.missing);
    const options = { model: encoder.provenance.encoderId, priority: inferenceV1.Priority.PRIORITY_BULK };
    await streamInWindow<MissingText[], inferenceV1.EmbedRequest, inferenceV1.EmbedResponse>({
      call: inference.embedStream({ context: job.context, signal: job.signal }),
      items: batches(database, encoder),
      window: messagesUnderWay,
      toRequest: (batch) => ({ texts: batch.map(({ text }) => text), options }),
      onAnswer: async (batch, response) => {
        const rows = rowsOf(encoder, batch, response, job);
        const after = sum(done, rows.counts);
        await database.transaction(async (sql) => {
          await onStored(sql, after);
          await insertRows(sql, rows);
        });
        done = after;
        const steps = done.embedded + done.failed;
        job.progress('embed', steps, Math.max(steps, counts.missing));
      },
    });
    return done.embedded;
  });
  return done;
}

/** Questions without a vector of their present text. */
export async function countMissingQuestions(database: Database, encoder: EncoderRecord): Promise<number> {
  return (await database.rows<{ total: number }>(`SELECT count(*) AS total ${missing}`, [encoder.id]))[0].total;
}

async function* batches(database: Database, encoder: EncoderRecord): AsyncGenerator<MissingText[]> {
  let after = 0;
  for (;;) {
    const page = await database.rows<MissingText>(
      `SELECT q.id, q.seq, q.text, md5(q.text) AS hash ${missing} AND q.seq > $2 ORDER BY q.seq LIMIT $3`,
      [encoder.id, after, pageSize],
    );
    for (let start = 0; start < page.length; start += textsInMessage) yield page.slice(start, start + textsInMessage);
    if (page.length < pageSize) return;
    after = page[page.length - 1].seq;
  }
}

interface EmbeddingRows {
  /** One tuple of placeholders per row. */
  readonly values: readonly string[];
  readonly parameters: readonly unknown[];
  readonly counts: knowledgeV1.EmbedResult;
}

/** What is to be stored of an answer. @throws UNAVAILABLE if inference has another encoder now, or failed */
function rowsOf(
  encoder: EncoderRecord,
  batch: readonly MissingText[],
  response: inferenceV1.EmbedResponse,
  job: EmbeddingWork,
): EmbeddingRows {
  const parameters: unknown[] = [encoder.id];
  const values: string[] = [];
  let tokens = 0;
  embeddedTexts(encoder, batch.length, response).forEach((embedded, row) => {
    const { id, hash } = batch[row];
    if (embedded.refused !== undefined) {
      const { refused: message } = embedded;
      job.logger.warn({ jobId: job.id, questionId: id, message }, 'a question could not be embedded');
      return;
    }
    tokens += embedded.tokens;
    const n = parameters.push(id, hash, embedded.vector, embedded.tokens, embedded.truncated);
    values.push(`($1::int, $${n - 4}::uuid, $${n - 3}::text, $${n - 2}::vector, $${n - 1}::int, $${n}::boolean)`);
  });
  const failed = batch.length - values.length;
  return { values, parameters, counts: { ...nothing, embedded: values.length, failed, tokens } };
}

async function insertRows(sql: Sql, { values, parameters }: EmbeddingRows): Promise<void> {
  if (values.length === 0) return;
  await sql.rows(
    `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
     VALUES ${values.join(', ')}
     ON CONFLICT (encoder, question_id) DO UPDATE SET text_hash = excluded.text_hash, vector = excluded.vector,
       tokens = excluded.tokens, truncated = excluded.truncated`,
    parameters,
  );
}
