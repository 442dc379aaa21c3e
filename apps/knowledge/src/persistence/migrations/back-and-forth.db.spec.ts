/** Every migration goes back and forth over data, and leaves what was there before it as it was. */
import { createLogger } from '@cairn/service-kit';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource } from '../data-source.js';
import { startTestDatabase, type TestDatabase } from '../test-database.js';
import { migrations } from './index.js';

jest.setTimeout(120_000);

type Table = Record<string, unknown>[];
type Data = Record<string, Table>;

describe('migrations', () => {
  let test: TestDatabase;
  let dataSource: DataSource;
  let runner: QueryRunner;

  beforeAll(async () => {
    test = await startTestDatabase();
    const logger = createLogger('test', 'silent');
    dataSource = createDataSource({ url: test.url, kind: test.database.kind, logger });
    await dataSource.initialize();
    runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    for (const statement of content) await runner.query(statement);
  }, 120_000);
  afterAll(async () => {
    await runner?.rollbackTransaction();
    await runner?.release();
    await dataSource?.destroy();
    await test?.stop();
  });

  const rows = async <Row>(sql: string) => (await runner.query(sql)) as Row[];

  /** Everything of the schema that a statement could depend on, one line each. */
  const schema = async (): Promise<string[]> => {
    const lines = await rows<{ line: string }>(`
      SELECT concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable,
               regexp_replace(column_default, '_seq\\d*', '_seq'), generation_expression) AS line
        FROM information_schema.columns WHERE table_schema = 'public'
      UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
      UNION ALL SELECT concat_ws(' ', 'index', regexp_replace(indexdef, 'INDEX \\S+ ', 'INDEX '))
        FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT concat_ws(' ', 'policy', tablename, policyname, roles, cmd, qual, with_check) FROM pg_policies
      UNION ALL SELECT concat_ws(' ', 'secured', relname, relrowsecurity, relforcerowsecurity)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      UNION ALL SELECT concat_ws(' ', 'function', proname, md5(prosrc)) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')`);
    return lines.map(({ line }) => line).sort();
  };
  const data = async (): Promise<Data> => {
    const tables = await rows<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
    );
    const read = async (name: string) => {
      const found = await rows<{ row: Record<string, unknown> }>(`SELECT to_jsonb(t) AS row FROM "${name}" t`);
      return [name, found.map(({ row }) => row)] as const;
    };
    const all: [string, Table][] = [];
    for (const { name } of tables) all.push([...(await read(name))]);
    return Object.fromEntries(all);
  };
  /** The part of `wide` that `narrow` has tables and columns for. */
  const asIn = (wide: Data, narrow: Data): Data =>
    Object.fromEntries(
      Object.entries(narrow)
        .filter(([name, table]) => table.length > 0 && wide[name] !== undefined)
        .map(([name, [first]]) => {
          const pick = (row: Record<string, unknown>) =>
            Object.fromEntries(Object.keys(first).map((column) => [column, row[column]]));
          return [name, inOrder(wide[name].map(pick))];
        }),
    );
  const inOrder = (table: Table): Table => [...table].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const lookAfterNewTables = async () => {
    for (const name of ['cairn_keep_apart', 'cairn_watch_tables'])
      if ((await rows<{ there: boolean }>(`SELECT to_regproc('${name}') IS NOT NULL AS there`))[0].there)
        await runner.query(`SELECT ${name}()`);
  };

  it('go back one by one, forward, and back again: schema and rows are the same each time', async () => {
    // The first one's way back is an empty database.
    for (const Migration of [...migrations].reverse().slice(0, -1)) {
      const migration: MigrationInterface = new Migration();
      const { name } = Migration;
      const [newSchema, newData] = [await schema(), await data()];
      await migration.down(runner);
      const [oldSchema, oldData] = [await schema(), await data()];
      expect([name, asIn(newData, oldData)]).toEqual([name, asIn(oldData, oldData)]);
      await migration.up(runner);
      await lookAfterNewTables();
      expect([name, await schema()]).toEqual([name, newSchema]);
      expect([name, asIn(await data(), oldData)]).toEqual([name, asIn(oldData, oldData)]);
      await migration.down(runner);
      expect([name, await schema()]).toEqual([name, oldSchema]);
      expect([name, await data()]).toEqual([name, oldData]);
    }
    for (const Migration of migrations.slice(1)) await new Migration().up(runner);
    const [question] = await rows('SELECT text, state, version FROM question');
    expect(question).toEqual({ text: 'Where is my card?', state: 'published', version: 3 });
  });
});

/** A row in every table that outlives a way back; what only a newer schema can say is left out. */
const content = [
  `INSERT INTO topic (id, slug, title, description) VALUES
     ('00000000-0000-4000-8000-0000000000a1', 'cards', 'Cards', 'Plastic')`,
  `INSERT INTO question (id, slug, text, state, source, external_id, version, topic_id, topic_said_by) VALUES
     ('00000000-0000-4000-8000-0000000000b1', 'where', 'Where is my card?', 'published', 'faq', '1', 3,
      '00000000-0000-4000-8000-0000000000a1', 'person')`,
  `INSERT INTO answer (question_id, body, state) VALUES ('00000000-0000-4000-8000-0000000000b1', 'In the post.', 'published')`,
  `INSERT INTO label (question_id, said_by, topic_id, actor)
     VALUES ('00000000-0000-4000-8000-0000000000b1', 'person', '00000000-0000-4000-8000-0000000000a1', 'ada')`,
  `INSERT INTO encoder (encoder_id, revision, layer, pooling, normalized, dimension, in_use)
     VALUES ('e', 'r', -1, 'mean', true, 2, true)`,
  `INSERT INTO embedding (question_id, encoder, text_hash, vector, tokens, truncated)
     SELECT '00000000-0000-4000-8000-0000000000b1', id, 'h', '[1,0]', 3, false FROM encoder`,
  `INSERT INTO job (kind, input, created_by) VALUES ('embed', '{}', 'ada')`,
  `INSERT INTO idempotent_result (actor, operation, key, entity_id) VALUES ('ada', 'CreateQuestion', '1', 'x')`,
  `INSERT INTO api_key (name, role, prefix, hash) VALUES ('admin', 'admin', 'cairn_abc', 'h')`,
];
