/** Passages of answers: made beside content that is there, kept apart by space, gone with their answer; and back. */
import { createLogger } from '@cairn/service-kit';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDataSource } from '../data-source.js';
import { startTestDatabase, type TestDatabase } from '../test-database.js';
import { PassageEmbeddings1790000200000 } from './1790000200000-passage-embeddings.js';

describe('the migration to vectors of passages', () => {
  let test: TestDatabase;
  let dataSource: DataSource;
  let runner: QueryRunner;
  const migration = new PassageEmbeddings1790000200000();

  beforeAll(async () => {
    test = await startTestDatabase();
    const logger = createLogger('test', 'silent');
    dataSource = createDataSource({ url: test.url, kind: test.database.kind, logger });
    await dataSource.initialize();
    runner = dataSource.createQueryRunner();
    await runner.startTransaction();
  }, 120_000);
  afterAll(async () => {
    await runner?.rollbackTransaction();
    await runner?.release();
    await dataSource?.destroy();
    await test?.stop();
  });

  const rows = async <Row>(sql: string) => (await runner.query(sql)) as Row[];
  const content = () =>
    rows(`SELECT question.text, answer.body, embedding.vector::text FROM question
          JOIN answer ON answer.question_id = question.id JOIN embedding ON embedding.question_id = question.id`);
  const addPassage = () =>
    rows(`INSERT INTO passage_embedding (answer_id, encoder, place, text_hash, passage, vector, tokens, truncated)
          SELECT answer.id, encoder.id, place, 'h', 'So.', '[0,1]', 1, false FROM answer, encoder, generate_series(0, 1) AS place`);

  it('goes forward, back and forward again beside content that stays as it is', async () => {
    await migration.down(runner);
    await rows(`INSERT INTO question (slug, text, state, source) VALUES ('q', 'What?', 'published', 'api')`);
    await rows(`INSERT INTO answer (question_id, body, state) SELECT id, 'So.', 'published' FROM question`);
    await rows(`INSERT INTO encoder (encoder_id, revision, layer, pooling, normalized, dimension, in_use)
                VALUES ('e', 'r', -1, 'mean', true, 2, true)`);
    await rows(`INSERT INTO embedding (question_id, encoder, text_hash, vector, tokens, truncated)
                SELECT question.id, encoder.id, md5(text), '[1,0]', 1, false FROM question, encoder`);
    const before = await content();
    expect(before).toEqual([{ text: 'What?', body: 'So.', vector: '[1,0]' }]);

    await migration.up(runner);
    await rows('SELECT cairn_keep_apart()');
    await rows('SELECT cairn_watch_tables()');
    await addPassage();
    const space = `SELECT count(DISTINCT space_id) AS spaces FROM passage_embedding`;
    expect((await rows<{ spaces: unknown }>(space)).map(({ spaces }) => Number(spaces))).toEqual([1]);
    expect(await rows(`SELECT 1 FROM pg_policies WHERE tablename = 'passage_embedding'`)).toHaveLength(1);
    expect(await rows(`SELECT 1 FROM audit_entry WHERE entity = 'passage_embedding'`)).toEqual([]);
    await rows(`CREATE INDEX passage_embedding_hnsw_1 ON passage_embedding
                USING hnsw ((vector::vector(2)) vector_cosine_ops) WHERE encoder = 1`);

    await migration.down(runner);
    expect(await content()).toEqual(before);
    expect(await rows(`SELECT 1 FROM pg_class WHERE relname LIKE 'passage_embedding%'`)).toEqual([]);

    await migration.up(runner);
    await rows('SELECT cairn_keep_apart()');
    await addPassage();
    await rows('DELETE FROM answer');
    expect(await rows('SELECT 1 FROM passage_embedding')).toEqual([]);
  });
});
