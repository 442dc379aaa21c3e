import type { Sql } from '../persistence/database.js';
import { inTopic, seen, type SearchScope } from './search-scope.js';

/** Words of a text that are looked for. Ranking by thousands of alternatives would keep the database busy for a minute. */
const maxWords = 48;
const maxWordsLength = 1_000;

/** The beginning of a text, as much of it as is searched by words: at most 48 words and 1,000 characters. */
export function searchedWords(text: string): string {
  return text.slice(0, maxWordsLength).split(/\s+/, maxWords).join(' ');
}

/** The text as a query: every word, or with `any` at least one. Quotes and a leading minus keep their meaning. */
export function textQuery(parameter: string, any = false): string {
  const every = `websearch_to_tsquery('english', ${parameter})`;
  // A negated word in an alternative would match nearly everything: such queries stay as they are.
  return any
    ? `(CASE WHEN ${every}::text LIKE '%!%' THEN ${every} ELSE replace(${every}::text, ' & ', ' | ')::tsquery END)`
    : every;
}

/**
 * Questions whose text or answers have the words, best first: cover density rank (ts_rank_cd), a match in the question
 * counting twice one in an answer. Where nothing has every word, those that have some: people ask in sentences.
 * @returns at most `limit` question ids
 */
export async function fullTextSearch(sql: Sql, text: string, scope: SearchScope, limit: number): Promise<string[]> {
  const every = await matches(sql, text, scope, limit, false);
  return every.length > 0 ? every : matches(sql, text, scope, limit, true);
}

async function matches(sql: Sql, text: string, scope: SearchScope, limit: number, any: boolean): Promise<string[]> {
  const parameters: unknown[] = [searchedWords(text)];
  const topic = inTopic(scope, (value) => `$${parameters.push(value)}`);
  const rows = await sql.rows<{ id: string }>(
    `WITH asked AS MATERIALIZED (SELECT ${textQuery('$1', any)} AS query),
     matched AS (
       SELECT question.id AS question_id, 2 * ts_rank_cd(question.search, asked.query) AS rank
       FROM asked JOIN question ON question.search @@ asked.query
       UNION ALL
       SELECT answer.question_id, max(ts_rank_cd(answer.search, asked.query))
       FROM asked JOIN answer ON answer.search @@ asked.query
       WHERE ${seen('answer', scope)}
       GROUP BY answer.question_id
     )
     SELECT question.id
     FROM matched JOIN question ON question.id = matched.question_id
     WHERE ${seen('question', scope)} AND ${topic}
     GROUP BY question.id
     ORDER BY sum(matched.rank) DESC, question.id
     LIMIT ${limit}`,
    parameters,
  );
  return rows.map(({ id }) => id);
}
