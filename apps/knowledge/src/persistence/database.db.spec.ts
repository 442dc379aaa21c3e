import { startTestDatabase, type TestDatabase } from './test-database.js';

describe('the database', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await startTestDatabase();
  }, 120_000);
  afterAll(() => test?.stop());

  it('returns the rows of every kind of statement', async () => {
    const { database } = test;
    const inserted = await database.rows<{ id: string }>(
      `INSERT INTO topic (slug, title) VALUES ('a', 'A'), ('b', 'B') RETURNING id`,
    );
    expect(inserted).toHaveLength(2);
    const updated = await database.rows<{ slug: string }>(
      `UPDATE topic SET title = 'C' WHERE slug = $1 RETURNING slug`,
      ['b'],
    );
    expect(updated).toEqual([{ slug: 'b' }]);
    expect(await database.rows(`DELETE FROM topic RETURNING slug`)).toHaveLength(2);
  });

  it('gives every one of many waiting clients the answer to its own statement', async () => {
    const { database } = test;
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        if (index % 5 === 0)
          return database.transaction(async (sql) => {
            await sql.rows('SELECT 1 AS one');
            return (await sql.rows<{ value: number }>('SELECT $1::int AS value', [index]))[0].value;
          });
        if (index % 2 === 0)
          return (await database.rows<{ value: number }>('SELECT $1::int AS value', [index]))[0].value;
        return Number((await database.rows<{ other: string }>('SELECT $1::text AS other, 1 AS x', [index]))[0].other);
      }),
    );
    expect(answers).toEqual(answers.map((_, index) => index));
  });

  it('rolls back a failed transaction and lets the others go on', async () => {
    const { database } = test;
    const failing = database.transaction(async (sql) => {
      await sql.rows(`INSERT INTO topic (slug, title) VALUES ('gone', 'Gone')`);
      await sql.rows('SELECT 1 / 0');
    });
    const others = Array.from({ length: 5 }, () => database.rows<{ one: number }>('SELECT 1 AS one'));
    await expect(failing).rejects.toThrow('division by zero');
    for (const rows of await Promise.all(others)) expect(rows).toEqual([{ one: 1 }]);
    expect(await database.rows(`SELECT 1 FROM topic WHERE slug = 'gone'`)).toEqual([]);
  });
});
