/** What came from elsewhere, and what questions are found again by, goes forward and back with content in the tables. */
import { createLogger } from '@cairn/service-kit';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDataSource } from '../data-source.js';
import { startTestDatabase, type TestDatabase } from '../test-database.js';
import { TransferredIds1790000100000 } from './1790000100000-transferred-ids.js';
import { Likeness1790000101000 } from './1790000101000-likeness.js';

describe('the migrations to transferred ids and likeness', () => {
  let test: TestDatabase;
  let dataSource: DataSource;
  let runner: QueryRunner;
  const steps = [new TransferredIds1790000100000(), new Likeness1790000101000()];

  beforeAll(async () => {
    test = await startTestDatabase();
    const logger = createLogger('test', 'silent');
    dataSource = createDataSource({ url: test.url, kind: test.database.kind, logger });
    await dataSource.initialize();
    runner = dataSource.createQueryRunner();
    await runner.startTransaction();
  }, 240_000);
  afterAll(async () => {
    await runner?.rollbackTransaction();
    await runner?.release();
    await dataSource?.destroy();
    await test?.stop();
  });

  const rows = async <Row>(sql: string) => (await runner.query(sql)) as Row[];
  const content = () => rows('SELECT slug, text, version FROM question ORDER BY slug');
  const versions = async () =>
    (await rows<{ text: string }>(`SELECT content ->> 'text' AS text FROM content_version ORDER BY 1`)).map(
      ({ text }) => text,
    );
  const change = (text: string) => rows(`UPDATE question SET text = '${text}', version = version + 1 WHERE slug = 'q'`);

  it('loses nothing, and versions are kept before, after and between', async () => {
    await rows(
      `INSERT INTO question (slug, text, state, source, origin_id)
       VALUES ('q', 'How do I open an account?', 'draft', 'api', gen_random_uuid()), ('of', 'And what is it?', 'draft', 'api', NULL)`,
    );
    const before = await content();
    await change('One');
    for (const step of [...steps].reverse()) await step.down(runner);
    expect(await content()).toEqual([before[0], { ...(before[1] as object), text: 'One', version: 2 }]);
    await change('Two');
    for (const step of steps) await step.up(runner);
    await change('how do i open an account');
    expect(await versions()).toEqual(['How do I open an account?', 'One', 'Two']);
    expect(await rows('SELECT 1 FROM question WHERE origin_id IS NOT NULL')).toEqual([]);
    // Ten pairs of stems, or the text itself where it has none.
    expect(await rows('SELECT slug, cardinality(likeness) AS n FROM question ORDER BY slug')).toEqual([
      { slug: 'of', n: 1 },
      { slug: 'q', n: 10 },
    ]);
    // What comes with its past makes none here.
    await rows(`SELECT set_config('cairn.transfer', 'on', true)`);
    await change('Quiet');
    expect(await versions()).toHaveLength(3);
    await rows(`SELECT set_config('cairn.transfer', '', true)`);
  });
});
