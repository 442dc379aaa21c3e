import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedProgram, type EmbeddedProgram } from '../test-database.js';

describe('the embedded database program', () => {
  let folder: string;
  let running: EmbeddedProgram;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-embedded-'));
    running = await startEmbeddedProgram(folder);
  }, 120_000);
  afterAll(async () => {
    await running?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  const locks = () => readdirSync(folder).filter((name) => name.startsWith('lock.'));

  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: running.url });
    client.on('error', () => {}); // the server is killed under it
    await client.connect();
    return client;
  }

  it('refuses a second writer with one line, and the first goes on', async () => {
    await expect(startEmbeddedProgram(folder)).rejects.toThrow(
      `The data directory ${folder} is in use by process ${running.process.pid}. Stop it or choose another directory.`,
    );
    const client = await connect();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('keeps every acknowledged row over kill -9 in the middle of inserts, and takes over the dead lock', async () => {
    const setup = await connect();
    await setup.query('CREATE TABLE written (id integer PRIMARY KEY, body text NOT NULL)');
    await setup.end();
    let next = 0;
    for (let kill = 0; kill < 2; kill++) {
      const client = await connect();
      const acknowledged: number[] = [];
      const writing = (async () => {
        for (;;) {
          await client.query('INSERT INTO written VALUES ($1, $2)', [next, 'x'.repeat(500)]);
          acknowledged.push(next++);
        }
      })();
      while (acknowledged.length < 200) await new Promise((resolve) => setTimeout(resolve, 5));
      await running.end('SIGKILL');
      await expect(writing).rejects.toThrow();
      expect(locks()).toHaveLength(1);
      running = await startEmbeddedProgram(folder);
      const after = await connect();
      const { rows } = await after.query<{ id: number }>('SELECT id FROM written ORDER BY id');
      const present = new Set(rows.map(({ id }) => id));
      expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
      // The statement in flight may have been committed without its acknowledgement.
      next = Math.max(...present) + 1;
      await after.end();
    }
    expect(locks()).toEqual([`lock.${hostname()}.${running.process.pid}`]);
  }, 120_000);

  it('lets others go on when a client stops inside a transaction, and takes nothing more from it', async () => {
    const stopped = await connect();
    await stopped.query('BEGIN');
    await stopped.query(`INSERT INTO written VALUES (-2, 'never')`);
    const waiting = await connect();
    const { rows } = await waiting.query('SELECT count(*)::int AS count FROM written WHERE id = $1', [-2]);
    expect(rows).toEqual([{ count: 0 }]);
    await expect(stopped.query(`INSERT INTO written VALUES (-2, 'late')`)).rejects.toThrow();
    expect((await waiting.query('SELECT 1 FROM written WHERE id = $1', [-2])).rows).toEqual([]);
    await waiting.end();
  }, 60_000);

  it('lets others go on when a client dies inside a transaction', async () => {
    const dying = await connect();
    await dying.query('BEGIN');
    await dying.query(`INSERT INTO written VALUES (-1, 'never')`);
    const waiting = connect().then(async (client) => {
      const { rows } = await client.query('SELECT count(*)::int AS count FROM written WHERE id = $1', [-1]);
      await client.end();
      return rows;
    });
    (dying as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    expect(await waiting).toEqual([{ count: 0 }]);
  });

  it('refuses a directory whose lock is of another machine, and leaves that lock alone', async () => {
    const other = mkdtempSync(join(tmpdir(), 'cairn-other-'));
    writeFileSync(join(other, 'lock.elsewhere.1'), JSON.stringify({ pid: 1, startedAt: '1', host: 'elsewhere' }));
    await expect(startEmbeddedProgram(other)).rejects.toThrow('was in use on the machine "elsewhere"');
    expect(readdirSync(other)).toEqual(['lock.elsewhere.1']);
    rmSync(other, { recursive: true });
  });

  it('removes its lock when it is stopped', async () => {
    await running.end('SIGTERM');
    expect(locks()).toEqual([]);
    running = await startEmbeddedProgram(folder);
  }, 120_000);
});
