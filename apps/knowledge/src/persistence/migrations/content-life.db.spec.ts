/** What was written before content had a life is carried over, and back, with data in every new column. */
import { createLogger } from '@cairn/service-kit';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDataSource } from '../data-source.js';
import { startTestDatabase, type TestDatabase } from '../test-database.js';
import { FirstSchema1763900000000 } from './1763900000000-first-schema.js';
import { FineTuneJobs1764000000000 } from './1764000000000-fine-tune-jobs.js';
import { ContentLife1765002000000 } from './1765002000000-content-life.js';

describe('the migration to versions, deletion and dates', () => {
  let test: TestDatabase;
  let dataSource: DataSource;
  let runner: QueryRunner;
  const migration = new ContentLife1765002000000();

  beforeAll(async () => {
    test = await startTestDatabase();
    const logger = createLogger('test', 'silent');
    dataSource = createDataSource({ url: test.url, kind: test.database.kind, logger });
    await dataSource.initialize();
    runner = dataSource.createQueryRunner();
    // An old schema beside the present one; on PGlite all connections share the session, so it is set in a transaction.
    await runner.startTransaction();
    await runner.query('CREATE SCHEMA before');
    await runner.query('SET LOCAL search_path TO before, public');
    await new FirstSchema1763900000000().up(runner);
    await new FineTuneJobs1764000000000().up(runner);
  }, 120_000);
  afterAll(async () => {
    await runner?.rollbackTransaction();
    await runner?.release();
    await dataSource?.destroy();
    await test?.stop();
  });

  const rows = async <Row>(sql: string) => (await runner.query(sql)) as Row[];
  const content = () =>
    rows(`SELECT question.slug, question.text, question.version, question.state, body FROM question
          LEFT JOIN answer ON question_id = question.id ORDER BY question.slug`);

  it('goes forward and back without losing anything', async () => {
    await rows(
      `INSERT INTO question (slug, text, state, source) VALUES ('q', 'What?', 'draft', 'api'), ('p', 'Where?', 'published', 'api')`,
    );
    await rows(
      `INSERT INTO answer (question_id, body, state) SELECT id, 'So.', 'draft' FROM question WHERE slug = 'q'`,
    );
    const before = await content();
    await migration.up(runner);
    expect(await content()).toEqual(before);
    await rows(`INSERT INTO topic (slug, title) VALUES ('top', 'Top'), ('low', 'Low')`);
    await rows(`UPDATE topic SET parent_id = (SELECT id FROM topic WHERE slug = 'top') WHERE slug = 'low'`);
    await rows(
      `UPDATE question SET state = 'review', language = 'de', publish_at = now(), version = 2 WHERE slug = 'q'`,
    );
    await rows(`UPDATE question SET text = 'Where now?', version = 2 WHERE slug = 'p'`);
    await rows(`UPDATE answer SET state = 'review', helpful = 3`);
    expect(await rows(`SELECT version, content ->> 'text' AS text FROM content_version ORDER BY text`)).toEqual([
      { version: 1, text: 'What?' },
      { version: 1, text: 'Where?' },
    ]);
    await migration.down(runner);
    expect(await content()).toEqual([
      { slug: 'p', text: 'Where now?', version: 2, state: 'published', body: null },
      { slug: 'q', text: 'What?', version: 2, state: 'draft', body: 'So.' },
    ]);
    expect(await rows('SELECT slug FROM topic ORDER BY slug')).toEqual([{ slug: 'low' }, { slug: 'top' }]);
    await migration.up(runner);
    expect(await rows(`SELECT language, changed_by FROM question LIMIT 1`)).toEqual([
      { language: 'en', changed_by: '' },
    ]);
  });
});
