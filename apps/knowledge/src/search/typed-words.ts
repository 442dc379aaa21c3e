import type { Sql } from '../persistence/database.js';

/** A word that occurs nowhere, and the one that was meant. */
export interface Correction {
  readonly word: string;
  readonly used: string;
}

/** Shorter words are near to too many others. */
const shortest = 4;
/** Words of one text that are looked up. */
const mostWords = 8;

/**
 * Words that occur in no question or answer, neither as they are nor by their stem, each with the nearest word that does:
 * candidates by trigrams (pg_trgm), the fewest edits win (Damerau and Levenshtein), one in words of up to five letters and
 * two in longer ones. Words without one stay as they are.
 * @param configuration text search configuration for stems
 */
export async function correctedWords(sql: Sql, text: string, configuration: string): Promise<Correction[]> {
  const words = [...new Set(text.toLowerCase().match(/\p{L}+/gu) ?? [])].filter((word) => word.length >= shortest);
  if (words.length === 0) return [];
  const known = await sql.rows<{ word: string }>('SELECT word FROM search_word WHERE word = ANY ($1::text[])', [words]);
  const unknown = words.filter((word) => !known.some((row) => row.word === word)).slice(0, mostWords);
  const mistyped: string[] = [];
  for (const word of unknown) if (!(await occurs(sql, word, configuration))) mistyped.push(word);
  if (mistyped.length === 0) return [];
  const rows = await sql.rows<{ word: string; near: string }>(
    `SELECT mistyped.word, candidate.near
     FROM unnest($1::text[]) AS mistyped (word) CROSS JOIN LATERAL (
       SELECT search_word.word AS near FROM search_word
       WHERE search_word.word % mistyped.word AND abs(length(search_word.word) - length(mistyped.word)) <= 2
       ORDER BY similarity(search_word.word, mistyped.word) DESC, search_word.word LIMIT 20) AS candidate`,
    [mistyped],
  );
  const best = new Map<string, { used: string; edits: number }>();
  for (const { word, near } of rows) {
    const edits = editsBetween(word, near);
    if (edits <= (word.length <= 5 ? 1 : 2) && edits < (best.get(word)?.edits ?? Infinity))
      best.set(word, { used: near, edits });
  }
  return [...best].map(([word, { used }]) => ({ word, used }));
}

/** Whether a text has the word by its stem, or the language leaves the word out as one that says nothing. */
async function occurs(sql: Sql, word: string, configuration: string): Promise<boolean> {
  const [{ query }] = await sql.rows<{ query: string }>('SELECT plainto_tsquery($2::regconfig, $1)::text AS query', [
    word,
    configuration,
  ]);
  if (query === '') return true;
  // The query as a parameter: the planner knows how rare it is.
  const [{ found }] = await sql.rows<{ found: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM question WHERE search @@ $1::tsquery)
       OR EXISTS (SELECT 1 FROM answer WHERE search @@ $1::tsquery) AS found`,
    [query],
  );
  return found;
}

/** The text with its mistyped words replaced. */
export function corrected(text: string, corrections: readonly Correction[]): string {
  const by = new Map(corrections.map(({ word, used }) => [word, used]));
  return text.replace(/\p{L}+/gu, (word) => by.get(word.toLowerCase()) ?? word);
}

/**
 * Letters to insert, delete, replace or exchange with their neighbour to make one word of another (optimal string
 * alignment distance; Boytsov, 2011, section 2.2).
 */
export function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (same ? 0 : 1));
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) least = Math.min(least, before[j - 2] + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length];
}
