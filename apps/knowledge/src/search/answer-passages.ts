import type { Sql } from '../persistence/database.js';
import type { TextQuery } from './full-text.js';
import { escaped } from './search-hits.js';

export interface Passage {
  readonly answerId: string;
  /** Markdown, as it was written. */
  readonly passage: string;
  /** HTML: matches between <mark> and </mark>, everything else escaped. */
  readonly highlight: string;
}

/**
 * Of each answer the paragraph that has most of the words, the nearest together (ts_rank_cd); the first one if none has
 * any. A heading goes with the paragraph under it.
 */
export async function answerPassages(
  sql: Sql,
  answerIds: readonly string[],
  { any }: TextQuery,
): Promise<Map<string, Passage>> {
  if (answerIds.length === 0) return new Map();
  const rows = await sql.rows<Passage>(
    `SELECT answer.id AS "answerId", best.passage,
       ts_headline(best.configuration, ${escaped('best.passage')}, $2::tsquery,
         'StartSel=<mark>, StopSel=</mark>, HighlightAll=true') AS highlight
     FROM answer CROSS JOIN LATERAL (
       SELECT passage, search_configuration(answer.language) AS configuration
       FROM regexp_split_to_table(regexp_replace(answer.body, '(^|\\n)(#[^\\n]*)\\n\\s*\\n', '\\1\\2' || chr(10), 'g'), '\\n\\s*\\n')
         WITH ORDINALITY AS part (passage, place)
       WHERE passage ~ '\\S'
       ORDER BY ts_rank_cd(to_tsvector(search_configuration(answer.language), passage), $2::tsquery) DESC, place
       LIMIT 1) AS best
     WHERE answer.id = ANY ($1::uuid[])`,
    [answerIds, any],
  );
  return new Map(rows.map((row) => [row.answerId, row]));
}
