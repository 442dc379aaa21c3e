import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import { hasIndex } from '../embedding/hnsw-index.js';
import { encodeVector } from '../embedding/vector-codec.js';
import type { Database, Sql } from '../persistence/database.js';
import { asked, found, type SearchScope } from './search-scope.js';

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
 * Rows that a filter leaves up to which all of them are compared: as fast as the index, and exact. Above, the index finds
 * enough that pass the filter.
 */
export const exactUpTo = 15_000;

/** Neighbours the index looks at before it gives up; then all rows are compared. */
const maxScanTuples = 40_000;

/** Candidates the index keeps in sight, at least: fewer miss neighbours (npm run bench:gateway shows the recall). */
const leastInSight = 200;

/**
 * Questions by cosine to a vector, nearest first: through the encoder's HNSW index where it has one (approximate, see
 * embedding/hnsw-index.ts), exact otherwise, and where a filter leaves few. A filter never makes it return fewer than
 * `limit` while more match: where the index ends early, all are compared. Vectors of a text that has changed since are
 * left out.
 * @returns at most `limit` questions
 */
export async function nearestQuestions(
  database: Database,
  query: QueryVector,
  scope: SearchScope,
  limit: number,
): Promise<Neighbour[]> {
  const filtered = asked(scope, () => '$').length > 0;
  const few = filtered && (await estimatedMatches(database, scope)) <= exactUpTo;
  let rows = few ? await allCompared(database, query, scope, limit) : await throughIndex(database, query, scope, limit);
  if (!few && rows.length < limit && (await hasIndex(database, 'embedding', query.encoder)))
    rows = await allCompared(database, query, scope, limit);
  return rows
    .filter(({ stale, similarity }) => !stale && Number.isFinite(similarity))
    .map(({ id, similarity }) => ({ id, similarity }))
    .sort((a, b) => b.similarity - a.similarity || (a.id < b.id ? -1 : 1));
}

type Found = Neighbour & { stale: boolean };

function throughIndex(database: Database, query: QueryVector, scope: SearchScope, limit: number): Promise<Found[]> {
  const { text, parameters } = nearestStatement(query, scope, limit);
  return withIndexScan(database, limit, (sql) => sql.rows<Found>(text, parameters));
}

/** A transaction in which an index scan goes on until `limit` rows pass the filter. */
export function withIndexScan<T>(database: Database, limit: number, work: (sql: Sql) => Promise<T>): Promise<T> {
  return database.transaction(async (sql) => {
    // Without it, an index scan stops after ef_search candidates, though the filter may have refused most of them.
    await sql.rows(
      `SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
         set_config('hnsw.ef_search', '${Math.min(1000, Math.max(leastInSight, limit))}', true),
         set_config('hnsw.max_scan_tuples', '${maxScanTuples}', true)`,
    );
    return work(sql);
  });
}

function allCompared(sql: Sql, query: QueryVector, scope: SearchScope, limit: number): Promise<Found[]> {
  const parameters: unknown[] = [vectorParameter(query)];
  return sql.rows<Found>(
    comparedTitles(query, scope, limit, (value) => `$${parameters.push(value)}`),
    parameters,
  );
}

/**
 * Every vector that passes the filter, by its distance from $1; its rows are found first, so that the planner cannot take
 * the index.
 */
export function comparedTitles(
  { encoder }: QueryVector,
  scope: SearchScope,
  limit: number,
  parameter: (value: unknown) => string,
): string {
  return `WITH kept AS MATERIALIZED (SELECT question.id, question.text FROM question WHERE ${found(scope, parameter)})
     SELECT kept.id, 1 - (embedding.vector <=> $1::vector) AS similarity,
       embedding.text_hash <> md5(kept.text) AS stale
     FROM kept JOIN embedding ON embedding.question_id = kept.id AND embedding.encoder = ${encoder.id}
     ORDER BY embedding.vector <=> $1::vector LIMIT ${limit}`;
}

/** How many questions pass a filter, as the planner's statistics have it: nothing is counted. */
export async function estimatedMatches(sql: Sql, scope: SearchScope): Promise<number> {
  const parameters: unknown[] = [];
  const condition = found(scope, (value) => `$${parameters.push(value)}`);
  const [row] = await sql.rows<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    `EXPLAIN (FORMAT JSON) SELECT question.id FROM question WHERE ${condition}`,
    parameters,
  );
  return row['QUERY PLAN'][0].Plan['Plan Rows'];
}

/** The statement that goes through the index, with its parameters. */
export function nearestStatement(
  query: QueryVector,
  scope: SearchScope,
  limit: number,
): { text: string; parameters: unknown[] } {
  const parameters: unknown[] = [vectorParameter(query)];
  const text = nearestTitles(query, scope, limit, (value) => `$${parameters.push(value)}`);
  return { text, parameters };
}

/** By distance from $1. The index is partial and on this very expression: number and dimension have to be written out. */
export function nearestTitles(
  { encoder }: QueryVector,
  scope: SearchScope,
  limit: number,
  parameter: (value: unknown) => string,
): string {
  const distance = `embedding.vector::vector(${encoder.provenance.dimension}) <=> $1::vector`;
  return `
    SELECT question.id, 1 - (${distance}) AS similarity, embedding.text_hash <> md5(question.text) AS stale
    FROM embedding JOIN question ON question.id = embedding.question_id
    WHERE embedding.encoder = ${encoder.id} AND ${found(scope, parameter)}
    ORDER BY ${distance} LIMIT ${limit}`;
}
