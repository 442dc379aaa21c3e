/**
 * A database for one spec file: the real embedded program on a free port and a temporary folder, or, with
 * TEST_DATABASE_URL, a fresh database on that PostgreSQL.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@cairn/service-kit';
import { Client } from 'pg';
import { createDataSource } from './data-source.js';
import { Database } from './database.js';
import { migrate } from './migrate.js';
import { testDatabaseUrl, testTemplate } from './test-database.config.js';
import { builtApps, startProgram, type TestProgram } from './test-program.js';

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
  const database = new Database(dataSource, server.kind);
  return {
    database,
    url: server.url,
    stop: async () => {
      await database.close();
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
  const embedded = await startEmbeddedProgram(folder, testTemplate());
  const stop = async () => {
    await embedded.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: embedded.url, kind: 'embedded', stop };
}

export interface EmbeddedProgram extends TestProgram {
  readonly url: string;
}

/**
 * The built embedded database program on a data directory.
 * @param template a complete one that an empty one begins as a copy of
 * @throws Error with the line the program refused to start with
 */
export async function startEmbeddedProgram(folder: string, template?: string): Promise<EmbeddedProgram> {
  buildIfStale();
  const started = await startProgram(program, (port) => ({
    ...{ EMBEDDED_DATA: folder, EMBEDDED_PORT: String(port) },
    ...(template !== undefined && { EMBEDDED_TEMPLATE: template }),
  }));
  return { ...started, url: `postgres://postgres@127.0.0.1:${started.port}/postgres` };
}

const program = join('knowledge', 'src', 'persistence', 'embedded', 'main.js');
const sources = join(__dirname, 'embedded');

/** The program is missing or older than its sources: `npm test` builds first, a single spec may not. */
function buildIfStale(): void {
  const newest = Math.max(...readdirSync(sources).map((file) => statSync(join(sources, file)).mtimeMs));
  const built = statSync(join(builtApps, program), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const repository = join(builtApps, '..', '..');
  if (built < newest) execFileSync('npm', ['run', '--silent', 'build'], { cwd: repository, stdio: 'ignore' });
}
