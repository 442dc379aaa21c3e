/** Statements that nobody waits for any more end in the database too, and nobody else's. */
import { createKnowledgeClients, withinLimits, type CallLimits, type KnowledgeClients } from '@cairn/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { acrossSpaces } from '../access/scope.js';
import { startTestDatabase, type TestDatabase } from './test-database.js';
import { startProgram, type TestProgram } from './test-program.js';
import { testDatabaseUrl } from './test-database.config.js';

jest.setTimeout(60_000);

const forEver = 'SELECT pg_sleep(600)';
const cancelled = { code: 'CANCELLED' };
const tooLate = { code: 'DEADLINE_EXCEEDED' };

describe('statements of a call', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await startTestDatabase();
  }, 120_000);
  afterAll(() => test?.stop());

  const within = (ms: number, controller = new AbortController()): CallLimits => {
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(Math.max(0, ms))]);
    return { signal, deadline: Date.now() + ms };
  };
  const topics = async () =>
    (await test.database.rows<{ slug: string }>('SELECT slug FROM topic')).map((row) => row.slug);

  it('are not begun when nobody waits any more', async () => {
    const { database } = test;
    const left = new AbortController();
    left.abort();
    const insert = `INSERT INTO topic (slug, title) VALUES ('late', 'Late')`;
    await expect(withinLimits(within(60_000, left), () => database.rows(insert))).rejects.toMatchObject(cancelled);
    await expect(withinLimits(within(-1), () => database.rows(insert))).rejects.toMatchObject(tooLate);
    const halfWay = new AbortController();
    const change = withinLimits(within(60_000, halfWay), () =>
      database.transaction(async (sql) => {
        await sql.rows(insert);
        halfWay.abort();
        await sql.rows(`INSERT INTO topic (slug, title) VALUES ('later', 'Later')`);
      }),
    );
    await expect(change).rejects.toMatchObject(cancelled);
    expect(await topics()).toEqual([]);
  });

  // PGlite runs one statement at a time and cannot be interrupted.
  if (testDatabaseUrl() === undefined) {
    console.log('The rest is shown on PostgreSQL only (TEST_DATABASE_URL): PGlite cannot stop a statement.');
    return;
  }

  // The role of one space is not shown what others run.
  const everywhere = (text: string, parameters: unknown[]) => acrossSpaces(() => test.database.rows(text, parameters));
  const running = async (text: string) => {
    const rows = await everywhere(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE $1
         AND pid <> pg_backend_pid()`,
      [`%${text}%`],
    );
    return rows.length;
  };
  const until = async (text: string, count: number, counted = running) => {
    for (const end = Date.now() + 20_000; (await counted(text)) !== count; await sleep(10))
      if (Date.now() > end) throw new Error(`There were never ${count} statements "${text}".`);
  };

  it('are stopped when the caller leaves', async () => {
    const left = new AbortController();
    const statement = withinLimits(within(60_000, left), () => test.database.rows(forEver));
    const refused = expect(statement).rejects.toMatchObject(cancelled);
    await until('pg_sleep', 1);
    left.abort();
    await refused;
    await until('pg_sleep', 0);
  });

  it('are stopped when the time is over, alone and in a transaction, which leaves nothing', async () => {
    const { database } = test;
    await expect(withinLimits(within(300), () => database.rows(forEver))).rejects.toMatchObject(tooLate);
    const change = withinLimits(within(300), () =>
      database.transaction(async (sql) => {
        await sql.rows(`INSERT INTO topic (slug, title) VALUES ('never', 'Never')`);
        await sql.rows(forEver);
      }),
    );
    await expect(change).rejects.toMatchObject(tooLate);
    expect(await topics()).toEqual([]);
    await until('pg_sleep', 0);
  });

  it('are stopped, and never those of others', async () => {
    const { database } = test;
    const others = Array.from({ length: 8 }, async () => {
      for (let round = 0; round < 40; round++) await database.rows('SELECT pg_sleep(0.002)');
    });
    const stopped = Array.from({ length: 40 }, async (_, index) => {
      const left = new AbortController();
      setTimeout(() => left.abort(), index * 5);
      // Some end by themselves just then.
      const seconds = index % 2 === 0 ? 600 : (index * 5) / 1000;
      await withinLimits(within(60_000, left), () => database.rows(`SELECT pg_sleep(${seconds})`)).catch(
        (error: unknown) => expect(error).toMatchObject(cancelled),
      );
    });
    await Promise.all([...others, ...stopped]);
    await until('pg_sleep', 0);
  });

  describe('over gRPC', () => {
    let program: TestProgram;
    let clients: KnowledgeClients;
    beforeAll(async () => {
      program = await startProgram('knowledge/src/main.js', (port) => ({
        KNOWLEDGE_ADDRESS: `127.0.0.1:${port}`,
        DATABASE_URL: test.url,
        DATABASE_KIND: test.database.kind,
        BOOTSTRAP_KEY_FILE: '/dev/null',
      }));
      clients = createKnowledgeClients(program.address);
    }, 60_000);
    afterAll(async () => {
      clients?.close();
      await program?.end('SIGTERM');
    });

    /** A statement on questions waits for as long as this runs. */
    const whileLocked = <T>(work: () => Promise<T>): Promise<T> =>
      test.database.transaction(async (sql) => {
        await sql.rows('LOCK TABLE question IN ACCESS EXCLUSIVE MODE');
        return work();
      });
    const waiting = async (text: string) => {
      const rows = await everywhere(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
        [`%${text}%`],
      );
      return rows.length;
    };
    const context = { requestId: 'spec', role: 'admin' as const };
    const list = (options: { signal?: AbortSignal; deadlineMs?: number }) =>
      clients.content.listQuestions({ page: { first: 1 } }, { context, ...options });

    it('end when the client cancels', async () => {
      const left = new AbortController();
      await whileLocked(async () => {
        const refused = expect(list({ signal: left.signal })).rejects.toMatchObject(cancelled);
        await until('question', 1, waiting);
        left.abort();
        await refused;
        await until('question', 0, waiting);
      });
    });

    it('end when the deadline passes', async () => {
      await whileLocked(async () => {
        const refused = expect(list({ deadlineMs: 1_000 })).rejects.toMatchObject(tooLate);
        await until('question', 1, waiting);
        await refused;
        await until('question', 0, waiting);
      });
      expect((await list({})).questions).toEqual([]);
    });
  });
});
