import { randomUUID } from 'node:crypto';
import { acrossSpaces, inScope } from '../access/scope.js';
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

  describe('a statement that is kept', () => {
    const spaces = { ours: randomUUID(), theirs: randomUUID() };
    const text = `SELECT title, 12 / $1::int AS share FROM topic WHERE slug = 'kept' ORDER BY title`;
    const ask = (divisor = 1) => test.database.rows<{ title: string }>(text, [divisor], { keep: true });
    const titles = async (answer: Promise<{ title: string }[]>) => (await answer).map(({ title }) => title);
    beforeAll(async () => {
      for (const [name, id] of Object.entries(spaces)) {
        await acrossSpaces(() =>
          test.database.rows('INSERT INTO space (id, slug, title) VALUES ($1, $2, $2)', [id, name]),
        );
        await inScope({ space: id }, () =>
          test.database.rows(`INSERT INTO topic (slug, title) VALUES ('kept', $1)`, [name]),
        );
      }
    });

    it('shows every space its own rows, on every connection, and after it has failed', async () => {
      for (let round = 0; round < 5; round++) {
        const asked = Array.from({ length: 24 }, async (_, i) => {
          const [name, space] = Object.entries(spaces)[i % 2];
          return inScope({ space }, async () => {
            if (i % 5 === 0) await expect(ask(0)).rejects.toThrow('division by zero');
            const whole = titles(test.database.transaction((sql) => sql.rows(text, [1], { keep: true })));
            return [name, await titles(ask()), await whole];
          });
        });
        for (const [name, ...shown] of await Promise.all(asked)) expect(shown).toEqual([[name], [name]]);
      }
      expect(await titles(ask())).toEqual([]);
      const everySpace = () =>
        test.database.transaction((sql) => sql.rows<{ title: string }>(text, [1], { keep: true }));
      expect(await titles(acrossSpaces(everySpace))).toEqual(['ours', 'theirs']);
    });

    it('is parsed once by PostgreSQL, not at all kept by PGlite', async () => {
      for (let i = 0; i < 3; i++) await inScope({ space: spaces.ours }, () => ask());
      const kept = await test.database.rows<{ plans: number }>(
        'SELECT generic_plans + custom_plans AS plans FROM pg_prepared_statements WHERE statement = $1',
        [text],
      );
      if (test.database.kind === 'embedded') expect(kept).toEqual([]);
      else expect(kept).toMatchObject([{ plans: expect.any(Number) }]);
      if (kept.length > 0) expect(kept[0].plans).toBeGreaterThanOrEqual(3);
    });
  });
});
