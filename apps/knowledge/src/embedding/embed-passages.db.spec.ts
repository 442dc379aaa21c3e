/** Passages of answers on the way of an embed job, with the real encoder. */
import { fromVectors } from '@cairn/contracts';
import type { RunningJob } from '../jobs/job-handler.js';
import { TestLoop, testAdmin, testLogger } from '../jobs/test-loop.js';
import type { Sql } from '../persistence/database.js';
import { contentStatus } from '../status/content-status.js';
import { countMissing } from './embed-content.js';
import { EmbedJob } from './embed-job.js';
import { findEncoderInUse } from './encoder-in-use.js';
import { dropIndex, hasIndex, indexFrom, writeIndexed } from './hnsw-index.js';
import { decodeVectors } from './vector-codec.js';

const answers: Record<string, string> = {
  refund:
    'Ask for it in the application.\n\n```sh\nrefund --now\n```\n\n## When\n\nThe money comes within five working days.',
  card: 'Block the card at once, so that nobody pays with it.',
  code: '```sh\nunlock --all\n```',
};

describe('embedding passages', () => {
  let loop: TestLoop;

  beforeAll(async () => {
    loop = await TestLoop.start();
    for (const [slug, body] of Object.entries(answers))
      await loop.database.rows(
        `WITH asked AS (INSERT INTO question (slug, text, state, source) VALUES ($1, 'How about the ' || $1 || '?', 'published', 'test') RETURNING id)
         INSERT INTO answer (question_id, body, state) SELECT id, $2, 'published' FROM asked`,
        [slug, body],
      );
  }, 180_000);
  afterAll(() => loop?.stop());

  interface Stored {
    readonly slug: string;
    readonly passage: string;
    readonly vector: Buffer;
    readonly encoder: number;
  }
  const stored = () =>
    loop.database.rows<Stored>(
      `SELECT slug, passage, vector_send(vector) AS vector, encoder FROM passage_embedding
       JOIN answer ON answer.id = answer_id JOIN question ON question.id = question_id ORDER BY encoder, question.seq, place`,
    );
  const passages = async () => (await stored()).map(({ slug, passage }) => `${slug}: ${passage}`);
  const whole = [
    'refund: Ask for it in the application.',
    'refund: ## When\nThe money comes within five working days.',
    'card: Block the card at once, so that nobody pays with it.',
    'code: ```sh\nunlock --all\n```',
  ];
  const lacking = async () => (await contentStatus(loop.database, testAdmin)).answersWithoutPassages;
  const result = async () => (await loop.run('embed', {})).result;

  it('stores each with the vector of the question and the passage, once', async () => {
    expect(await lacking()).toBe(3);
    expect(await result()).toMatchObject({ embedded: 3, passages: 4, failed: 0 });
    expect(await lacking()).toBe(0);
    expect(await passages()).toEqual(whole);
    const rows = await stored();
    const { vectors } = await loop.inference.embed({
      texts: rows.map(({ slug, passage }) => `How about the ${slug}? ${passage}`),
    });
    const expected = fromVectors(vectors!);
    const got = decodeVectors(
      rows.map(({ vector }) => vector),
      vectors!.dimension,
    );
    got.forEach((component, i) => expect(component).toBeCloseTo(expected[i], 4));
    expect(await result()).toMatchObject({ embedded: 0, passages: 0, tokens: 0 });
    expect(await passages()).toEqual(whole);
  }, 60_000);

  it('replaces those of an answer as one when its body or its question has changed', async () => {
    const { database } = loop;
    await database.rows(
      `UPDATE answer SET body = 'It comes by itself, in a week.' WHERE question_id = (SELECT id FROM question WHERE slug = 'refund')`,
    );
    expect(await lacking()).toBe(1);
    expect(await result()).toMatchObject({ embedded: 0, passages: 1 });
    expect(await passages()).toEqual(['refund: It comes by itself, in a week.', ...whole.slice(2)]);
    await database.rows(`UPDATE question SET text = text || ' Please.' WHERE slug = 'card'`);
    expect(await result()).toMatchObject({ embedded: 1, passages: 1 });
    await database.rows(`UPDATE answer SET state = 'archived', version = version + 1 WHERE body LIKE 'Block%'`);
    expect(await result()).toMatchObject({ embedded: 0, passages: 0 });
  }, 60_000);

  it('goes on where an earlier attempt stopped, and counts what is missing', async () => {
    const { database } = loop;
    const encoder = (await findEncoderInUse(database))!;
    expect(await countMissing(database, encoder)).toEqual({ questions: 0, answers: 0 });
    await database.rows(`DELETE FROM passage_embedding WHERE passage LIKE 'Block%'`);
    await database.rows(`DELETE FROM embedding WHERE question_id = (SELECT id FROM question WHERE slug = 'code')`);
    expect(await countMissing(database, encoder)).toEqual({ questions: 1, answers: 1 });
    expect(await result()).toMatchObject({ embedded: 1, passages: 1 });
  }, 60_000);

  it('switches to another encoder when the last passage is there, not before', async () => {
    const { database } = loop;
    const before = (await findEncoderInUse(database))!;
    await database.rows(`UPDATE encoder SET revision = 'another'`);
    const inUse: number[] = [];
    const job = {
      ...{ id: 'by hand', context: testAdmin, signal: new AbortController().signal, logger: testLogger },
      progress: () => {},
      holdFor: (_seconds: number, work: () => Promise<unknown>) => work(),
      guard: async (sql: Sql, done?: { passages: number }) => {
        inUse.push((await findEncoderInUse(sql))!.id);
        if (done !== undefined && done.passages > 0) throw new Error('killed');
      },
    } as unknown as RunningJob<'embed'>;
    await expect(new EmbedJob(database, loop.inference).run({}, job)).rejects.toThrow('killed');
    expect(inUse).toEqual([before.id, before.id]);
    expect((await findEncoderInUse(database))!.id).toBe(before.id);
    expect(await loop.run('embed', {})).toMatchObject({ result: { embedded: 0, passages: 3 } });
    const after = (await findEncoderInUse(database))!;
    expect(after.id).not.toBe(before.id);
    expect(await loop.countOf(`FROM passage_embedding WHERE encoder = ${after.id}`)).toBe(3);
    expect(await countMissing(database, after)).toEqual({ questions: 0, answers: 0 });
  }, 60_000);

  it('keeps the HNSW index of passages by the rules of questions: built when there are enough, dropped before a bulk', async () => {
    const { database } = loop;
    const encoder = (await findEncoderInUse(database))!;
    const job = { progress: () => {}, holdFor: (_seconds: number, work: () => Promise<unknown>) => work() };
    const indexed = () => hasIndex(database, 'passage_embedding', encoder);
    const write = async (present: number, missing: number, during: () => Promise<unknown> = async () => {}) =>
      writeIndexed(
        database,
        'passage_embedding',
        encoder,
        { present, missing },
        job as unknown as RunningJob,
        async () => {
          await during();
          return missing;
        },
      );
    const enough = indexFrom[database.kind];
    await write(enough - 2, 1);
    expect(await indexed()).toBe(false);
    await write(enough - 1, 1);
    expect(await indexed()).toBe(true);
    expect(await hasIndex(database, 'embedding', encoder)).toBe(false);
    let during: boolean | undefined;
    await write(enough, 1, async () => (during = await indexed()));
    expect(during).toBe(true);
    await write(enough, enough, async () => (during = await indexed()));
    expect([during, await indexed()]).toEqual([false, true]);
    await dropIndex(database, 'passage_embedding', encoder);
  });
});
