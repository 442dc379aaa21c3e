import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { DataSource } from 'typeorm';
import { storedColumns, tables, vectorIndexes, type Run } from './catalogue.js';

/** The first line of a backup, after "H ". */
export interface BackupHeader {
  readonly cairn: 1;
  /** Migrations that had run, oldest first: a restore runs the same ones before it stores the rows. */
  readonly migrations: readonly string[];
  readonly at: string;
}

/** Rows in memory at a time. */
const rowsAtOnce = 500;

/**
 * Writes everything the database holds into one file, as it is at one moment; others may go on writing (on the embedded
 * database they wait). Lines, gzipped: "H " the header, "T " a table, "R " its rows as JSON, "I " an index, "E " the
 * number of rows of each table, without which a file is cut off. The file appears under its name once it is whole.
 * @returns the number of rows of each table
 */
export async function dumpDatabase(
  dataSource: DataSource,
  path: string,
  say: (table: string, rows: number) => void = () => {},
): Promise<Record<string, number>> {
  const runner = dataSource.createQueryRunner();
  const run = ((text, parameters) => runner.query(text, parameters)) as Run;
  const part = `${path}.part`;
  const counts: Record<string, number> = {};
  try {
    await runner.startTransaction('REPEATABLE READ');
    await run('SET TRANSACTION READ ONLY');
    const lines = Readable.from(linesOf(run, counts, say));
    await pipeline(lines, createGzip(), createWriteStream(part, { mode: 0o600, flush: true }));
    await runner.commitTransaction();
    renameSync(part, path);
    return counts;
  } catch (error) {
    rmSync(part, { force: true });
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => {});
    throw error;
  } finally {
    await runner.release();
  }
}

async function* linesOf(
  run: Run,
  counts: Record<string, number>,
  say: (table: string, rows: number) => void,
): AsyncGenerator<string> {
  const migrations = await run<{ name: string }>('SELECT name FROM migrations ORDER BY timestamp');
  const header: BackupHeader = {
    cairn: 1,
    migrations: migrations.map(({ name }) => name),
    at: new Date().toISOString(),
  };
  yield `H ${JSON.stringify(header)}\n`;
  for (const table of await tables(run)) {
    const columns = (await storedColumns(run, table)).join(', ');
    yield `T ${JSON.stringify(table)}\n`;
    counts[table] = 0;
    // As text: numbers beyond 2^53 and times to the microsecond would not survive JavaScript.
    await run(
      `DECLARE dumped NO SCROLL CURSOR FOR SELECT row_to_json(stored)::text AS line
       FROM (SELECT ${columns} FROM public."${table}") stored`,
    );
    for (;;) {
      const rows = await run<{ line: string }>(`FETCH ${rowsAtOnce} FROM dumped`);
      if (rows.length === 0) break;
      counts[table] += rows.length;
      yield rows.map(({ line }) => `R ${line}\n`).join('');
    }
    await run('CLOSE dumped');
    say(table, counts[table]);
  }
  for (const definition of await vectorIndexes(run)) yield `I ${JSON.stringify(definition)}\n`;
  yield `E ${JSON.stringify(counts)}\n`;
}
