import { DomainError } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { VectorSelection } from '../embedding/stored-vectors.js';
import { decodeVectors } from '../embedding/vector-codec.js';
import type { Database } from '../persistence/database.js';
import { QuestionIds } from './question-ids.js';

const idsPerPage = 10_000;
const vectorsPerPage = 1_024;

/**
 * The questions of a selection that have a vector of their present text, in the order of `seq`. They are fixed at the
 * beginning of a run: what is asked, labelled or changed while it goes on is left for the next one.
 */
export async function selectQuestions(
  database: Database,
  encoder: EncoderRecord,
  { joins = '', where, parameters = [] }: VectorSelection,
  signal: AbortSignal,
): Promise<QuestionIds> {
  const ids = new QuestionIds();
  for (let after = 0; ;) {
    signal.throwIfAborted();
    const rows = await database.rows<{ id: string; seq: number }>(
      `SELECT q.id, q.seq FROM question q
       JOIN embedding e ON e.encoder = $1 AND e.question_id = q.id AND e.text_hash = md5(q.text) ${joins}
       WHERE q.seq > $2 AND (${where}) ORDER BY q.seq LIMIT $3`,
      [encoder.id, after, idsPerPage, ...parameters],
    );
    for (const { id } of rows) ids.push(id);
    if (rows.length < idsPerPage) return ids;
    after = rows[rows.length - 1].seq;
  }
}

/**
 * Vectors of questions, in their order, page by page: `[page, dimension]`, row-major.
 * @throws UNAVAILABLE if a question has gone since it was selected: the job is then tried again with those that are left
 */
export async function* readVectorsOf(
  database: Database,
  encoder: EncoderRecord,
  pages: Iterable<readonly string[]>,
): AsyncGenerator<Float32Array> {
  for (const ids of pages) {
    const rows = await database.rows<{ vector: Buffer }>(
      `SELECT vector_send(e.vector) AS vector
       FROM unnest($2::uuid[]) WITH ORDINALITY AS given (id, place)
       JOIN embedding e ON e.encoder = $1 AND e.question_id = given.id ORDER BY given.place`,
      [encoder.id, ids],
    );
    if (rows.length < ids.length)
      throw new DomainError('UNAVAILABLE', 'Questions were removed while they were read; try again.');
    yield decodeVectors(
      rows.map(({ vector }) => vector),
      encoder.provenance.dimension,
    );
  }
}

/** The vectors of all `ids`, in their order. */
export const readVectorsInOrder = (database: Database, encoder: EncoderRecord, ids: QuestionIds) =>
  readVectorsOf(database, encoder, ids.pages(vectorsPerPage));
