/**
 * A database for one spec file: the real embedded program on a free port and a temporary folder, or, with
 * TEST_DATABASE_URL, a fresh database on that PostgreSQL.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@cairn/service-kit';
import { Client } from 'pg';
import { createDataSource } from './data-source.js';
import { Database } from './database.js';
import { migrate } from './migrate.js';
import { testDatabaseUrl, testPath } from './test-database.config.js';

export interface TestDatabase {
  /** Migrated and empty. */
  readonly database: Database;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startTestDatabase(): Promise<TestDatabase> {
  const server = testDatabaseUrl() === undefined ? await startEmbedded() : await createOnServer(testDatabaseUrl()!);
  const dataSource = createDataSource({ url: server.url, kind: server.kind, logger: createLogger('test', 'silent') });
  await dataSource.initialize();
  await migrate(dataSource);
  return {
    database: new Database(dataSource, server.kind),
    url: server.url,
    stop: async () => {
      await dataSource.destroy();
      await server.stop();
    },
  };
}

interface TestServer {
  readonly url: string;
  readonly kind: 'embedded' | 'postgres';
  stop(): Promise<void>;
}

async function createOnServer(serverUrl: string): Promise<TestServer> {
  const name = `cairn_test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const stop = () => onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  return { url: url.toString(), kind: 'postgres', stop };
}

async function onServer(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function startEmbedded(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-database-'));
  const embedded = await startEmbeddedProgram(folder);
  const stop = async () => {
    await embedded.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: embedded.url, kind: 'embedded', stop };
}

export interface EmbeddedProgram {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** Sends the signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/**
 * The built embedded database program on a data directory.
 * @throws Error with the line the program refused to start with
 */
export async function startEmbeddedProgram(folder: string): Promise<EmbeddedProgram> {
  const port = await freePort();
  const child = fork(builtProgram(), {
    env: { PATH: testPath(), EMBEDDED_DATA: folder, EMBEDDED_PORT: String(port), LOG_LEVEL: 'silent' },
    execArgv: [],
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('message', (message: { type: string; message?: string }) =>
      message.type === 'ready' ? resolve() : reject(new Error(message.message)),
    );
    child.once('exit', (code) => reject(new Error(`The embedded database ended with code ${code}.`)));
  });
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    process: child,
    end: (signal) => {
      child.kill(signal);
      return gone;
    },
  };
}

const repository = join(__dirname, '..', '..', '..', '..');
const sources = join(__dirname, 'embedded');

/** The program in dist/, built first if it is missing or older than its sources. */
function builtProgram(): string {
  const program = join(repository, 'dist', 'apps', 'knowledge', 'src', 'persistence', 'embedded', 'main.js');
  const newest = Math.max(...readdirSync(sources).map((file) => statSync(join(sources, file)).mtimeMs));
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built < newest) execFileSync('npm', ['run', '--silent', 'build'], { cwd: repository, stdio: 'ignore' });
  return program;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
