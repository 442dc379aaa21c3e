import { DomainError } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import { decodeVectors } from '../embedding/vector-codec.js';
import type { Database } from '../persistence/database.js';

/** Vectors of labelled questions that guide a clustering. */
export interface LabelledVectors {
  /** `[topics.length, dimension]`. */
  readonly matrix: Float32Array;
  /** Topic of each row: rows of one number have one topic. */
  readonly topics: readonly number[];
}

/** The covariance within topics needs no more: of each topic, and in all. */
const ofEachTopic = 50;
const inAll = 10_000;

/**
 * Vectors of questions that a person or an import has labelled, of active topics, the same ones each time.
 * @throws INVALID_INPUT (guided) if no topic has two: there is nothing to learn from
 */
export async function readLabelledVectors(database: Database, encoder: EncoderRecord): Promise<LabelledVectors> {
  const rows = await database.rows<{ topic: number; vector: Buffer }>(
    `SELECT topic::int, vector_send(vector) AS vector FROM (
       SELECT dense_rank() OVER (ORDER BY q.topic_id) AS topic, e.vector, q.seq,
         row_number() OVER (PARTITION BY q.topic_id ORDER BY md5(q.id::text)) AS place
       FROM question q JOIN embedding e ON e.encoder = $1 AND e.question_id = q.id AND e.text_hash = md5(q.text)
       JOIN topic ON topic.id = q.topic_id AND topic.state = 'active'
       WHERE q.topic_said_by IN ('person', 'import') AND q.state <> 'archived') AS labelled
     WHERE place <= $2 ORDER BY place, seq LIMIT $3`,
    [encoder.id, ofEachTopic, inAll],
  );
  const topics = rows.map(({ topic }) => topic);
  if (new Set(topics).size === topics.length)
    throw DomainError.invalid(
      'guided',
      'No topic has two labelled questions to learn from: label more, or cluster without guidance.',
    );
  const matrix = decodeVectors(
    rows.map(({ vector }) => vector),
    encoder.provenance.dimension,
  );
  return { matrix, topics };
}
