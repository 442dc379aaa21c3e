import type { Database } from '../persistence/database.js';
import { decodeVectors } from './vector-codec.js';
import type { EncoderRecord } from './encoder-in-use.js';

/** Which questions, as SQL over `q` (question) and `e` (its embedding); own parameters start at $4. */
export interface VectorSelection {
  readonly columns?: string;
  readonly joins?: string;
  readonly where: string;
  readonly parameters?: readonly unknown[];
}

export type VectorRow<Extra> = Extra & { readonly id: string; readonly seq: number; readonly text_hash: string };

export interface VectorPage<Extra> {
  readonly rows: readonly VectorRow<Extra>[];
  /** `[rows.length, dimension]`, row-major, in the order of `rows`. */
  readonly matrix: Float32Array;
}

const pageSize = 1024;

const from = ({ joins = '', where }: VectorSelection) =>
  `FROM question q JOIN embedding e ON e.encoder = $1 AND e.question_id = q.id AND e.text_hash = md5(q.text) ${joins}
   WHERE q.seq > $2 AND (${where})`;

/** How many vectors a selection has now. */
export async function countVectors(
  database: Database,
  encoder: EncoderRecord,
  selection: VectorSelection,
): Promise<number> {
  const [{ count }] = await database.rows<{ count: number }>(
    // $3 is the page size of readVectors; named here too, so that both number their parameters alike.
    `SELECT count(*) AS count ${from(selection)} AND $3::int > 0`,
    [encoder.id, 0, 1, ...(selection.parameters ?? [])],
  );
  return count;
}

/** Vectors of the questions' present texts, in the order of `seq`, page by page: memory holds one page. */
export async function* readVectors<Extra = unknown>(
  database: Database,
  encoder: EncoderRecord,
  selection: VectorSelection,
): AsyncGenerator<VectorPage<Extra>> {
  const sql = `SELECT q.id, q.seq, e.text_hash, vector_send(e.vector) AS vector ${selection.columns ?? ''}
    ${from(selection)} ORDER BY q.seq LIMIT $3`;
  let after = 0;
  for (;;) {
    const rows = await database.rows<VectorRow<Extra> & { vector: Buffer }>(sql, [
      encoder.id,
      after,
      pageSize,
      ...(selection.parameters ?? []),
    ]);
    if (rows.length > 0) {
      const encoded = rows.map(({ vector }) => vector);
      yield { rows, matrix: decodeVectors(encoded, encoder.provenance.dimension) };
    }
    if (rows.length < pageSize) return;
    after = rows[rows.length - 1].seq;
  }
}
