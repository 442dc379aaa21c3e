import type { Database, Sql } from '../persistence/database.js';
import { anyOf, weighedTerms, wordStatistics, type Term } from './rare-words.js';
import type { FoundByWords } from './fuse-ranks.js';
import { found, seen, type SearchScope } from './search-scope.js';
import { corrected, correctedWords, type Correction } from './typed-words.js';

/** Words of a text that are looked for. Ranking by thousands of alternatives would keep the database busy for a minute. */
const maxWords = 48;
const maxWordsLength = 1_000;

/** Rows that are ranked at most, of those that have the words: ranking every text that has a common word takes seconds. */
const ranked = 2_000;

/** The beginning of a text, as much of it as is searched by words: at most 48 words and 1,000 characters. */
export function searchedWords(text: string): string {
  return text.slice(0, maxWordsLength).split(/\s+/, maxWords).join(' ');
}

/** What is looked for by words: as PostgreSQL writes a tsquery. */
export interface TextQuery {
  /** Every word. Quotes and a leading minus keep their meaning. */
  readonly every: string;
  /** At least one of the words; of a large table, of the rare ones. */
  readonly any: string;
  /** The parts of `any`. */
  readonly terms: readonly Term[];
  readonly corrections: readonly Correction[];
}

/**
 * The words of a text, in the languages that questions are in (or the one that is asked for): a word is looked for under
 * the stem that each of them gives it.
 */
export async function textQuery(sql: Database, text: string, { language }: SearchScope): Promise<TextQuery> {
  const words = searchedWords(text);
  const [{ configurations }] = await sql.rows<{ configurations: string[] }>(
    language === undefined ? configurationsInUse : 'SELECT ARRAY[search_configuration($1)::text] AS configurations',
    language === undefined ? [] : [language],
  );
  const corrections = await correctedWords(sql, words, configurations[0]);
  const [{ queries }] = await sql.rows<{ queries: string[] }>(
    `SELECT array_agg(websearch_to_tsquery(configuration::regconfig, $1)::text) AS queries
     FROM unnest($2::text[]) AS configuration`,
    [corrected(words, corrections), configurations],
  );
  const statistics = await wordStatistics(sql);
  const every = [...new Set(queries)].filter((query) => query !== '');
  // A negated word in an alternative would match nearly everything: such queries stay as they are.
  const some = every.map((query) => (query.includes('!') ? query : anyOf(query, statistics, ranked)));
  const terms = await Promise.all(some.map((query) => weighedTerms(sql, query, statistics)));
  return { every: joined(every), any: joined(some), terms: terms.flat(), corrections };
}

/** Each language once, through the index; English texts are the most, and not in it. */
const configurationsInUse = `
  WITH RECURSIVE used AS (
    SELECT min(language) AS language FROM question WHERE language <> 'en'
    UNION ALL
    SELECT (SELECT min(language) FROM question WHERE language <> 'en' AND language > used.language)
    FROM used WHERE used.language IS NOT NULL
  )
  SELECT array_agg(DISTINCT configuration ORDER BY configuration) AS configurations FROM (
    SELECT search_configuration('en')::text AS configuration
    UNION SELECT search_configuration(language)::text FROM used WHERE language IS NOT NULL) AS configurations`;

const joined = (queries: readonly string[]) => queries.map((query) => `(${query})`).join(' | ');

/** What a word counts in a question (1) and in an answer (0.5); the others are of no use here. */
const weights = '{0.1, 0.3, 0.5, 1}';

/**
 * Questions whose text or answers have the words, best first: a question and its best answer are ranked as one text
 * (ts_rank), in which a word again and again says little more, and one in the question counts twice one in the answer.
 * Those that have every word come before those that have some, for whom rare words count more than common ones.
 * @returns at most `limit` question ids
 */
export async function fullTextSearch(
  sql: Sql,
  query: TextQuery,
  scope: SearchScope,
  limit: number,
): Promise<FoundByWords> {
  const every = await matches(sql, query.every, undefined, scope, limit);
  const withEveryWord = every.length;
  if (withEveryWord >= limit || query.any === query.every) return { ids: every, withEveryWord };
  const some = await matches(sql, query.any, query.terms, scope, limit);
  return { ids: [...new Set([...every, ...some])].slice(0, limit), withEveryWord };
}

/** @param terms over which ranks are summed, weighed; undefined: that of the whole query */
async function matches(
  sql: Sql,
  query: string,
  terms: readonly Term[] | undefined,
  scope: SearchScope,
  limit: number,
): Promise<string[]> {
  if (query === '') return [];
  const parameters: unknown[] = [query];
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  const condition = found(scope, parameter);
  const summed =
    terms &&
    `unnest(${parameter(terms.map((term) => term.query))}::text[]::tsquery[], ${parameter(terms.map(({ weight }) => weight))}::float8[])`;
  const rank =
    summed === undefined
      ? `ts_rank('${weights}', words, $1::tsquery)`
      : `(SELECT sum(term.weight * ts_rank('${weights}', words, term.query)) FROM ${summed} AS term (query, weight))`;
  const rows = await sql.rows<{ id: string }>(
    `WITH matched AS (
       (SELECT question.id, setweight(question.search, 'A') AS words FROM question
        WHERE question.search @@ $1::tsquery AND ${condition} LIMIT ${ranked})
       UNION ALL
       (SELECT question.id, setweight(question.search, 'A') || setweight(answer.search, 'B') AS words
        FROM answer CROSS JOIN LATERAL (
          -- OFFSET 0: one question for each answer that has the words, never all questions that pass a filter.
          SELECT question.id, question.search FROM question WHERE question.id = answer.question_id AND ${condition} OFFSET 0) AS question
        WHERE answer.search @@ $1::tsquery AND ${seen('answer', scope)} LIMIT ${ranked})
     )
     SELECT id FROM matched GROUP BY id ORDER BY max(${rank}) DESC, id LIMIT ${limit}`,
    parameters,
  );
  return rows.map(({ id }) => id);
}
