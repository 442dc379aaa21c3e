import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import { encodeVector } from '../embedding/vector-codec.js';
import type { Database } from '../persistence/database.js';
import { inTopic, seen, type SearchScope } from './search-scope.js';

export interface Neighbour {
  readonly id: string;
  /** Cosine of the two vectors. */
  readonly similarity: number;
}

/** A text's vector, of the encoder in use. */
export interface QueryVector {
  readonly encoder: EncoderRecord;
  /** `[dimension]` */
  readonly values: Float32Array;
}

/** The vector as a parameter for `$n::vector`. */
export function vectorParameter({ encoder, values }: QueryVector): Buffer {
  return encodeVector(values, 0, encoder.provenance.dimension);
}

/**
 * Questions by cosine to a vector, nearest first: through the encoder's HNSW index where it has one (approximate, see
 * embedding/hnsw-index.ts), exact otherwise. Vectors of a text that has changed since are left out.
 * @returns at most `limit` questions
 */
export async function nearestQuestions(
  database: Database,
  query: QueryVector,
  scope: SearchScope,
  limit: number,
): Promise<Neighbour[]> {
  const { text, parameters } = nearestStatement(query, scope, limit);
  const rows = await database.transaction(async (sql) => {
    // Without it, an index scan stops after ef_search candidates, though the filter may have refused most of them.
    await sql.rows(`SET LOCAL hnsw.iterative_scan = relaxed_order`);
    await sql.rows(`SET LOCAL hnsw.ef_search = ${Math.min(1000, Math.max(100, limit))}`);
    return sql.rows<Neighbour & { stale: boolean }>(text, parameters);
  });
  return rows
    .filter(({ stale, similarity }) => !stale && Number.isFinite(similarity))
    .map(({ id, similarity }) => ({ id, similarity }))
    .sort((a, b) => b.similarity - a.similarity || (a.id < b.id ? -1 : 1));
}

/** The index is partial and on this very expression: number and dimension have to be written out. */
export function nearestStatement(
  query: QueryVector,
  scope: SearchScope,
  limit: number,
): { text: string; parameters: unknown[] } {
  const { encoder } = query;
  const parameters: unknown[] = [vectorParameter(query)];
  const topic = inTopic(scope, (value) => `$${parameters.push(value)}`);
  const distance = `embedding.vector::vector(${encoder.provenance.dimension}) <=> $1::vector`;
  const text = `
    SELECT question.id, 1 - (${distance}) AS similarity, embedding.text_hash <> md5(question.text) AS stale
    FROM embedding JOIN question ON question.id = embedding.question_id
    WHERE embedding.encoder = ${encoder.id} AND ${seen('question', scope)} AND ${topic}
    ORDER BY ${distance} LIMIT ${limit}`;
  return { text, parameters };
}
