import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { readCliConfig } from '../cli.config.js';
import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient } from '../graphql/graphql-client.js';
import { Checkpoint, mark, type PathProgress } from '../import/checkpoint.js';
import { columnMap, type ColumnMap } from '../import/columns.js';
import {
  addDuplicate,
  duplicateRules,
  type Duplicate,
  type DuplicateRule,
  type DuplicateTally,
} from '../import/duplicates.js';
import { encodingNamed, encodings, type Encoding } from '../import/encoding.js';
import { FaultList } from '../import/fault-list.js';
import { fileFormats, type ChosenFormat } from '../import/file-format.js';
import { importSource, newTally, type ImportOptions, type ImportTally } from '../import/import-questions.js';
import { importRecords } from '../import/import-records.js';
import { FileFormatError, HeaderError, openSource } from '../import/import-source.js';
import { readLabelTable, readTopicTable, TableError } from '../import/label-table.js';
import { apiCommand, invocationOf } from '../invocation.js';
import type { RowFault } from '../import/source-row.js';
import type { Output } from '../output/output.js';
import type { Progress } from '../output/progress.js';
import { formatTable, plural, shorten } from '../output/table.js';
import { collect, wholeNumber } from './option-values.js';

interface ImportCommandOptions {
  readonly source?: string;
  readonly format?: ChosenFormat;
  readonly encoding?: Encoding;
  readonly map?: readonly string[];
  readonly labels?: string;
  readonly topics?: string;
  readonly hideTopics?: string;
  readonly dryRun?: boolean;
  readonly limit?: number;
  readonly errors?: string;
  readonly duplicates: DuplicateRule;
  readonly resume?: boolean;
}

export function addImport(program: Command): void {
  apiCommand(
    program,
    'import <paths...>',
    `Imports questions: CSV, TSV and JSON lines files, Markdown files with front matter, HTML pages, and folders of either.
What "cairn export" wrote as JSON lines is known by its first line and gives everything back: topics and their tree,
versions, votes, dates. Content keeps its id and is found by it again; of content that differs here, what was changed
later holds.

An HTML page is split: its headings are the questions, what stands below each is the answer.

Columns (or keys): text or question; id, answer, topic or label, tags, state, language, source. Only the text is needed. Rows are
known again by their id, or else by their text, so that importing the same file twice changes nothing. In TSV a quote is
a character like any other; in CSV fields may be quoted (RFC 4180).

Files of any size are read as streams. Text may be UTF-8, UTF-16 or Windows-1252 (Latin-1), which is found out; a row
that is neither fails by itself, with its line and byte. An import that was killed goes on with --resume.`,
    [
      'import content/questions --source starter --topics content/questions/topics.tsv',
      'import incoming.tsv --labels labels.tsv',
      'import blog/ --format html --source blog',
      'import tickets.csv --map subject=text --map queue=topic --dry-run',
      'import train.tsv --hide-topics card_arrival,card_linking',
      'import everything.jsonl',
      'import huge.csv --errors rejected.jsonl --duplicates skip --resume',
    ],
  )
    .summary('Imports questions from CSV, TSV, JSON lines, Markdown and HTML pages.')
    .option('--source <name>', 'source of the questions [name of the file without extension, or of the folder]')
    .addOption(new Option('--format <format>', 'what the file is, whatever its name').choices(fileFormats))
    .addOption(
      new Option(
        '--encoding <name>',
        `how the text is encoded: ${encodings.join(', ')}; found out if not given`,
      ).argParser(readEncoding),
    )
    .option('--map <column=field>', 'column to read a field from; may be given again', collect)
    .option('--labels <file>', 'table of id and topic; with a column "use", only rows where it is "label"')
    .option('--topics <file>', 'table of slug, title, description for topics that the rows name')
    .option('--hide-topics <slugs>', 'topics, separated by commas, whose labels are not given')
    .option('--dry-run', 'check everything, change nothing')
    .option('--limit <rows>', 'rows of each file to import at most', wholeNumber(1))
    .option('--errors <file>', 'write every failed row there, as JSON lines')
    .addOption(
      new Option('--duplicates <rule>', 'new rows that are nearly the same question as one that is there')
        .choices(duplicateRules)
        .default('report'),
    )
    .option('--resume', 'go on where an import of the same files with the same options stopped')
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
    duplicates: options.duplicates,
  };
  const { resume = false, errors, ...rest } = options;
  const identity = [client.url, client.space ?? '', paths.map((path) => resolve(path)), rest];
  const checkpoint = await Checkpoint.open(readCliConfig().CAIRN_DATA, identity, resume);
  if (resume && checkpoint.found === undefined) output.note('There is nothing to go on with; beginning at the start.');
  const faults = await FaultList.open(errors, checkpoint.found?.faults);
  const run: ImportRun = {
    client,
    output,
    options,
    shared,
    faults,
    checkpoint,
    duplicates: checkpoint.found?.duplicates ?? { count: 0, examples: [] },
    paths: [],
  };
  const sources: ({ path: string; source: string } & ImportTally)[] = [];
  try {
    for (const path of paths) sources.push(await importPath(run, path));
  } finally {
    await faults.close();
  }
  await checkpoint.remove();
  const total = sumTallies(sources);
  output.result(
    { dryRun: shared.dryRun, ...total, sources, errors: faults.first, duplicates: run.duplicates },
    [
      formatTable(
        [{ name: 'file' }, ...tallyNames.map((name) => ({ name, align: 'right' as const }))],
        sources.map((tally) => [tally.path, ...tallyNames.map((name) => tally[name].toLocaleString('en'))]),
      ),
      ...describeDuplicates(run.duplicates, options.duplicates),
      ...(shared.dryRun ? ['', 'This was a dry run: nothing was changed.'] : []),
    ].join('\n'),
  );
  if (total.failed > 0) throw CommandFailure.failed(faults.summary(total.failed));
}

