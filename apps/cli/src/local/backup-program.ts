import { fork, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandFailure } from '../exit-code.js';
import { freePorts } from './ports.js';

export interface BackupRun {
  /** dist/apps/knowledge/src. */
  readonly programs: string;
  readonly what: 'dump' | 'restore';
  readonly file: string;
  /** A PostgreSQL; absent: the embedded database in `dataFolder`. */
  readonly databaseUrl?: string;
  readonly dataFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Told how it goes on, line by line. */
  say(line: string): void;
}

/**
 * Runs the knowledge service's own program on a database, and the embedded database for as long as that takes.
 * @returns the number of rows of each table
 * @throws CommandFailure with what the program says
 */
export async function runBackup(run: BackupRun): Promise<Record<string, number>> {
  if (run.databaseUrl !== undefined)
    return runProgram(run, { DATABASE_URL: run.databaseUrl, DATABASE_KIND: 'postgres' });
  const hasDatabase = existsSync(join(run.dataFolder, 'complete'));
  if (run.what === 'dump' && !hasDatabase)
    throw CommandFailure.usage(`There is no database in ${run.dataFolder}; name its folder with --data.`);
  const [port] = await freePorts(1);
  const database = await startDatabase(run, port);
  try {
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    return await runProgram(run, { DATABASE_URL: url, DATABASE_KIND: 'embedded' });
  } finally {
    const gone = new Promise((resolve) => database.once('exit', resolve));
    database.kill('SIGTERM');
    await gone;
  }
}

function startDatabase({ programs, dataFolder, environment }: BackupRun, port: number): Promise<ChildProcess> {
  const child = fork(join(programs, 'persistence', 'embedded', 'main.js'), {
    env: { ...environment, EMBEDDED_DATA: dataFolder, EMBEDDED_PORT: String(port), LOG_LEVEL: 'silent' },
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message: { type: string; message?: string }) => {
      if (message.type === 'ready') resolve(child);
      else reject(CommandFailure.failed(message.message ?? 'The embedded database did not start.'));
    });
    child.once('exit', () => reject(CommandFailure.failed('The embedded database ended before it was ready.')));
  });
}

async function runProgram(
  { programs, what, file, environment, say }: BackupRun,
  database: Record<string, string>,
): Promise<Record<string, number>> {
  const child = spawn(process.execPath, [join(programs, 'backup', 'main.js'), what, file], {
    env: { ...environment, ...database },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let report = '';
  let last: string | undefined;
  createInterface(child.stdout).on('line', (line) => (report = line));
  createInterface(child.stderr).on('line', (line) => {
    if (last !== undefined) say(last);
    last = line;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw CommandFailure.failed(last ?? `The program ended with code ${code}.`);
  if (last !== undefined) say(last);
  return JSON.parse(report) as Record<string, number>;
}
