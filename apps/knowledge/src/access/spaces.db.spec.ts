import { randomUUID } from 'node:crypto';
import type { Sql } from '../persistence/database.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { acrossSpaces, defaultSpace, inScope } from './scope.js';

describe('spaces', () => {
  let test: TestDatabase;
  const ours = randomUUID();
  const theirs = randomUUID();
  beforeAll(async () => {
    test = await startTestDatabase();
    await acrossSpaces(() =>
      test.database.rows(`INSERT INTO space (id, slug, title) VALUES ($1, 'ours', 'Ours'), ($2, 'theirs', 'Theirs')`, [
        ours,
        theirs,
      ]),
    );
  }, 120_000);
  afterAll(() => test?.stop());

  const inOurs = <T>(work: () => T) => inScope({ space: ours }, work);
  const inTheirs = <T>(work: () => T) => inScope({ space: theirs }, work);

  /** A row in every table that one space owns. */
  async function fill(sql: Sql, name: string): Promise<void> {
    const [topic] = await sql.rows<{ id: string }>(
      `INSERT INTO topic (slug, title) VALUES ('billing', $1) RETURNING id`,
      [name],
    );
    const [question] = await sql.rows<{ id: string }>(
      `INSERT INTO question (slug, text, state, source, external_id, topic_id, topic_said_by)
       VALUES ('how', $1, 'published', 'faq', '1', $2, 'person') RETURNING id`,
      [`How does ${name} pay?`, topic.id],
    );
    const [answer] = await sql.rows<{ id: string }>(
      `INSERT INTO answer (question_id, body, state) VALUES ($1, $2, 'published') RETURNING id`,
      [question.id, name],
    );
    await sql.rows(`INSERT INTO label (question_id, said_by, topic_id, actor) VALUES ($1, 'person', $2, 'ada')`, [
      question.id,
      topic.id,
    ]);
    const [encoder] = await sql.rows<{ id: number }>(
      `INSERT INTO encoder (encoder_id, revision, layer, pooling, normalized, dimension, in_use)
       VALUES ('e', 'r', -1, 'mean', true, 2, true) RETURNING id`,
    );
    await sql.rows(
      `INSERT INTO embedding (question_id, encoder, text_hash, vector, tokens, truncated)
       VALUES ($1, $2, 'h', '[1,0]', 3, false)`,
      [question.id, encoder.id],
    );
    await sql.rows(
      `INSERT INTO passage_embedding (answer_id, encoder, place, text_hash, passage, vector, tokens, truncated)
       VALUES ($1, $2, 0, 'h', $3, '[1,0]', 3, false)`,
      [answer.id, encoder.id, name],
    );
    await sql.rows(`INSERT INTO job (kind, input, created_by) VALUES ('embed', '{}', $1)`, [name]);
    await sql.rows(
      `INSERT INTO idempotent_result (actor, operation, key, entity_id) VALUES ('ada', 'CreateQuestion', '1', $1)`,
      [name],
    );
  }

  const filled = [
    'topic',
    'question',
    'answer',
    'label',
    'encoder',
    'embedding',
    'passage_embedding',
    'job',
    'idempotent_result',
  ];

  it('hold what they are given under the same names, and show nobody else', async () => {
    await inOurs(() => test.database.transaction((sql) => fill(sql, 'Ours')));
    await inTheirs(() => test.database.transaction((sql) => fill(sql, 'Theirs')));
    for (const table of filled) {
      const count = async () => (await test.database.rows(`SELECT space_id FROM ${table}`)) as { space_id: string }[];
      expect([table, await inOurs(count)]).toEqual([table, [{ space_id: ours }]]);
      expect([table, await inTheirs(count)]).toEqual([table, [{ space_id: theirs }]]);
      expect([table, await count()]).toEqual([table, []]);
      expect([table, (await acrossSpaces(count)).length]).toEqual([table, 2]);
    }
  });

  it("change and delete nothing of each other's", async () => {
    const [{ id }] = await inTheirs(() => test.database.rows<{ id: string }>('SELECT id FROM question'));
    await inOurs(async () => {
      const { database } = test;
      expect(await database.rows(`UPDATE question SET text = 'mine' WHERE id = $1 RETURNING 1`, [id])).toEqual([]);
      expect(await database.rows('DELETE FROM question WHERE id = $1 RETURNING 1', [id])).toEqual([]);
      expect(await database.rows('SELECT 1 FROM question WHERE id = $1 FOR UPDATE', [id])).toEqual([]);
      const intoTheirs = database.rows(`INSERT INTO topic (space_id, slug, title) VALUES ($1, 'x', 'X')`, [theirs]);
      await expect(intoTheirs).rejects.toThrow(/row-level security/);
      const move = database.rows(`UPDATE topic SET space_id = $1`, [theirs]);
      await expect(move).rejects.toThrow(/row-level security/);
    });
  });

  it('find by words and by vectors only what is theirs', async () => {
    for (const [enter, name] of [
      [inOurs, 'Ours'],
      [inTheirs, 'Theirs'],
    ] as const) {
      const found = await enter(() =>
        test.database.rows<{ text: string }>(
          `SELECT text FROM question WHERE search @@ websearch_to_tsquery('english', 'pay')`,
        ),
      );
      expect(found).toEqual([{ text: `How does ${name} pay?` }]);
      const near = await enter(() =>
        test.database.rows<{ text: string }>(
          `SELECT text FROM embedding JOIN question ON question.id = question_id ORDER BY vector <=> '[1,0]' LIMIT 10`,
        ),
      );
      expect(near).toEqual([{ text: `How does ${name} pay?` }]);
    }
  });

  it('are not mixed by connections that take turns, failing statements and transactions among them', async () => {
    const seen = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const [space, enter] = index % 2 === 0 ? [ours, inOurs] : [theirs, inTheirs];
        const sql = 'SELECT space_id AS id FROM question';
        return enter(async () => {
          if (index % 7 === 0) await expect(test.database.rows('SELECT 1 / 0')).rejects.toThrow('division by zero');
          const rows =
            index % 3 === 0
              ? await test.database.transaction(async (transaction) => {
                  await transaction.rows('SELECT 1 AS one');
                  return transaction.rows<{ id: string }>(sql);
                })
              : await test.database.rows<{ id: string }>(sql);
          return rows.length === 1 && rows[0].id === space;
        });
      }),
    );
    expect(seen.every(Boolean)).toBe(true);
  });

  it('end with the statement: whoever has no scope is in the default space, with its rights only', async () => {
    const [row] = await test.database.rows<{ space: string; role: string }>(
      'SELECT cairn_space() AS space, current_user::text AS role',
    );
    expect(row).toEqual({ space: defaultSpace, role: 'cairn_member' });
    const [left] = await acrossSpaces(() =>
      test.database.rows<{ space: string | null }>('SELECT cairn_space() AS space'),
    );
    expect(left.space).toBeNull();
  });

  it('give nobody the keys', async () => {
    await expect(test.database.rows('SELECT * FROM api_key')).rejects.toThrow(/permission denied/);
  });

  it('are kept apart in every table, by rules that nothing unique reaches across', async () => {
    await acrossSpaces(async () => {
      const open = await test.database.rows<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT relrowsecurity ORDER BY name`,
      );
      expect(open.map(({ name }) => name)).toEqual(['api_key', 'migrations', 'space']);
      // A unique index over names that people choose must begin with the space; ids are unique by themselves.
      const reaching = await test.database.rows<{ name: string }>(
        `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity AND i.indisunique AND NOT EXISTS (
           SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
             AND (a.attname = 'space_id' OR a.atttypid = 'uuid'::regtype OR a.attidentity <> '' OR a.attname = 'encoder'))
         ORDER BY name`,
      );
      // The id of a head is a hash of its content.
      expect(reaching.map(({ name }) => name)).toEqual(['trained_head_pkey']);
    });
  });

  it('use the indexes of words behind row-level security', async () => {
    await inOurs(() =>
      test.database.rows(
        `INSERT INTO question (slug, text, state, source) SELECT 'q' || n, 'Word' || n, 'draft', 'test'
         FROM generate_series(1, 3000) AS n`,
      ),
    );
    await acrossSpaces(() => test.database.rows('ANALYZE question'));
    const plan = await inOurs(() =>
      test.database.rows<Record<string, string>>(
        `EXPLAIN SELECT id FROM question WHERE search @@ to_tsquery('english', 'pay')`,
      ),
    );
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/Bitmap Index Scan on question_search/);
  });
});
