import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { inheritedEnvironment, readCliConfig } from '../cli.config.js';
import { CommandFailure, exitCodeHelp } from '../exit-code.js';
import { installationRoot } from '../installation.js';
import { runBackup } from '../local/backup-program.js';
import { createOutput } from '../output/output.js';
import { plural } from '../output/table.js';

interface BackupOptions {
  readonly data?: string;
  readonly json?: boolean;
}

/** Not through the gateway: the database itself, with DATABASE_URL, or the embedded one while nothing else runs on it. */
export function addBackup(program: Command): void {
  add(
    program,
    'backup <file>',
    `Writes everything the database holds into one file, as it is at one moment. A PostgreSQL (DATABASE_URL) may be in use;
the embedded database must be stopped first. Models are files: copy the folder of the model store beside it.`,
    'backup cairn-2026-11-23.backup',
  ).action(async (file: string, options: BackupOptions) => {
    if (existsSync(file)) throw CommandFailure.usage(`${file} is there already; choose another name.`);
    await run('dump', file, options, `Everything is in ${file}.`);
  });
  add(
    program,
    'restore <file>',
    `Fills an empty database from a backup, all or nothing. Keys work as before; the text of the first one is in the
file admin.key of the old data directory.`,
    'restore cairn-2026-11-23.backup --data .cairn-restored',
  ).action(async (file: string, options: BackupOptions) => {
    if (!existsSync(file)) throw CommandFailure.usage(`There is no file ${file}.`);
    await run('restore', file, options, 'Everything is restored. Start it with cairn start --empty.');
  });
}

const add = (program: Command, usage: string, description: string, example: string) =>
  program
    .command(usage)
    .description(description)
    .summary(`${description.split(/[.,]/)[0]}.`)
    .option('--data <folder>', 'data directory of the embedded database (CAIRN_DATA) [.cairn]')
    .option('--json', 'print the number of rows of each table as JSON')
    .addHelpText('after', `\nExample:\n  $ cairn ${example}\n${exitCodeHelp}`);

async function run(what: 'dump' | 'restore', file: string, options: BackupOptions, done: string): Promise<void> {
  const config = readCliConfig();
  const output = createOutput(options.json ?? false);
  const counts = await runBackup({
    programs: join(installationRoot(), 'dist', 'apps', 'knowledge', 'src'),
    what,
    file: resolve(file),
    databaseUrl: config.DATABASE_URL || undefined,
    dataFolder: resolve(options.data ?? config.CAIRN_DATA),
    environment: inheritedEnvironment(),
    say: (line) => output.note(line),
  });
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  output.result(counts, `${done} ${plural(rows, 'row')} in ${plural(Object.keys(counts).length, 'table')}.`);
}
