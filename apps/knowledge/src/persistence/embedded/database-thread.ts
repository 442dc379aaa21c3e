/** Runs PGlite and its socket in a thread of its own: a statement blocks the thread it runs in. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { endStalledTransactions } from './stalled-transactions.js';
import { WholeConversations } from './whole-conversations.js';

export interface ThreadData {
  readonly folder: string;
  /** A complete data directory that an empty one begins as a copy of. */
  readonly template: string | undefined;
  readonly port: number;
}
/**
 * To the main thread. `created`: end this thread and start another, since creation leaves half a gigabyte behind.
 * `failed` before `ready` refuses the start; after it, the database is lost.
 */
export type ThreadMessage =
  { type: 'created' } | { type: 'ready' } | { type: 'failed'; message: string; code?: string } | { type: 'stopped' };

/** The pools of api and worker, the queue's, and some for a person with psql. */
const maxConnections = 64;
const majorVersion = '18';
/** Of a client in a transaction: a process that goes on at all says its next statement within it. */
const longestSilenceMs = 15_000;
/** Smaller than PostgreSQL's defaults: the files are in the cache of the operating system anyway. */
const postgresqlconf = ['shared_buffers = 32MB', 'max_wal_size = 128MB'];

const say = (message: ThreadMessage) => parentPort?.postMessage(message);

/**
 * Makes the database of an empty data directory. The marker is written once it is complete: without one, a kill during
 * creation left a part, in which nobody can have stored anything.
 */
async function createDatabase(folder: string, template: string | undefined): Promise<void> {
  const dataDir = join(folder, 'pgdata');
  rmSync(dataDir, { recursive: true, force: true });
  if (template === undefined) {
    const db = await PGlite.create({ dataDir, extensions: { vector, pg_trgm }, postgresqlconf });
    await db.close();
  } else {
    cpSync(join(template, 'pgdata'), dataDir, { recursive: true });
  }
  writeFileSync(join(folder, 'complete'), `PostgreSQL ${majorVersion}\n`, { flush: true });
}

async function openDatabase(folder: string): Promise<PGlite> {
  const dataDir = join(folder, 'pgdata');
  checkVersion(dataDir);
  const db = await PGlite.create({ dataDir, extensions: { vector, pg_trgm }, postgresqlconf });
  // Reads the catalogue through its indexes: a damaged directory is refused here and not at the first question.
  await db.query(`SELECT count(relname) FROM pg_class WHERE relname >= ''`);
  return db;
}

function checkVersion(dataDir: string): void {
  const found = existsSync(join(dataDir, 'PG_VERSION')) && readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (found === majorVersion) return;
  const what = found === false ? 'has lost its file PG_VERSION' : `is of PostgreSQL ${found}, not ${majorVersion}`;
  throw new Error(`The database in ${dataDir} ${what}. Restore a copy, or choose another directory.`);
}

async function serve({ folder, template, port }: ThreadData): Promise<void> {
  if (!existsSync(join(folder, 'complete'))) {
    await createDatabase(folder, template);
    if (template === undefined) return say({ type: 'created' });
  }
  const db = await openDatabase(folder);
  const crashed = (error: unknown) => say({ type: 'failed', message: `The database has crashed: ${String(error)}` });
  const conversations = new WholeConversations(db, crashed);
  const server = new PGLiteSocketServer({ db: conversations as unknown as PGlite, port, maxConnections });
  await server.start();
  const stopLooking = endStalledTransactions(server, conversations, longestSilenceMs);
  parentPort?.once('message', () => {
    void (async () => {
      stopLooking();
      await server.stop();
      await db.exec('CHECKPOINT');
      await db.close();
      say({ type: 'stopped' });
    })();
  });
  say({ type: 'ready' });
}

serve(workerData as ThreadData).catch((error: NodeJS.ErrnoException) =>
  say({ type: 'failed', message: error.message, code: error.code }),
);
