import type { Sql } from '../persistence/database.js';
import type { TextQuery } from './full-text.js';
import type { FusedRank } from './fuse-ranks.js';
import type { NearContent } from './near-content.js';
import { vectorParameter, type QueryVector } from './nearest.js';
import { seen, type SearchScope } from './search-scope.js';

export interface SearchHit {
  readonly questionId: string;
  readonly score: number;
  /** From 1; 0 if it was not found by words. */
  readonly textRank: number;
  /** From 1; 0 if it was not found by vectors. */
  readonly vectorRank: number;
  /** Cosine of the question's own vector to the text's; absent if it has none. */
  readonly similarity?: number;
  /** What the list of vectors is ordered by (see near-content.ts); absent if it was not found by vectors. */
  readonly nearness?: number;
  /** HTML: matches between <mark> and </mark>, everything else escaped. */
  readonly highlight: string;
}

/** Short texts whole, of long ones the passage with most matches. */
const options = (text: string) =>
  `'StartSel=<mark>, StopSel=</mark>, ' ||
   CASE WHEN length(${text}) <= 400 THEN 'HighlightAll=true' ELSE 'MaxWords=40, MinWords=15' END`;

/** Escaped before matches are marked: then the only tags are ours. */
export const escaped = (column: string) =>
  `replace(replace(replace(replace(${column}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;')`;

const passage = 'coalesce(passage.body, question.text)';

/**
 * Ranks, text first and vectors second, as hits with passage and similarity: one statement. The passage is of the
 * question where it has one of the words, else of its first answer that has, else the question's beginning.
 */
export async function searchHits(
  sql: Sql,
  query: TextQuery,
  ranks: readonly FusedRank[],
  scope: SearchScope,
  vector: QueryVector | undefined,
  near: readonly NearContent[],
): Promise<SearchHit[]> {
  if (ranks.length === 0) return [];
  const parameters: unknown[] = [query.any, ranks.map(({ id }) => id)];
  const similarity = vector
    ? `(SELECT 1 - (embedding.vector <=> $${parameters.push(vectorParameter(vector))}::vector) FROM embedding
        WHERE embedding.encoder = ${vector.encoder.id} AND embedding.question_id = question.id
          AND embedding.text_hash = md5(question.text))`
    : 'NULL::float8';
  const rows = await sql.rows<{ id: string; highlight: string; similarity: number | null }>(
    `SELECT question.id, ${similarity} AS similarity,
       ts_headline(search_configuration(question.language), ${escaped(passage)}, $1::tsquery, ${options(passage)}) AS highlight
     FROM question
     LEFT JOIN LATERAL (
       SELECT answer.body FROM answer
       WHERE answer.question_id = question.id AND answer.search @@ $1::tsquery AND ${seen('answer', scope)}
       ORDER BY answer.seq LIMIT 1
     ) AS passage ON NOT question.search @@ $1::tsquery
     WHERE question.id = ANY ($2::uuid[])`,
    parameters,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const nearness = new Map(near.map((content) => [content.id, content.nearness]));
  return ranks.flatMap(({ id, score, ranks: [textRank, vectorRank] }) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    const { highlight } = row;
    const similarity = row.similarity ?? undefined;
    return [{ questionId: id, score, textRank, vectorRank, similarity, nearness: nearness.get(id), highlight }];
  });
}
