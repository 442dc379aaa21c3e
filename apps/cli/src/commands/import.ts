import { createWriteStream, type WriteStream } from 'node:fs';
import { Option, type Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient } from '../graphql/graphql-client.js';
import { columnMap, type ColumnMap } from '../import/columns.js';
import { fileFormats, type FileFormat } from '../import/file-format.js';
import { importSource, type ImportOptions, type ImportTally } from '../import/import-questions.js';
import { FileFormatError, HeaderError, openSource } from '../import/import-source.js';
import { readLabelTable, readTopicTable, TableError } from '../import/label-table.js';
import type { RowFault } from '../import/source-row.js';
import { apiCommand, invocationOf } from '../invocation.js';
import type { Output } from '../output/output.js';
import { formatTable } from '../output/table.js';
import { collect, wholeNumber } from './option-values.js';

interface ImportCommandOptions {
  readonly source?: string;
  readonly format?: FileFormat;
  readonly map?: readonly string[];
  readonly labels?: string;
  readonly topics?: string;
  readonly hideTopics?: string;
  readonly dryRun?: boolean;
  readonly limit?: number;
  readonly errors?: string;
}

/** Failed rows that are listed at the end. */
const listedFaults = 20;

export function addImport(program: Command): void {
  apiCommand(
    program,
    'import <paths...>',
    `Imports questions: CSV, TSV and JSON lines files, Markdown files with front matter, HTML pages, and folders of either.

An HTML page is split: its headings are the questions, what stands below each is the answer.

Columns (or keys): text or question; id, answer, topic or label, tags, state, source. Only the text is needed. Rows are
known again by their id, or else by their text, so that importing the same file twice changes nothing. In TSV a quote is
a character like any other; in CSV fields may be quoted (RFC 4180).`,
    [
      'import content/questions --source starter --topics content/questions/topics.tsv',
      'import incoming.tsv --labels labels.tsv',
      'import blog/ --format html --source blog',
      'import tickets.csv --map subject=text --map queue=topic --dry-run',
      'import train.tsv --hide-topics card_arrival,card_linking',
    ],
  )
    .summary('Imports questions from CSV, TSV, JSON lines, Markdown and HTML pages.')
    .option('--source <name>', 'source of the questions [name of the file without extension, or of the folder]')
    .addOption(new Option('--format <format>', 'what the file is, whatever its name').choices(fileFormats))
    .option('--map <column=field>', 'column to read a field from; may be given again', collect)
    .option('--labels <file>', 'table of id and topic; with a column "use", only rows where it is "label"')
    .option('--topics <file>', 'table of slug, title, description for topics that the rows name')
    .option('--hide-topics <slugs>', 'topics, separated by commas, whose labels are not given')
    .option('--dry-run', 'check everything, change nothing')
    .option('--limit <rows>', 'rows of each file to import at most', wholeNumber(1))
    .option('--errors <file>', 'write every failed row there, as JSON lines')
    .action(async (paths: string[], options: ImportCommandOptions, command: Command) => {
      const { client, output } = invocationOf(command);
      await runImport(client, output, paths, options);
    });
}

async function runImport(
  client: GraphqlClient,
  output: Output,
  paths: readonly string[],
  options: ImportCommandOptions,
): Promise<void> {
  const columns = readColumns(options.map);
  const labels =
    options.labels === undefined ? undefined : await reading(options.labels, () => readLabelTable(options.labels!));
  const topics =
    options.topics === undefined ? undefined : await reading(options.topics, () => readTopicTable(options.topics!));
  const shared = {
    columns,
    labels,
    topics,
    hiddenTopics: new Set(options.hideTopics?.split(',').map((slug) => slug.trim())),
    dryRun: options.dryRun ?? false,
    limit: options.limit,
  };
  const faults = faultList(options.errors);
  const sources: ({ path: string; source: string } & ImportTally)[] = [];
  for (const path of paths) sources.push(await importPath(client, output, path, options, shared, faults));
  await faults.close();
  const total = sumTallies(sources);
  output.result(
    { dryRun: shared.dryRun, ...total, sources, errors: faults.first },
    [
      formatTable(
        [{ name: 'file' }, ...tallyNames.map((name) => ({ name, align: 'right' as const }))],
        sources.map((tally) => [tally.path, ...tallyNames.map((name) => tally[name].toLocaleString('en'))]),
      ),
      ...(shared.dryRun ? ['', 'This was a dry run: nothing was changed.'] : []),
    ].join('\n'),
  );
  if (total.failed > 0) throw CommandFailure.failed(faults.summary(total.failed));
}

