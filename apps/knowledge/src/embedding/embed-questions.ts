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
import type { Database } from '../persistence/database.js';
import type { EncoderRecord } from './encoder-in-use.js';
import { buildIndex, dropIndex, hasIndex, planIndex } from './hnsw-index.js';
import { encodeVector } from './vector-codec.js';

/** Texts in one message: 128 of the longest allowed texts stay below the 32 MiB of a message. */
const batchSize = 128;
const window = 4;
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
 * was: what is written is not missing any more, and writing twice writes the same. The HNSW index follows.
 * @returns what was done; `failed` texts could not be encoded and are tried again by the next run
 */
export async function embedQuestions(
  database: Database,
  inference: InferenceClient,
  encoder: EncoderRecord,
  job: RunningJob,
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
  const result = { embedded: 0, failed: 0, tokens: 0 };
  if (counts.missing > 0) {
    job.progress('embed', 0, counts.missing);
    const options = { model: encoder.provenance.encoderId, priority: inferenceV1.Priority.PRIORITY_BULK };
    const onAnswer = async (batch: MissingText[], response: inferenceV1.EmbedResponse) => {
      const stored = await storeBatch(database, encoder, batch, response, job);
      result.embedded += stored.embedded;
      result.failed += stored.failed;
      result.tokens += stored.tokens;
      const done = result.embedded + result.failed;
      job.progress('embed', done, Math.max(done, counts.missing));
    };
    await streamInWindow({
      call: inference.embedStream({ context: job.context, signal: job.signal }),
      items: batches(database, encoder),
      window,
      toRequest: (batch) => ({ texts: batch.map(({ text }) => text), options }),
      onAnswer,
    });
  }
  if (plan.buildAfter) await buildIndex(database, encoder, counts.present + counts.missing, job);
  return result;
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

async function storeBatch(
  database: Database,
  encoder: EncoderRecord,
  batch: readonly MissingText[],
  response: inferenceV1.EmbedResponse,
  job: RunningJob,
): Promise<knowledgeV1.EmbedResult> {
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
  if (values.length > 0)
    await database.rows(
      `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
       VALUES ${values.join(', ')}
       ON CONFLICT (encoder, question_id) DO UPDATE SET text_hash = excluded.text_hash, vector = excluded.vector,
         tokens = excluded.tokens, truncated = excluded.truncated`,
      parameters,
    );
  return { embedded: values.length, failed: failed.size, tokens };
}
