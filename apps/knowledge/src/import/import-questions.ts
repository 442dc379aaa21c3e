import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import { changing } from '../persistence/changing.js';
import type { Database, Sql } from '../persistence/database.js';
import { checkedText } from '../questions/checked-text.js';
import { findDuplicates, type Duplicate } from './find-duplicates.js';
import { checkRow, roundsOf, type GivenRow, type ImportRow } from './import-row.js';
import { missingTopic, topicsOf, type GivenTopic } from './import-topics.js';
import { knownRows, storeRows } from './store-rows.js';

export interface Import {
  /** Rows are unique by source and external id. */
  readonly source: string;
  readonly rows: readonly GivenRow[];
  readonly topics: readonly GivenTopic[];
  /** Check only: everything is rolled back. */
  readonly dryRun: boolean;
  /** What becomes of new rows that are nearly the same as a question that is there; "keep" if absent. */
  readonly duplicates?: DuplicateRule;
}

export type DuplicateRule = 'keep' | 'report' | 'skip';
export type ImportOutcome = 'created' | 'updated' | 'unchanged';
export type RowResult = { readonly line: number; readonly duplicate?: Duplicate } & (
  | { readonly outcome: ImportOutcome; readonly questionId: string }
  | { readonly outcome: 'skipped' }
  | { readonly error: DomainError }
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
    const alike = await duplicatesOf(sql, source, storable, given.duplicates ?? 'keep');
    const skipped = given.duplicates === 'skip' ? alike : new Map<ImportRow, Duplicate>();
    for (const [row, duplicate] of skipped)
      results[placeOf.get(row)!] = { line: row.line, outcome: 'skipped', duplicate };
    for (const round of roundsOf(storable.filter((row) => !skipped.has(row)))) {
      const stored = await storeRows(sql, source, round, topics);
      round.forEach((row, index) => {
        const duplicate = alike.get(row);
        results[placeOf.get(row)!] = { line: row.line, ...(duplicate && { duplicate }), ...stored[index] };
      });
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

/** What rows that are new here are nearly the same as. */
async function duplicatesOf(
  sql: Sql,
  source: string,
  rows: readonly ImportRow[],
  rule: DuplicateRule,
): Promise<Map<ImportRow, Duplicate>> {
  if (rule === 'keep' || rows.length === 0) return new Map();
  const known = await knownRows(sql, source, rows);
  return findDuplicates(
    sql,
    rows.filter(({ externalId }) => !known.has(externalId)),
  );
}

function expected(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
