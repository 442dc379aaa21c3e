/** What was clustered and decided before suggestions had an identity is carried over, and back. */
import { createLogger } from '@cairn/service-kit';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDataSource } from '../data-source.js';
import { startTestDatabase, type TestDatabase } from '../test-database.js';
import { FirstSchema1763900000000 } from './1763900000000-first-schema.js';
import { FineTuneJobs1764000000000 } from './1764000000000-fine-tune-jobs.js';
import { ClusterIdentity1765001000000 } from './1765001000000-cluster-identity.js';

describe('the migration to suggestions with an identity', () => {
  let test: TestDatabase;
  let dataSource: DataSource;
  let runner: QueryRunner;
  const migration = new ClusterIdentity1765001000000();

  beforeAll(async () => {
    test = await startTestDatabase();
    dataSource = createDataSource({
      url: test.url,
      kind: test.database.kind,
      logger: createLogger('test', 'silent'),
    });
    await dataSource.initialize();
    runner = dataSource.createQueryRunner();
    // An old schema beside the present one; on PGlite all connections share the session, so it is set in a transaction.
    await runner.startTransaction();
    await runner.query('CREATE SCHEMA before');
    await runner.query('SET LOCAL search_path TO before, public');
    await new FirstSchema1763900000000().up(runner);
    await new FineTuneJobs1764000000000().up(runner);
    for (const statement of old) await runner.query(statement);
  }, 120_000);
  afterAll(async () => {
    await runner?.rollbackTransaction();
    await runner?.release();
    await dataSource?.destroy();
    await test?.stop();
  });

  const rows = async <Row>(sql: string) => (await runner.query(sql)) as Row[];
  const suggestions = () =>
    rows<{ title: string; state: string; topic: string | null }>(
      `SELECT suggestion.title, suggestion.state, topic.slug AS topic FROM suggestion
       LEFT JOIN topic ON topic.id = suggestion.topic_id ORDER BY suggestion.title`,
    );

  it('goes forward and back without losing anything', async () => {
    const before = await suggestions();
    expect(before.map(({ state }) => state)).toEqual(['accepted', 'merged', 'pending', 'rejected', 'superseded']);
    await migration.up(runner);
    expect(await suggestions()).toEqual(before);
    expect(await rows('SELECT finished, filter_key FROM clustering')).toEqual([
      { finished: true, filter_key: '{"scope": "all"}' },
    ]);
    expect(await rows('SELECT title FROM cluster ORDER BY title')).toEqual(before.map(({ title }) => ({ title })));
    // Only the labels that a decision wrote belong to it: one of the two members had a person's word before.
    expect(
      await rows('SELECT kind, made_topic, labelled, title_before FROM suggestion_decision ORDER BY kind'),
    ).toEqual([
      { kind: 'accept', made_topic: true, labelled: 1, title_before: 'A' },
      { kind: 'merge', made_topic: false, labelled: 2, title_before: 'B' },
      { kind: 'reject', made_topic: false, labelled: 0, title_before: 'D' },
    ]);
    const [{ state }] = await rows<{ state: string }>(
      `SELECT before -> 0 ->> 'state' AS state FROM suggestion_decision WHERE kind = 'accept'`,
    );
    expect(state).toBe('pending');
    await runner.query(`UPDATE suggestion SET edited = true WHERE title = 'C'`);
    await migration.down(runner);
    expect((await suggestions()).map(({ title }) => title)).toEqual(['A', 'B', 'D', 'E']);
    await migration.up(runner);
    expect(await rows('SELECT 1 FROM suggestion_decision')).toHaveLength(3);
  });
});

const old = [
  `INSERT INTO topic (slug, title) VALUES ('made', 'A'), ('there', 'There')`,
  `INSERT INTO question (slug, text, state, source) SELECT 'q' || n, 'Q ' || n, 'draft', 'test' FROM generate_series(1, 10) n`,
  `INSERT INTO encoder (encoder_id, revision, layer, pooling, normalized, dimension) VALUES ('e', '', -1, 'mean', true, 3)`,
  `INSERT INTO clustering (job_id, encoder, parameters, questions, n_clusters, inertia, silhouette, iterations)
   SELECT gen_random_uuid(), id, '{"scope": "all"}', 10, 5, 1, 0.5, 3 FROM encoder`,
  // Clusters 0 to 4 have two questions each; their suggestions are A to E.
  `INSERT INTO clustering_member SELECT clustering.id, question.id, (question.seq - 1) / 2, 0.1 FROM clustering, question`,
  `INSERT INTO suggestion (clustering_id, cluster_index, title, keywords, exemplar_ids, size, cohesion, separation,
     silhouette, state, topic_id, decided_by, decided_at)
   SELECT clustering.id, n, chr(65 + n), '{}', '{}', 2, 0.5, 0.5, 0.5,
     (ARRAY['accepted', 'merged', 'pending', 'rejected', 'superseded'])[n + 1],
     CASE n WHEN 0 THEN (SELECT id FROM topic WHERE slug = 'made') WHEN 1 THEN (SELECT id FROM topic WHERE slug = 'there') END,
     CASE WHEN n IN (0, 1, 3) THEN 'ada' END, CASE WHEN n IN (0, 1, 3) THEN now() END
   FROM clustering, generate_series(0, 4) AS n`,
  `INSERT INTO label (question_id, said_by, topic_id, actor, created_at)
   SELECT member.question_id, 'person', suggestion.topic_id, 'ada',
     CASE WHEN question.slug = 'q1' THEN now() - interval '1 day' ELSE suggestion.decided_at END
   FROM suggestion JOIN clustering_member member USING (clustering_id, cluster_index)
   JOIN question ON question.id = member.question_id WHERE suggestion.topic_id IS NOT NULL`,
];
