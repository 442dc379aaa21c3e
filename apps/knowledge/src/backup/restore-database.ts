import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { ConfigurationError } from '@cairn/service-kit';
import type { DataSource } from 'typeorm';
import { migrate } from '../persistence/migrate.js';
import { migrations as known } from '../persistence/migrations/index.js';
import { storedColumns, tables, type Run } from './catalogue.js';
import type { BackupHeader } from './dump-database.js';

const rowsAtOnce = 500;
const bytesAtOnce = 4 * 1024 * 1024;

/**
 * Fills an empty database from a backup, all or nothing: the migrations that had run when it was made, its rows, and
 * then the migrations that came since.
 * @param open connects with some of the migrations
 * @returns the number of rows of each table, as the backup has them
 * @throws ConfigurationError if the file is no backup, is cut off, or is of a newer program, or the database is not empty
 */
export async function restoreDatabase(
  open: (migrations: typeof known) => Promise<DataSource>,
  path: string,
  say: (table: string, rows: number) => void = () => {},
): Promise<Record<string, number>> {
  const lines = linesOf(path);
  const header = headerOf((await lines.next()).value, path);
  const missing = header.migrations.filter((name) => !known.some((migration) => migration.name === name));
  if (missing.length > 0)
    throw new ConfigurationError(`This backup is of a newer Cairn (${missing.join(', ')}); restore it with that one.`);
  const dataSource = await open(known.filter(({ name }) => header.migrations.includes(name)));
  let counts: Record<string, number>;
  try {
    await migrate(dataSource);
    counts = await store(dataSource, lines, path, say);
  } finally {
    await lines.return(undefined);
    await dataSource.destroy();
  }
  const current = await open(known);
  await migrate(current).finally(() => current.destroy());
  return counts;
}

async function store(
  dataSource: DataSource,
  lines: AsyncGenerator<string>,
  path: string,
  say: (table: string, rows: number) => void,
): Promise<Record<string, number>> {
  const runner = dataSource.createQueryRunner();
  const run = ((text, parameters) => runner.query(text, parameters)) as Run;
  try {
    await runner.startTransaction();
    await refuseFilled(run);
    const restored = await storeUnchecked(run, lines, path, say);
    await runner.commitTransaction();
    return restored;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => {});
    throw error;
  } finally {
    await runner.release();
  }
}

/** Without triggers and references, which are put back, and so checked, when all rows are there. */
async function storeUnchecked(
  run: Run,
  lines: AsyncGenerator<string>,
  path: string,
  say: (table: string, rows: number) => void,
): Promise<Record<string, number>> {
  const references = await run<{ target: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS target, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  );
  const all = await tables(run);
  for (const { target, name } of references) await run(`ALTER TABLE ${target} DROP CONSTRAINT ${name}`);
  for (const table of all) {
    await run(`ALTER TABLE public."${table}" DISABLE TRIGGER USER`);
    // What migrations put there is in the backup too.
    await run(`DELETE FROM public."${table}"`);
  }

  const counts: Record<string, number> = {};
  const indexes: string[] = [];
  let promised: Record<string, number> | undefined;
  let table = '';
  let columns = '';
  let batch: string[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    await run(
      `INSERT INTO public."${table}" (${columns}) OVERRIDING SYSTEM VALUE
       SELECT ${columns} FROM json_populate_recordset(NULL::public."${table}", $1::json)`,
      [`[${batch.join(',')}]`],
    );
    counts[table] += batch.length;
    batch = [];
    bytes = 0;
  };
  for await (const line of lines) {
    const content = line.slice(2);
    if (line.startsWith('R ')) {
      batch.push(content);
      bytes += content.length;
      if (batch.length >= rowsAtOnce || bytes >= bytesAtOnce) await flush();
      continue;
    }
    await flush();
    if (table !== '') say(table, counts[table]);
    if (line.startsWith('T ')) {
      table = JSON.parse(content) as string;
      if (!all.includes(table)) throw new ConfigurationError(`${path} has rows of a table "${table}" that is unknown.`);
      columns = (await storedColumns(run, table)).join(', ');
      counts[table] = 0;
    } else {
      table = '';
      if (line.startsWith('I ')) indexes.push(JSON.parse(content) as string);
      if (line.startsWith('E ')) promised = JSON.parse(content) as Record<string, number>;
    }
  }
  if (promised === undefined || JSON.stringify(promised) !== JSON.stringify(counts))
    throw new ConfigurationError(`${path} is cut off or damaged: its end is missing. Nothing was restored.`);

  for (const { target, name, definition } of references)
    await run(`ALTER TABLE ${target} ADD CONSTRAINT ${name} ${definition}`);
  for (const name of all) await run(`ALTER TABLE public."${name}" ENABLE TRIGGER USER`);
  await continueSequences(run);
  for (const definition of indexes) await run(definition);
  return counts;
}

/** New rows get numbers above those that are there. */
async function continueSequences(run: Run): Promise<void> {
  const columns = await run<{ target: string; name: string; sequence: string }>(
    `SELECT attrelid::regclass::text AS target, quote_ident(attname) AS name,
       pg_get_serial_sequence(attrelid::regclass::text, attname) AS sequence
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attidentity <> '' AND relname <> 'migrations'`,
  );
  for (const { target, name, sequence } of columns)
    await run(`SELECT setval($1, coalesce((SELECT max(${name}) FROM ${target}), 0) + 1, false)`, [sequence]);
}

async function refuseFilled(run: Run): Promise<void> {
  const [{ filled }] = await run<{ filled: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM question) OR EXISTS (SELECT 1 FROM topic) OR EXISTS (SELECT 1 FROM api_key) AS filled`,
  );
  if (filled) throw new ConfigurationError('This database is not empty; restore into an empty one.');
}

function headerOf(line: unknown, path: string): BackupHeader {
  try {
    if (typeof line === 'string' && line.startsWith('H ')) {
      const header = JSON.parse(line.slice(2)) as BackupHeader;
      if (header.cairn === 1 && Array.isArray(header.migrations)) return header;
    }
  } catch {
    // Told below.
  }
  throw new ConfigurationError(`${path} is no backup of Cairn.`);
}

/** The lines of a gzipped file. @throws ConfigurationError if it cannot be read to its end */
export async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const unzipped = createGunzip();
  file.on('error', (error) => unzipped.destroy(error));
  file.pipe(unzipped).setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of unzipped as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be read as a backup: ${(error as Error).message}.`);
  } finally {
    file.destroy();
    unzipped.destroy();
  }
}