async function importPath(
  client: GraphqlClient,
  output: Output,
  path: string,
  { source: sourceName, format }: ImportCommandOptions,
  shared: Omit<ImportOptions, 'source'>,
  faults: FaultList,
): Promise<{ path: string; source: string } & ImportTally> {
  return reading(path, async () => {
    const source = await openSource(path, shared.columns, format);
    const name = sourceName ?? source.name;
    const display = output.progress(`importing ${name}`);
    try {
      const tally = await importSource(
        client,
        source,
        { ...shared, source: name, overrideSource: sourceName !== undefined },
        { onFault: (fault) => faults.add(path, fault), onProgress: (progress) => display.show(progress) },
      );
      return { path, source: name, ...tally };
    } finally {
      display.stop();
    }
  });
}

function readColumns(map: readonly string[] | undefined): ColumnMap {
  try {
    return columnMap(map);
  } catch (error) {
    throw CommandFailure.usage((error as Error).message);
  }
}

/** Turns what can be wrong with a file into one line for a person. */
async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FileFormatError || error instanceof TableError) throw CommandFailure.usage(error.message);
    if (error instanceof HeaderError)
      throw CommandFailure.usage(error.message.startsWith(path) ? error.message : `${path}: ${error.message}.`);
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined || code === undefined) throw error;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'it may not be read' : code;
    throw CommandFailure.usage(`${path}: ${why}.`);
  }
}

/** Keeps the first failed rows, writes all of them to a file if wanted. */
interface FaultList {
  readonly first: (RowFault & { path: string })[];
  add(path: string, fault: RowFault): Promise<void>;
  close(): Promise<void>;
  summary(total: number): string;
}

function faultList(file: string | undefined): FaultList {
  const stream: WriteStream | undefined = file === undefined ? undefined : createWriteStream(file);
  const opened = new Promise<void>((resolve, reject) => {
    stream?.once('error', (error) => reject(CommandFailure.usage(`--errors ${file}: ${error.message}`)));
    stream?.once('close', () => resolve());
    if (stream === undefined) resolve();
  });
  opened.catch(() => {});
  const first: (RowFault & { path: string })[] = [];
  return {
    first,
    add: async (path, fault) => {
      if (first.length < listedFaults) first.push({ path, ...fault });
      // A million of them must not pile up in memory while the disk is slow.
      if (stream !== undefined && !stream.write(`${JSON.stringify({ path, ...fault })}\n`) && !stream.destroyed)
        await Promise.race([new Promise<void>((resolve) => stream.once('drain', () => resolve())), opened]);
    },
    close: () => {
      stream?.end();
      return opened;
    },
    summary: (total) => {
      const lines = first.map(
        ({ path, file: inFolder, line, field, message }) =>
          `  ${inFolder ?? `${path}:${line}`}: ${field ? `${field}: ` : ''}${message}`,
      );
      const more =
        total > first.length
          ? [`  ... and ${total - first.length} more${file ? `, all in ${file}` : '; --errors FILE writes all'}`]
          : [];
      return [`${total === 1 ? 'One row was' : `${total} rows were`} not imported:`, ...lines, ...more].join('\n');
    },
  };
}

const tallyNames = ['created', 'updated', 'unchanged', 'repeated', 'failed'] as const;

function sumTallies(tallies: readonly ImportTally[]): ImportTally {
  const sum = { created: 0, updated: 0, unchanged: 0, repeated: 0, failed: 0 };
  for (const tally of tallies) for (const name of tallyNames) sum[name] += tally[name];
  return sum;
}
