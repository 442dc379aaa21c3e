import { acrossSpaces } from '../access/scope.js';
import type { Database, Sql } from '../persistence/database.js';

/** How many rows have a word, as the planner's statistics have it. */
export interface WordStatistics {
  /** Share of the rows that have a lexeme; lexemes that are not common are not in it. */
  readonly shares: ReadonlyMap<string, number>;
  readonly rows: number;
}

interface Kept {
  readonly at: number;
  readonly statistics: Promise<WordStatistics>;
}

const keptForMs = 10 * 60_000;
const kept = new WeakMap<Database, Kept>();

/** Statistics of the lexemes of questions and answers, at most ten minutes old. Empty before the first ANALYZE. */
export function wordStatistics(database: Database): Promise<WordStatistics> {
  const before = kept.get(database);
  if (before !== undefined && performance.now() - before.at < keptForMs) return before.statistics;
  const statistics = readStatistics(database);
  kept.set(database, { at: performance.now(), statistics });
  statistics.catch(() => kept.delete(database));
  return statistics;
}

async function readStatistics(database: Database): Promise<WordStatistics> {
  // PostgreSQL shows statistics to nobody whom row-level security binds; these go nowhere but into a choice of words.
  const rows = await acrossSpaces(() =>
    database.rows<{ lexemes: string[] | null; shares: number[] | null; rows: number }>(
      `SELECT most_common_elems::text::text[] AS lexemes, most_common_elem_freqs::float8[] AS shares,
         greatest(reltuples, 0) AS rows
       FROM pg_class LEFT JOIN pg_stats ON schemaname = 'public' AND tablename = relname AND attname = 'search'
       WHERE pg_class.oid IN ('public.question'::regclass, 'public.answer'::regclass)`,
    ),
  );
  const shares = new Map<string, number>();
  for (const { lexemes, shares: given } of rows)
    lexemes?.forEach((lexeme, i) => shares.set(lexeme, Math.max(shares.get(lexeme) ?? 0, given?.[i] ?? 0)));
  return { shares, rows: Math.max(0, ...rows.map((row) => row.rows)) };
}

/**
 * "At least one of the words" for a query that has every one: of a large table only the rare words, as many as together
 * have no more than about `most` rows; the rarest always. Common words say little, and every text that has one would have
 * to be ranked.
 * @param every as PostgreSQL writes a tsquery
 */
export function anyOf(every: string, { shares, rows }: WordStatistics, most: number): string {
  const parts = every.split(/ [&|] /).map((part) => ({ part, rows: rows * shareOf(part, shares) }));
  parts.sort((a, b) => a.rows - b.rows);
  let sum = 0;
  const rare = parts.filter((part, place) => (sum += part.rows) <= most || place === 0);
  return rare.map(({ part }) => part).join(' | ');
}

/** A part of a query, and what having it is worth. */
export interface Term {
  /** As PostgreSQL writes a tsquery. */
  readonly query: string;
  readonly weight: number;
}

/** Texts that are counted at most for one word; from there on it is common. */
const countedUpTo = 1_000;

/**
 * The parts of an "at least one of the words" query with their inverse document frequency, ln(1 + (N - n + 0.5) / (n + 0.5))
 * over questions and answers (Robertson and Spärck Jones 1976, as in BM25): what few texts have says more than what many
 * have. Common words' frequencies are the planner's, those of others are counted through the index.
 * @param any as PostgreSQL writes a tsquery; one with a negation is one term
 */
export async function weighedTerms(sql: Sql, any: string, { shares, rows }: WordStatistics): Promise<Term[]> {
  const queries = any.includes('!') || any === '' ? [any].filter((query) => query !== '') : any.split(' | ');
  if (queries.length < 2) return queries.map((query) => ({ query, weight: 1 }));
  const unknown = queries.filter((query) => shareOf(query, shares) === 0);
  const counted = await sql.rows<{ query: string; having: number; total: number }>(
    `SELECT query, (${capped('question', 'search @@ query::tsquery')}) + (${capped('answer', 'search @@ query::tsquery')}) AS having,
       (${capped('question', 'true')}) + (${capped('answer', 'true')}) AS total
     FROM unnest($1::text[]) AS query`,
    [unknown],
  );
  const havingOf = new Map(counted.map(({ query, having }) => [query, having]));
  const total = Math.max(2 * rows, ...counted.map((row) => row.total));
  return queries.map((query) => {
    const having = Math.min(total, havingOf.get(query) ?? total * shareOf(query, shares));
    return { query, weight: Math.log(1 + (total - having + 0.5) / (having + 0.5)) };
  });
}

const capped = (table: string, condition: string): string =>
  `SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${condition} LIMIT ${countedUpTo}) AS ${table}`;

/** Of a phrase, the share of its rarest word. */
function shareOf(part: string, shares: ReadonlyMap<string, number>): number {
  const lexemes = [...part.matchAll(/'((?:[^']|'')*)'/g)].map(([, lexeme]) => lexeme.replaceAll("''", "'"));
  return Math.min(...lexemes.map((lexeme) => shares.get(lexeme) ?? 0));
}
