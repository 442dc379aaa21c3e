import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import { changing } from '../persistence/changing.js';
import type { Database, Sql } from '../persistence/database.js';
import { checkedText } from '../questions/checked-text.js';
import { checkRow, roundsOf, type GivenRow, type ImportRow } from './import-row.js';
import { missingTopic, topicsOf, type GivenTopic } from './import-topics.js';
import { storeRows } from './store-rows.js';

export interface Import {
  /** Rows are unique by source and external id. */
  readonly source: string;
  readonly rows: readonly GivenRow[];
  readonly topics: readonly GivenTopic[];
  /** Check only: everything is rolled back. */
  readonly dryRun: boolean;
}

export type ImportOutcome = 'created' | 'updated' | 'unchanged';
export type RowResult = { readonly line: number } & (
  { readonly outcome: ImportOutcome; readonly questionId: string } | { readonly error: DomainError }
);

const maxRows = 500;
/** Any number of its own: imports take turns, so that two of the same source do not create a row twice. */
export const importLock = 7_246_003;

class DryRun extends Error {}

/**
 * Creates or updates questions by (source, external id): a fixed number of statements, however many rows. Rows that
 * cannot be stored fail one by one; the others are stored. The same rows again change nothing.
 * @returns one result per row, in order
 */
export async function importQuestions(database: Database, caller: Caller, given: Import): Promise<RowResult[]> {
  requireRole(caller, 'editor');
  const source = checkedText(given.source, 'source', 200);
  if (given.rows.length > maxRows)
    throw DomainError.invalid('rows', `An import takes at most ${maxRows} rows a call; got ${given.rows.length}.`);
  const results = new Array<RowResult>(given.rows.length);
  const placeOf = new Map<ImportRow, number>();
  given.rows.forEach((row, place) => {
    try {
      placeOf.set(checkRow(row), place);
    } catch (error) {
      results[place] = { line: row.line, error: expected(error) };
    }
  });
  const store = async (sql: Sql) => {
    await sql.rows('SELECT pg_advisory_xact_lock($1)', [importLock]);
    const rows = [...placeOf.keys()];
    const topics = await topicsOf(sql, caller, rows, given.topics);
    const [storable, refused] = partition(rows, ({ topic }) => topic === '' || topics.has(topic));
    for (const row of refused) results[placeOf.get(row)!] = { line: row.line, error: missingTopic(row.topic) };
    for (const round of roundsOf(storable)) {
      const stored = await storeRows(sql, source, round, topics);
      round.forEach((row, index) => (results[placeOf.get(row)!] = { line: row.line, ...stored[index] }));
    }
    if (given.dryRun) throw new DryRun();
  };
  if (placeOf.size === 0) return results;
  try {
    await changing(database, caller, store);
  } catch (error) {
    if (!(error instanceof DryRun)) throw error;
  }
  return results;
}

function expected(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
