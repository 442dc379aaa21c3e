import type { DataSource, QueryRunner } from 'typeorm';
import { startTestDatabase, type TestDatabase } from '../test-database.js';
import { ContentLife1765002000000 } from './1765002000000-content-life.js';

/** Back, with data in every new column, and forward again: nothing that the older schema knows is lost. */
describe('ContentLife', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await startTestDatabase();
  }, 120_000);
  afterAll(() => test?.stop());

  const inTransaction = async (dataSource: DataSource, work: (runner: QueryRunner) => Promise<void>) => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await work(runner);
      await runner.commitTransaction();
    } finally {
      await runner.release();
    }
  };

  it('goes back and forward over data', async () => {
    const { database } = test;
    await database.rows(`INSERT INTO topic (slug, title) VALUES ('top', 'Top'), ('low', 'Low')`);
    await database.rows(`UPDATE topic SET parent_id = (SELECT id FROM topic WHERE slug = 'top') WHERE slug = 'low'`);
    await database.rows(
      `INSERT INTO question (slug, text, state, source, language, publish_at)
       VALUES ('q', 'What?', 'review', 'api', 'de', now()), ('p', 'Where?', 'published', 'api', 'en', NULL)`,
    );
    await database.rows(`INSERT INTO answer (question_id, body, state, helpful)
      SELECT id, 'So.', 'review', 3 FROM question WHERE slug = 'q'`);
    await database.rows(`UPDATE question SET text = 'What now?', version = version + 1 WHERE slug = 'q'`);
    const content = () =>
      database.rows(
        `SELECT question.slug, question.text, question.version, body, topic.title FROM question
         LEFT JOIN answer ON question_id = question.id LEFT JOIN topic ON topic.id = question.topic_id ORDER BY 1`,
      );
    const before = await content();
    const migration = new ContentLife1765002000000();
    await inTransaction(database.dataSource, (runner) => migration.down(runner));
    expect(await content()).toEqual(before);
    expect(await database.rows(`SELECT slug, state FROM question ORDER BY slug`)).toEqual([
      { slug: 'p', state: 'published' },
      { slug: 'q', state: 'draft' },
    ]);
    await expect(
      database.rows(`INSERT INTO question (slug, text, state, source) VALUES ('r', 'x', 'review', 'api')`),
    ).rejects.toThrow('question_state_check');
    await inTransaction(database.dataSource, (runner) => migration.up(runner));
    expect(await content()).toEqual(before);
    await database.rows(`UPDATE question SET text = 'And now?', version = version + 1 WHERE slug = 'q'`);
    expect(await database.rows(`SELECT version, content ->> 'text' AS text FROM content_version`)).toEqual([
      { version: 2, text: 'What now?' },
    ]);
  });
});
