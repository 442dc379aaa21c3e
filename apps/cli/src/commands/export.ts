import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import { exportRecords } from '../export/export-records.js';
import { exportQuestion, type StoredQuestion } from '../export/exported-question.js';
import { csvHeader, csvRecord, jsonLine, markdownFile } from '../export/question-writers.js';
import { allNodes } from '../graphql/connection.js';
import { exportQuestions, status } from '../graphql/operations.js';
import { findTopic } from '../graphql/topics.js';
import { apiCommand, invocationOf, type Invocation } from '../invocation.js';
import { plural } from '../output/table.js';

interface ExportOptions {
  readonly format: 'jsonl' | 'flat' | 'csv' | 'md';
  readonly out?: string;
  readonly topic?: string;
  readonly source?: string;
  readonly versions?: boolean;
  readonly resume?: boolean;
}

export function addExport(program: Command): void {
  apiCommand(
    program,
    'export',
    `Writes what a space holds, in a form that import reads.

Formats:
  jsonl  everything, one record a line: topics and their tree, questions with slugs, redirects, labels and annotations,
         all answers, votes, states and dates, and (--versions) past versions. An empty space that imports it holds the
         same afterwards. What is computed stays behind: vectors, verdicts of models, suggestions; so do jobs, keys and the
         audit log (cairn backup has all of it). Needs the role admin. With --out a broken export goes on with --resume.
  flat   JSON lines, one plain object a question: id, source, question, answer (the best one), topic (as people or an
         import said), tags, state, language.
  csv    the same as a table (RFC 4180).
  md     the same as a folder of Markdown files, one a question: front matter, and the answer as the text.`,
    [
      'export --out everything.jsonl --versions',
      'export --out everything.jsonl --versions --resume',
      'export --format csv --topic deploying-models > deploying.csv',
      'export --format md --out questions/',
    ],
  )
    .summary('Writes what a space holds, in a form that import reads.')
    .addOption(
      new Option('--format <format>', 'what to write; see above')
        .choices(['jsonl', 'flat', 'csv', 'md'])
        .default('jsonl'),
    )
    .option('--out <path>', 'file (md: folder) to write; standard output if not given')
    .option('--topic <slug>', 'only questions of this topic')
    .option('--source <name>', 'only questions from this source')
    .option('--versions', 'jsonl: past versions too')
    .option('--resume', 'jsonl: go on where an export to the same file stopped')
    .action(async (options: ExportOptions, command: Command) => {
      if (options.format === 'md' && options.out === undefined)
        throw CommandFailure.usage('--format md writes a folder of files: say which with --out FOLDER.');
      if (options.format !== 'jsonl' && (options.versions || options.resume))
        throw CommandFailure.usage(`--versions and --resume are for --format jsonl; ${options.format} has neither.`);
      if (options.resume && options.out === undefined)
        throw CommandFailure.usage('--resume goes on with a file: say which with --out FILE.');
      const invocation = invocationOf(command);
      if (options.format === 'jsonl') return exportEverything(invocation, options);
      const { written, moreAnswers } = await runExport(invocation, options);
      if (moreAnswers > 0)
        invocation.output.note(
          `${plural(moreAnswers, 'question')} with more than one answer: only the best of each is exported.`,
        );
      if (options.out !== undefined)
        invocation.output.result(
          { questions: written, out: options.out, moreAnswers },
          `Wrote ${plural(written, 'question')} to ${options.out}.`,
        );
    });
}

async function exportEverything({ client, output }: Invocation, options: ExportOptions): Promise<void> {
  const { out, source, versions = false, resume = false } = options;
  const topicId = options.topic === undefined ? undefined : (await findTopic(client, options.topic)).id;
  const records = await exportRecords(client, output, { out, source, versions, resume, topicId });
  if (out !== undefined) output.result({ records, out }, `Wrote ${plural(records, 'record')} to ${out}.`);
}

/** Where rows go; `finish` makes the result visible. */
interface Sink {
  write(question: StoredQuestion): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

async function runExport(
  { client, output }: Invocation,
  options: ExportOptions,
): Promise<{ written: number; moreAnswers: number }> {
  const topicId = options.topic === undefined ? undefined : (await findTopic(client, options.topic)).id;
  const filter = { topicId, source: options.source };
  const filtered = topicId !== undefined || options.source !== undefined;
  const total = filtered ? 0 : (await client.request<{ status: { questions: number } }>(status)).status.questions;
  const sink = await openSink(options, (text) => output.write(text));
  const display = output.progress('exporting');
  const started = performance.now();
  let written = 0;
  let moreAnswers = 0;
  try {
    for await (const question of allNodes<StoredQuestion>(client, exportQuestions, 'questions', { filter })) {
      await sink.write(question);
      written += 1;
      if (question.answers.filter(({ state }) => state !== 'ARCHIVED').length > 1) moreAnswers += 1;
      const rate = written / ((performance.now() - started) / 1000);
      display.show({
        done: written,
        total,
        rate,
        etaSeconds: total > 0 ? Math.max(0, total - written) / rate : undefined,
      });
    }
    await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  } finally {
    display.stop();
  }
  return { written, moreAnswers };
}

async function openSink({ format, out }: ExportOptions, stdout: (text: string) => Promise<void>): Promise<Sink> {
  if (format === 'md') return markdownFolder(out!);
  const encode = format === 'csv' ? csvRecord : jsonLine;
  const { write, finish, abandon } =
    out === undefined ? { write: stdout, finish: async () => {}, abandon: async () => {} } : fileWriter(out);
  if (format === 'csv') await write(csvHeader);
  return { write: (question) => write(encode(exportQuestion(question))), finish, abandon };
}

/** Writes beside the file and moves it into place at the end, so that a broken export leaves the old file alone. */
function fileWriter(path: string) {
  const part = `${path}.part`;
  const file = createWriteStream(part);
  const failed = new Promise<never>((_resolve, reject) =>
    file.once('error', (error) => reject(CommandFailure.usage(`${path} cannot be written: ${error.message}`))),
  );
  failed.catch(() => {});
  const done = (action: (settle: () => void) => void) =>
    Promise.race([new Promise<void>((resolve) => action(resolve)), failed]);
  return {
    write: (text: string) => (file.write(text) ? Promise.resolve() : done((settle) => file.once('drain', settle))),
    finish: async () => {
      await done((settle) => file.end(settle));
      await rename(part, path);
    },
    abandon: async () => {
      file.destroy();
      await rm(part, { force: true });
    },
  };
}

/** One file a question, in a folder a topic; slugs are unique. */
async function markdownFolder(folder: string): Promise<Sink> {
  const made = new Set<string>();
  return {
    write: async (question) => {
      const exported = exportQuestion(question);
      const place = join(folder, exported.topic === '' ? 'unlabelled' : exported.topic);
      if (!made.has(place)) await mkdir(place, { recursive: true });
      made.add(place);
      await writeFile(join(place, `${question.slug}.md`), markdownFile(exported));
    },
    finish: async () => {},
    abandon: async () => {},
  };
}