/** What the files of one call have in common. */
interface ImportRun {
  readonly client: GraphqlClient;
  readonly output: Output;
  readonly options: ImportCommandOptions;
  readonly shared: Omit<ImportOptions, 'source'>;
  readonly faults: FaultList;
  readonly checkpoint: Checkpoint;
  readonly duplicates: DuplicateTally;
  /** Those that are through. */
  readonly paths: PathProgress[];
}

async function importPath(run: ImportRun, path: string): Promise<{ path: string; source: string } & ImportTally> {
  const { client, output, options, shared, faults } = run;
  return reading(path, async () => {
    const before = await run.checkpoint.of(path);
    const source = await openSource(path, shared.columns, options);
    if (source.note !== undefined) output.note(source.note);
    const name = options.source ?? source.name;
    if (before !== undefined && before.line > 0)
      output.note(`${path}: going on after line ${before.line.toLocaleString('en')}.`);
    if (before?.done) {
      run.paths.push(before);
      return { path, source: name, ...before.tally };
    }
    const display = output.progress(`importing ${name}`);
    const marked = await mark(path);
    const progress = (line: number, tally: ImportTally, done: boolean): PathProgress => ({
      path,
      ...marked,
      line,
      tally,
      done,
    });
    const keep = async (paths: readonly PathProgress[]) => {
      if (!shared.dryRun)
        await run.checkpoint.save({ paths, faults: await faults.state(), duplicates: run.duplicates });
    };
    const listener = {
      onFault: (fault: RowFault) => faults.add(path, fault),
      onProgress: (shown: Progress) => display.show(shown),
      onDuplicate: (duplicate: Duplicate) => addDuplicate(run.duplicates, path, duplicate),
      onBatch: (line: number, tally: ImportTally) => keep([...run.paths, progress(line, tally, false)]),
    };
    try {
      if (source.format === 'records') refuseForRecords(path, options);
      const tally =
        source.format === 'records'
          ? await importRecords(client, source, { dryRun: shared.dryRun ?? false, after: before }, listener)
          : await importSource(
              client,
              source,
              { ...shared, source: name, overrideSource: options.source !== undefined, after: before },
              listener,
            );
      run.paths.push(progress(source.totalLines, tally, true));
      await keep(run.paths);
      return { path, source: name, ...tally };
    } finally {
      display.stop();
    }
  });
}

/** An export of everything says itself what belongs where. */
function refuseForRecords(path: string, options: ImportCommandOptions): void {
  const given = (['source', 'map', 'labels', 'topics', 'hideTopics', 'limit'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (given !== undefined)
    throw CommandFailure.usage(
      `${path} is an export of everything, to which --${given === 'hideTopics' ? 'hide-topics' : given} does not apply.`,
    );
}

function describeDuplicates({ count, examples }: DuplicateTally, rule: DuplicateRule): string[] {
  if (count === 0) return [];
  const what = rule === 'skip' ? 'left out' : 'imported all the same; --duplicates skip leaves such rows out';
  const lines = examples.map(
    ({ path, file, line, text, like, similarity }) =>
      `  ${file ?? `${path}:${line}`}: "${shorten(text, 60)}" is like "${shorten(like, 60)}" (${similarity.toFixed(2)})`,
  );
  const more = count > examples.length ? [`  ... and ${(count - examples.length).toLocaleString('en')} more`] : [];
  return ['', `${plural(count, 'row')} nearly the same as a question that is there (${what}):`, ...lines, ...more];
}

function readEncoding(name: string): Encoding {
  const encoding = encodingNamed(name);
  if (encoding === undefined)
    throw CommandFailure.usage(`--encoding "${name}" is not known; say ${encodings.join(', ')}.`);
  return encoding;
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

const tallyNames = ['created', 'updated', 'unchanged', 'repeated', 'skipped', 'failed'] as const;

function sumTallies(tallies: readonly ImportTally[]): ImportTally {
  const sum = newTally();
  for (const tally of tallies) for (const name of tallyNames) sum[name] += tally[name];
  return sum;
}
