import {
  DomainError,
  fromVectors,
  inferenceV1,
  sameProvenance,
  type InferenceClient,
  type knowledgeV1,
} from '@cairn/contracts';
import type { RunningJob } from '../jobs/job-handler.js';
import { streamInWindow } from '../jobs/windowed-stream.js';
import type { Database, Sql } from '../persistence/database.js';
import type { EncoderRecord } from './encoder-in-use.js';
import { buildIndex, dropIndex, hasIndex, planIndex } from './hnsw-index.js';
import { encodeVector } from './vector-codec.js';

/** Texts in one message: 128 of the longest allowed texts stay below the 32 MiB of a message. */
const batchSize = 128;
const window = 4;
const pageSize = 1024;

/** What embedding needs of the job it is part of. */
export type EmbeddingWork = Pick<RunningJob, 'id' | 'context' | 'signal' | 'logger' | 'progress' | 'holdFor'>;

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
  onStored: (sql: Sql, done: knowledgeV1.EmbedResult) => Promise<void>,
): Promise<knowledgeV1.EmbedResult> {
  const [counts] = await database.rows<{ missing: number; present: number }>(
    `SELECT (SELECT count(*) ${missing}) AS missing,
            (SELECT count(*) FROM embedding WHERE encoder = $1) AS present`,
    [encoder.id],
  );
  const indexed = await hasIndex(database, encoder);
  const { dimension } = encoder.provenance;
  const plan = planIndex({ ...counts, kind: database.kind, dimension, indexed });
  if (plan.dropFirst) await dropIndex(database, encoder);
  let done = nothing;
  if (counts.missing > 0) {
    job.progress('embed', 0, counts.missing);
    const options = { model: encoder.provenance.encoderId, priority: inferenceV1.Priority.PRIORITY_BULK };
    await streamInWindow<MissingText[], inferenceV1.EmbedRequest, inferenceV1.EmbedResponse>({
      call: inference.embedStream({ context: job.context, signal: job.signal }),
      items: batches(database, encoder),
      window,
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
  }
  if (plan.buildAfter) await buildIndex(database, encoder, counts.present + counts.missing, job);
  return done;
}

/** Questions without a vector of their present text. */
export async function countMissing(database: Database, encoder: EncoderRecord): Promise<number> {
  return (await database.rows<{ total: number }>(`SELECT count(*) AS total ${missing}`, [encoder.id]))[0].total;
}

export const nothing: knowledgeV1.EmbedResult = { embedded: 0, failed: 0, tokens: 0 };

export function sum(a: knowledgeV1.EmbedResult, b: knowledgeV1.EmbedResult): knowledgeV1.EmbedResult {
  return { embedded: a.embedded + b.embedded, failed: a.failed + b.failed, tokens: a.tokens + b.tokens };
}

async function* batches(database: Database, encoder: EncoderRecord): AsyncGenerator<MissingText[]> {
  let after = 0;
  for (;;) {
    const page = await database.rows<MissingText>(
      `SELECT q.id, q.seq, q.text, md5(q.text) AS hash ${missing} AND q.seq > $2 ORDER BY q.seq LIMIT $3`,
      [encoder.id, after, pageSize],
    );
    for (let start = 0; start < page.length; start += batchSize) yield page.slice(start, start + batchSize);
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
  const { vectors } = response;
  if (vectors == null || vectors.count !== batch.length)
    throw new Error('Inference answered with another number of vectors.');
  if (vectors.provenance != null && !sameProvenance(vectors.provenance, encoder.provenance))
    throw new DomainError('UNAVAILABLE', 'The encoder was exchanged while questions were embedded.');
  const matrix = fromVectors(vectors);
  const failed = new Set<number>();
  for (const { index, code, message } of response.errors) {
    if (code !== 'INVALID_INPUT') throw new DomainError('UNAVAILABLE', message);
    job.logger.warn({ jobId: job.id, questionId: batch[index].id, message }, 'a question could not be embedded');
    failed.add(index);
  }
  const parameters: unknown[] = [encoder.id];
  const values: string[] = [];
  let tokens = 0;
  batch.forEach(({ id, hash }, row) => {
    if (failed.has(row)) return;
    const item = response.items[row];
    tokens += item.tokens;
    const n = parameters.push(id, hash, encodeVector(matrix, row, vectors.dimension), item.tokens, item.truncated);
    values.push(`($1::int, $${n - 4}::uuid, $${n - 3}::text, $${n - 2}::vector, $${n - 1}::int, $${n}::boolean)`);
  });
  return { values, parameters, counts: { embedded: values.length, failed: failed.size, tokens } };
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
