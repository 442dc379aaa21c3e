import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { inheritedEnvironment, readCliConfig, type CliConfig } from '../cli.config.js';
import { CommandFailure, exitCode, exitCodeHelp } from '../exit-code.js';
import { installationRoot } from '../installation.js';
import { describeFirstRun } from '../local/first-run-report.js';
import { runLocalStack, type LocalStackRun, type ReadyStack } from '../local/local-stack.js';
import { residentMemory } from '../local/resident-memory.js';
import { createOutput } from '../output/output.js';
import { formatSeconds } from '../output/rate.js';
import { describeStatus } from '../output/status.js';
import { wholeNumber } from './option-values.js';

interface StartOptions {
  readonly port?: number;
  readonly data?: string;
  readonly empty?: boolean;
}

const firstQuestion = 'why does attention need positions';

export function addStart(program: Command): void {
  program
    .command('start')
    .description(
      `Runs all services on this machine, each as its own process on loopback, until Ctrl-C.

The data lies in one directory; at first start the starter content is imported, embedded, learnt and clustered. With
DATABASE_URL, PostgreSQL is used instead of the embedded database.`,
    )
    .summary('Runs all services on this machine until Ctrl-C.')
    .option('--port <port>', 'port of the gateway; 0: any free one [4000]', wholeNumber(0, 65_535))
    .option('--data <folder>', 'data directory (CAIRN_DATA) [.cairn]')
    .option('--empty', 'do not import the starter content')
    .option('--json', 'print one JSON object on standard output when the stack answers')
    .addHelpText('after', helpText(['start', 'start --port 4100 --data /var/lib/cairn', 'start --empty']))
    .action(async (options: StartOptions, command: Command) => {
      const config = readCliConfig();
      const started = performance.now();
      const run = runOptions(command, config, options.data ?? config.CAIRN_DATA, options);
      await runLocalStack(run, (stack) => {
        announce(run, stack, started, true);
        return true;
      });
    });
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'Does what the first start does, on a data directory that is removed afterwards and on a free port; prints the report and ends.',
    )
    .option('--port <port>', 'port of the gateway [any free one]', wholeNumber(0, 65_535), 0)
    .option('--data <folder>', 'data directory to use and to keep')
    .option('--json', 'print the report as one JSON object on standard output')
    .addHelpText('after', helpText(['demo', 'demo --json', 'demo --data demo-data']))
    .action(async (options: StartOptions, command: Command) => {
      const folder = options.data ?? mkdtempSync(join(tmpdir(), 'cairn-demo-'));
      try {
        const started = performance.now();
        // Always the embedded database and ports of its own: a demo changes nothing that is there.
        const { CAIRN_URL, CAIRN_DATA, CAIRN_WORKERS } = readCliConfig();
        const run = runOptions(command, { CAIRN_URL, CAIRN_DATA, CAIRN_WORKERS }, folder, options);
        const signal = await runLocalStack(
          { ...run, environment: { ...run.environment, MODEL_STORE: '' } },
          (stack) => {
            announce(run, stack, started, false);
            return false;
          },
        );
        if (signal !== undefined) throw new CommandFailure(exitCode.failed, `The demo was stopped by ${signal}.`);
      } finally {
        if (options.data === undefined) rmSync(folder, { recursive: true, force: true });
      }
    });
}

function helpText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((line) => `  $ cairn ${line}`).join('\n')}\n${exitCodeHelp}`;
}

function runOptions(command: Command, config: CliConfig, dataFolder: string, options: StartOptions): LocalStackRun {
  const output = createOutput(command.optsWithGlobals<{ json?: boolean }>().json ?? false);
  return {
    root: installationRoot(),
    dataFolder,
    config,
    environment: inheritedEnvironment(),
    port: options.port,
    empty: options.empty ?? false,
    output,
    say: (line) => output.note(line),
  };
}

/** Prints what was found and, of a stack that stays up, where to go on. */
function announce({ output }: LocalStackRun, stack: ReadyStack, started: number, staysUp: boolean): void {
  const { origin, graphqlUrl, dataFolder, keyFile, status, report, processIds, startSeconds } = stack;
  const seconds = (performance.now() - started) / 1000;
  const memory = residentMemory(processIds);
  const found = report
    ? [describeFirstRun(report)]
    : [`Found in ${dataFolder}:`, ...describeStatus(status).map((line) => `  ${line}`)];
  const held = memory === undefined ? '' : `; all processes together hold ${Math.round(memory / 2 ** 20)} MiB`;
  const times = `${staysUp ? 'Ready' : 'Done'} after ${formatSeconds(seconds)} (services up after ${formatSeconds(startSeconds)})${held}.`;
  const { head, ...counts } = status;
  output.result(
    { origin, graphqlUrl, keyFile, seconds, memoryBytes: memory, status: { ...counts, headId: head?.id }, report },
    ['', ...found, '', times, ...(staysUp ? whereToGoOn(stack) : [])].join('\n'),
  );
}

function whereToGoOn({ origin, graphqlUrl, keyFile, newKey }: ReadyStack): string[] {
  return [
    `  GraphQL    ${graphqlUrl}`,
    `  readiness  ${origin}/health/ready`,
    newKey === undefined
      ? `  admin key  in ${keyFile}`
      : `  admin key  ${newKey}  (printed this once; kept in ${keyFile})`,
    '',
    'A first query:',
    ...firstQuery(graphqlUrl).map((line) => `  ${line}`),
    `or  npx cairn ask "${firstQuestion}". Ctrl-C stops everything.`,
  ];
}

function firstQuery(url: string): string[] {
  const query = `{ ask(text: "${firstQuestion}") { unknown confidence topic { title } answers { answer { body question { text } } } } }`;
  return [`curl -s ${url} -H 'content-type: application/json' \\`, `  -d '${JSON.stringify({ query })}'`];
}
