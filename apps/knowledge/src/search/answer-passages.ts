import { passageHash } from '../embedding/embed-passages.js';
import type { Sql } from '../persistence/database.js';
import type { TextQuery } from './full-text.js';
import { vectorParameter, type QueryVector } from './nearest.js';
import { escaped } from './search-hits.js';

export interface Passage {
  readonly answerId: string;
  /** Markdown, as it was written. */
  readonly passage: string;
  /** HTML: matches between <mark> and </mark>, everything else escaped. */
  readonly highlight: string;
}

/** Constant of reciprocal rank fusion: an answer's paragraphs are few. */
const fusionConstant = 60;

/**
 * Of each answer the paragraph that has most of the words, the nearest together (ts_rank_cd), and is nearest in meaning,
 * by the vector of the passage that it is in or that is in it (embedding/cut-passages.ts); both ranks are fused. The first
 * one if neither says anything. A heading goes with the paragraph under it.
 */
export async function answerPassages(
  sql: Sql,
  answerIds: readonly string[],
  { any }: TextQuery,
  vector: QueryVector | undefined,
): Promise<Map<string, Passage>> {
  if (answerIds.length === 0) return new Map();
  const parameters: unknown[] = [answerIds, any];
  const cosine = vector
    ? `(SELECT nullif(max(1 - (near.vector <=> $${parameters.push(vectorParameter(vector))}::vector)), 'NaN')
        FROM passage_embedding AS near
        WHERE near.encoder = ${vector.encoder.id} AND near.answer_id = written.id AND near.text_hash = written.hash
          AND (strpos(near.passage, btrim(part.passage, ' ' || chr(9) || chr(10))) > 0 OR strpos(part.passage, near.passage) > 0))`
    : 'NULL::float8';
  const rows = await sql.rows<Passage>(
    `SELECT written.id AS "answerId", best.passage,
       ts_headline(written.configuration, ${escaped('best.passage')}, $2::tsquery,
         'StartSel=<mark>, StopSel=</mark>, HighlightAll=true') AS highlight
     FROM (
       SELECT answer.id, answer.body, search_configuration(answer.language) AS configuration,
         ${passageHash('question', 'answer')} AS hash
       FROM answer JOIN question ON question.id = answer.question_id
       WHERE answer.id = ANY ($1::uuid[]) OFFSET 0) AS written
     CROSS JOIN LATERAL (
       SELECT passage FROM (
         SELECT passage, place, words, cosine, rank() OVER (ORDER BY words DESC) AS by_words,
           rank() OVER (ORDER BY cosine DESC NULLS LAST) AS by_meaning
         FROM (
           SELECT part.passage, part.place, ${cosine} AS cosine,
             ts_rank_cd(to_tsvector(written.configuration, part.passage), $2::tsquery) AS words
           FROM regexp_split_to_table(regexp_replace(written.body, '(^|\\n)(#[^\\n]*)\\n\\s*\\n', '\\1\\2' || chr(10), 'g'), '\\n\\s*\\n')
             WITH ORDINALITY AS part (passage, place)
           WHERE part.passage ~ '\\S') AS told) AS ranked
       ORDER BY CASE WHEN words > 0 THEN 1.0 / (${fusionConstant} + by_words) ELSE 0 END
           + CASE WHEN cosine IS NULL THEN 0 ELSE 1.0 / (${fusionConstant} + by_meaning) END DESC,
         CASE WHEN cosine IS NULL THEN 0 ELSE length(passage) END DESC, place
       LIMIT 1) AS best`,
    parameters,
  );
  return new Map(rows.map((row) => [row.answerId, row]));
}
