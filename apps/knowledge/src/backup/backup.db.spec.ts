import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@cairn/service-kit';
import { acrossSpaces } from '../access/scope.js';
import { createDataSource } from '../persistence/data-source.js';
import type { Database } from '../persistence/database.js';
import { migrations } from '../persistence/migrations/index.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { rowCounts, type Run } from './catalogue.js';
import { dumpDatabase } from './dump-database.js';
import { restoreDatabase } from './restore-database.js';

jest.setTimeout(240_000);

describe('a restore drill', () => {
  let folder: string;
  let source: TestDatabase;
  let path: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-backup-'));
    path = join(folder, 'cairn.backup');
    source = await startTestDatabase();
    await fill(source.database);
    await dumpDatabase(source.database.dataSource, path);
  });
  afterAll(async () => {
    await source?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Questions with vectors and answers, a second space, keys, and the audit log of all that. */
  async function fill(database: Database): Promise<void> {
    const dimension = 8;
    await acrossSpaces(async () => {
      await database.rows(`INSERT INTO space (slug, title) VALUES ('support', 'Support')`);
      await database.rows(`INSERT INTO api_key (name, role, hash) VALUES ('admin', 'admin', 'abc')`);
    });
    await database.rows(`INSERT INTO topic (slug, title) VALUES ('billing', 'Billing 🗿 "quoted" \\ and
      lines')`);
    const [encoder] = await database.rows<{ id: number }>(
      `INSERT INTO encoder (encoder_id, revision, layer, pooling, normalized, dimension, in_use)
       VALUES ('e', 'r', -1, 'mean', true, ${dimension}, true) RETURNING id`,
    );
    const questions = await database.rows<{ id: string }>(
      `INSERT INTO question (slug, text, state, source, tags)
       SELECT 'q' || n, 'Question ' || n || chr(10) || 'more', 'published', 'test', ARRAY['a', NULL, 'b,"c']
       FROM generate_series(1, 1200) n RETURNING id`,
    );
    const vectors = questions.map((_, index) =>
      JSON.stringify(Array.from({ length: dimension }, (_unused, at) => Math.fround(Math.sin(index * 7 + at)))),
    );
    await database.rows(
      `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
       SELECT $1, id, 'h', vector::vector, 1, false FROM unnest($2::uuid[], $3::text[]) AS given (id, vector)`,
      [encoder.id, questions.map(({ id }) => id), vectors],
    );
    await database.rows(
      `WITH written AS (
         INSERT INTO answer (question_id, body, state) SELECT id, 'So.', 'published' FROM question WHERE slug LIKE 'q1%' RETURNING id)
       INSERT INTO passage_embedding (encoder, answer_id, place, text_hash, passage, vector, tokens, truncated)
       SELECT $1, id, 0, 'h', 'So.', $2::vector, 1, false FROM written`,
      [encoder.id, vectors[0]],
    );
    await acrossSpaces(() =>
      database.rows(
        `CREATE INDEX passage_embedding_hnsw_${encoder.id} ON passage_embedding
         USING hnsw ((vector::vector(${dimension})) vector_cosine_ops) WHERE encoder = ${encoder.id}`,
      ),
    );
    await acrossSpaces(() =>
      database.rows(
        `CREATE INDEX embedding_hnsw_${encoder.id} ON embedding USING hnsw ((vector::vector(${dimension})) vector_cosine_ops)
         WHERE encoder = ${encoder.id}`,
      ),
    );
  }

  const open = (url: string, kind: 'embedded' | 'postgres') => (some: typeof migrations) =>
    createDataSource({ url, kind, logger: createLogger('test', 'silent'), migrations: some }).initialize();
  /** An empty database: what the test harness has migrated is taken back. */
  async function emptyDatabase(): Promise<TestDatabase> {
    const target = await startTestDatabase();
    await acrossSpaces(() => target.database.rows('DROP SCHEMA public CASCADE'));
    await acrossSpaces(() => target.database.rows('CREATE SCHEMA public'));
    return target;
  }
  const countsOf = (database: Database) =>
    acrossSpaces(() => rowCounts(((text, parameters) => database.rows(text, parameters)) as Run));
  const everything = (database: Database, table: string) =>
    acrossSpaces(() => database.rows(`SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS hash FROM "${table}" t`));
  const nearest = (database: Database) =>
    database.rows(`SELECT question_id FROM embedding ORDER BY vector <=> '[1,0,0,1,0,0,1,0]', question_id LIMIT 20`);

  it('gives back every row of every table, the same neighbours, and numbers that go on', async () => {
    const target = await emptyDatabase();
    try {
      await restoreDatabase(open(target.url, target.database.kind), path);
      const counts = await countsOf(source.database);
      expect(await countsOf(target.database)).toEqual(counts);
      expect(counts).toMatchObject({ question: 1200, embedding: 1200, space: 2 });
      for (const table of Object.keys(counts))
        expect([table, await everything(target.database, table)]).toEqual([
          table,
          await everything(source.database, table),
        ]);
      expect(await nearest(target.database)).toEqual(await nearest(source.database));
      const indexes = await target.database.rows(`SELECT 1 FROM pg_indexes WHERE indexname LIKE '%embedding_hnsw_%'`);
      expect(indexes).toHaveLength(2);
      // New rows, references and the audit log work as before.
      const [{ seq }] = await target.database.rows<{ seq: number }>(
        `INSERT INTO question (slug, text, state, source) VALUES ('new', 'New?', 'draft', 'test') RETURNING seq`,
      );
      expect(seq).toBe(1201);
      const [entry] = await target.database.rows<{ entity: string }>(
        'SELECT entity FROM audit_entry ORDER BY seq DESC',
      );
      expect(entry.entity).toBe('question');
      const orphan = `INSERT INTO answer (question_id, body, state) VALUES (gen_random_uuid(), 'x', 'draft')`;
      await expect(target.database.rows(orphan)).rejects.toThrow(/foreign key/);
    } finally {
      await target.stop();
    }
  });

  it('refuses a database that is not empty, and files that are cut off, damaged or no backup', async () => {
    const target = await emptyDatabase();
    try {
      const restore = (file: string) => restoreDatabase(open(target.url, target.database.kind), file);
      const whole = readFileSync(path);
      const cut = join(folder, 'cut.backup');
      writeFileSync(cut, whole.subarray(0, Math.floor(whole.length / 2)));
      await expect(restore(cut)).rejects.toThrow(/cut off|cannot be read/);
      const other = join(folder, 'other.backup');
      writeFileSync(other, 'hello');
      await expect(restore(other)).rejects.toThrow(/backup/);
      await expect(restore(join(folder, 'nowhere'))).rejects.toThrow(/ENOENT/);
      // Nothing of the cut file stayed.
      expect(await target.database.rows('SELECT 1 FROM question')).toEqual([]);
      await restore(path);
      await expect(restore(path)).rejects.toThrow(/not empty/);
    } finally {
      await target.stop();
    }
  });

  it('writes a file that only its owner reads, and nothing under its name until it is whole', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => statSync(`${path}.part`)).toThrow(/ENOENT/);
  });
});
