import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import { importLock } from '../import/import-questions.js';
import { changing } from '../persistence/changing.js';
import type { Database, Sql } from '../persistence/database.js';
import { takenIds, type Kind } from './known-ids.js';
import { readRecord, type RecordOf, type TransferRecord } from './record-format.js';
import { storeAnswers, storeVotes } from './store-answers.js';
import { storeQuestions } from './store-questions.js';
import { storePlaces, storeTopics } from './store-topics.js';
import { storeVersions } from './store-versions.js';
import type { Stored } from './stored.js';

export interface GivenRecord {
  readonly line: number;
  readonly json: string;
}
export type RecordResult = { readonly line: number } & (
  { readonly outcome: Exclude<Stored, DomainError> } | { readonly error: DomainError }
);

const maxRecords = 500;

/**
 * Creates or updates what records of an export say, in one transaction; records that cannot be stored fail one by one.
 * The same records again change nothing. Content keeps its ids, dates, numbers and authors; of content that is there
 * already and differs, what was changed later holds.
 * @returns one result per record, in order
 */
export async function importRecords(
  database: Database,
  caller: Caller,
  given: readonly GivenRecord[],
  dryRun: boolean,
): Promise<RecordResult[]> {
  requireRole(caller, 'admin');
  if (given.length > maxRecords)
    throw DomainError.invalid('records', `An import takes at most ${maxRecords} records a call; got ${given.length}.`);
  const stored = new Array<Stored>(given.length);
  const read: { place: number; record: TransferRecord }[] = [];
  given.forEach(({ json }, place) => {
    try {
      read.push({ place, record: readRecord(json) });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      stored[place] = error;
    }
  });
  if (dryRun) for (const { place } of read) stored[place] = 'created';
  else if (read.length > 0) {
    const taken = await takenByKind(
      database,
      read.map(({ record }) => record),
    );
    await changing(database, caller, async (sql) => {
      await sql.rows('SELECT pg_advisory_xact_lock($1)', [importLock]);
      for (const run of runsOf(read)) {
        const outcomes = await storeRun(
          sql,
          run.map(({ record }) => record),
          taken,
        );
        run.forEach(({ place }, index) => (stored[place] = outcomes[index]));
      }
    });
  }
  return given.map(({ line }, place) => {
    const outcome = stored[place];
    return typeof outcome === 'string' ? { line, outcome } : { line, error: outcome };
  });
}

async function takenByKind(
  database: Database,
  records: readonly TransferRecord[],
): Promise<Record<Kind, ReadonlySet<string>>> {
  const idsOf = (kind: Kind) => records.flatMap((record) => (record.record === kind ? [record.id] : []));
  return {
    topic: await takenIds(database, 'topic', idsOf('topic')),
    question: await takenIds(database, 'question', idsOf('question')),
    answer: await takenIds(database, 'answer', idsOf('answer')),
  };
}

/** Records in runs of one kind in which nothing occurs twice, so that each can be written by a few statements. */
function runsOf<T extends { readonly record: TransferRecord }>(records: readonly T[]): T[][] {
  const runs: T[][] = [];
  let kind = '';
  let seen = new Set<string>();
  for (const one of records) {
    const keys = keysOf(one.record);
    if (one.record.record !== kind || keys.some((key) => seen.has(key))) {
      runs.push([]);
      kind = one.record.record;
      seen = new Set();
    }
    for (const key of keys) seen.add(key);
    runs.at(-1)!.push(one);
  }
  return runs;
}

/** What may be there once only. */
function keysOf(record: TransferRecord): string[] {
  switch (record.record) {
    case 'topic':
      return [record.id, `slug ${record.slug}`];
    case 'question':
      return [
        record.id,
        ...(record.externalId === undefined ? [] : [JSON.stringify([record.source, record.externalId])]),
      ];
    case 'answer':
      return [record.id, ...(record.imported ? [`imported ${record.question}`] : [])];
    case 'vote':
      return [JSON.stringify([record.answer, record.voter])];
    case 'version':
      return [`${record.of} ${record.id} ${record.version}`];
    default:
      return [];
  }
}

async function storeRun(
  sql: Sql,
  run: readonly TransferRecord[],
  taken: Record<Kind, ReadonlySet<string>>,
): Promise<Stored[]> {
  switch (run[0].record) {
    case 'topic':
      return storeTopics(sql, run as RecordOf<'topic'>[], taken.topic);
    case 'place':
      return storePlaces(sql, run as RecordOf<'place'>[]);
    case 'question':
      return storeQuestions(sql, run as RecordOf<'question'>[], taken.question);
    case 'answer':
      return storeAnswers(sql, run as RecordOf<'answer'>[], taken.answer);
    case 'vote':
      return storeVotes(sql, run as RecordOf<'vote'>[]);
    case 'version':
      return storeVersions(sql, run as RecordOf<'version'>[]);
    default:
      // Beginning and end of an export say nothing that could be stored.
      return run.map(() => 'unchanged');
  }
}
