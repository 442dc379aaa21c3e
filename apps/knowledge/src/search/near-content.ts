import { passageHash } from '../embedding/embed-passages.js';
import { hasIndex } from '../embedding/hnsw-index.js';
import type { Database } from '../persistence/database.js';
import {
  estimatedMatches,
  exactUpTo,
  nearestTitles,
  vectorParameter,
  withIndexScan,
  type QueryVector,
} from './nearest.js';
import { asked, found, seen, type SearchScope } from './search-scope.js';

/** A question as near to a text as it and its answers are. */
export interface NearContent {
  readonly id: string;
  /** Mean of the three greatest cosines among its own vector and those of its answers' passages; of fewer, if there are. */
  readonly nearness: number;
  /** Cosine of its own vector; absent without one. */
  readonly similarity?: number;
}

/** One passage may be near by chance; of a question that is meant, several are. */
const meanOf = 3;

/** Questions that a filter leaves up to which every passage of theirs is compared; above, the index finds the nearest. */
const allPassagesUpTo = 1_000;

/**
 * Questions by their own vectors and those of their answers' passages, nearest first. Candidates are the `limit` nearest
 * of either; they are compared exactly, with all the passages that the caller may see. As in `nearestQuestions`, a filter
 * never makes it return fewer than `limit` while more match. One statement, and two more where the index ends early.
 * Vectors of texts that have changed since are left out.
 * @returns at most `limit` questions
 */
export async function nearContent(
  database: Database,
  query: QueryVector,
  scope: SearchScope,
  limit: number,
): Promise<NearContent[]> {
  const filtered = asked(scope, () => '$').length > 0;
  const matches = filtered ? await estimatedMatches(database, scope) : Infinity;
  let rows = await compare(database, query, scope, limit, matches);
  if (matches > exactUpTo && rows.length < limit && (await hasIndex(database, 'embedding', query.encoder)))
    rows = await compare(database, query, scope, limit, exactUpTo);
  return rows
    .flatMap(({ id, nearness, similarity }) =>
      nearness === null ? [] : [{ id, nearness, similarity: similarity ?? undefined }],
    )
    .sort((a, b) => b.nearness - a.nearness || (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}

interface Compared {
  readonly id: string;
  /** Null if all its vectors are of older texts. */
  readonly nearness: number | null;
  readonly similarity: number | null;
}

function compare(
  database: Database,
  query: QueryVector,
  scope: SearchScope,
  limit: number,
  matches: number,
): Promise<Compared[]> {
  const parameters: unknown[] = [vectorParameter(query)];
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  if (matches <= allPassagesUpTo) {
    const near = `SELECT question.id FROM question WHERE ${found(scope, parameter)}`;
    return database.rows<Compared>(comparison(query, scope, near), parameters);
  }
  const near =
    matches <= exactUpTo
      ? comparedContent(query, scope, limit, parameter)
      : `(SELECT id FROM (${nearestTitles(query, scope, limit, parameter)}) AS title)
         UNION (SELECT id FROM (${nearestPassages(query, scope, limit, parameter)}) AS passage)`;
  return withIndexScan(database, limit, (sql) => sql.rows<Compared>(comparison(query, scope, near), parameters));
}

/**
 * The nearest of all that pass the filter, by their own vectors or by passages: through the index a hundred would be looked
 * at for each that passes.
 */
function comparedContent(
  { encoder }: QueryVector,
  scope: SearchScope,
  limit: number,
  parameter: (value: unknown) => string,
): string {
  return `WITH kept AS MATERIALIZED (SELECT question.id FROM question WHERE ${found(scope, parameter)})
    (SELECT kept.id FROM kept
     JOIN embedding ON embedding.question_id = kept.id AND embedding.encoder = ${encoder.id}
     ORDER BY embedding.vector <=> $1::vector LIMIT ${limit})
    UNION
    (SELECT kept.id FROM kept JOIN answer ON answer.question_id = kept.id AND ${seen('answer', scope)}
     JOIN passage_embedding AS passage ON passage.encoder = ${encoder.id} AND passage.answer_id = answer.id
     ORDER BY passage.vector <=> $1::vector LIMIT ${limit})`;
}

/** Questions of the nearest passages, some several times. The index is partial, and on this very expression. */
export function nearestPassages(
  { encoder }: QueryVector,
  scope: SearchScope,
  limit: number,
  parameter: (value: unknown) => string,
): string {
  return `SELECT question.id FROM passage_embedding
    JOIN answer ON answer.id = passage_embedding.answer_id JOIN question ON question.id = answer.question_id
    WHERE passage_embedding.encoder = ${encoder.id} AND ${seen('answer', scope)} AND ${found(scope, parameter)}
    ORDER BY passage_embedding.vector::vector(${encoder.provenance.dimension}) <=> $1::vector LIMIT ${limit}`;
}

/** The exact comparison of the questions that `near` selects with $1. Texts are hashed once each, not once a passage. */
function comparison({ encoder }: QueryVector, scope: SearchScope, near: string): string {
  return `WITH near AS MATERIALIZED (${near}),
    compared AS (
      SELECT near.id, true AS own, 1 - (embedding.vector <=> $1::vector) AS cosine
      FROM near JOIN question ON question.id = near.id
      JOIN embedding ON embedding.encoder = ${encoder.id} AND embedding.question_id = near.id
        AND embedding.text_hash = md5(question.text)
      UNION ALL
      SELECT written.question_id, false, 1 - (passage.vector <=> $1::vector)
      FROM (
        SELECT near.id AS question_id, answer.id, ${passageHash('question', 'answer')} AS hash
        FROM near JOIN question ON question.id = near.id
        JOIN answer ON answer.question_id = near.id AND ${seen('answer', scope)} OFFSET 0) AS written
      JOIN passage_embedding AS passage ON passage.encoder = ${encoder.id} AND passage.answer_id = written.id
        AND passage.text_hash = written.hash),
    placed AS (
      SELECT *, row_number() OVER (PARTITION BY id ORDER BY cosine DESC) AS place
      FROM compared WHERE cosine <> 'NaN')
    SELECT near.id, avg(placed.cosine) FILTER (WHERE placed.place <= ${meanOf}) AS nearness,
      max(placed.cosine) FILTER (WHERE placed.own) AS similarity
    FROM near LEFT JOIN placed ON placed.id = near.id GROUP BY near.id`;
}
