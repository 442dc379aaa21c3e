import {
  createInferenceClient,
  DomainError,
  loadService,
  toGrpcError,
  toVectors,
  type InferenceClient,
  type inferenceV1,
} from '@cairn/contracts';
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import type { Caller } from '../access/caller.js';
import { encodeVector } from '../embedding/vector-codec.js';
import { importQuestions } from '../import/import-questions.js';
import { acrossSpaces } from '../access/scope.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { askQuestion } from './ask-question.js';
import { passageHash } from '../embedding/embed-passages.js';
import { nearContent, nearestPassages } from './near-content.js';
import { nearestQuestions, nearestStatement, vectorParameter } from './nearest.js';
import { weighedTerms } from './rare-words.js';
import { searchQuestions } from './search-questions.js';
import { noFilter, type SearchFilter, type SearchScope } from './search-scope.js';

const admin: Caller = { requestId: 'test', actor: 'anna', role: 'admin' };
const anonymous: Caller = { requestId: 'test' };

/** Three directions, one per subject; texts about none of them point elsewhere. */
const subjects = [
  ['card', 'plastic', 'debit'],
  ['refund', 'money', 'reimburse'],
  ['password', 'login', 'passcode'],
];
const dimension = subjects.length + 1;
const provenance = {
  encoderId: 'by-hand',
  revision: 'r1',
  layer: -1,
  pooling: 'mean',
  normalized: true,
  dimension,
};

function vectorOf(text: string): Float32Array {
  const values = new Float32Array(dimension).fill(0.05);
  subjects.forEach((words, subject) => {
    for (const word of words) if (text.toLowerCase().includes(word)) values[subject] += 1;
  });
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

function cosine(one: string, other: string): number {
  const [a, b] = [vectorOf(one), vectorOf(other)];
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** An inference service over real gRPC, whose encoder is the few words above and whose head knows the first topic. */
async function startInference(topicId: () => string): Promise<{ client: InferenceClient; stop(): void }> {
  const embedded = (texts: string[]) => ({
    vectors: toVectors(Float32Array.from(texts.flatMap((text) => [...vectorOf(text)])), dimension, provenance),
    items: texts.map((text) => ({ tokens: text.split(' ').length, truncated: false })),
    errors: [],
  });
  const missing = (model: string | undefined) =>
    model && model !== 'by-hand'
      ? toGrpcError(new DomainError('NOT_FOUND', `There is no encoder "${model}".`, { field: 'model' }), 'test')
      : null;
  const server = new Server();
  server.addService(loadService('inference', 'InferenceService'), {
    embed: (call: ServerUnaryCall<inferenceV1.EmbedRequest, object>, answer: sendUnaryData<object>) =>
      answer(missing(call.request.options?.model), embedded(call.request.texts)),
    classify: (call: ServerUnaryCall<inferenceV1.ClassifyRequest, object>, answer: sendUnaryData<object>) =>
      answer(missing(call.request.options?.model), {
        ...embedded(call.request.texts),
        headId: call.request.headId,
        classifications: call.request.texts.map((text) => ({
          unknown: vectorOf(text)[0] < 0.5,
          classes: [{ label: topicId(), probability: vectorOf(text)[0] }],
        })),
      }),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = createInferenceClient(`127.0.0.1:${port}`);
  return {
    client,
    stop: () => {
      client.close();
      server.forceShutdown();
    },
  };
}

describe('search', () => {
  let test: TestDatabase;
  let inference: Awaited<ReturnType<typeof startInference>>;
  let unreachable: InferenceClient;
  let encoder: number;
  const ids: Record<string, string> = {};
  const topics: Record<string, string> = {};

  const texts: Record<string, { text: string; answer?: string; topic?: string; tags?: string[]; state?: 'draft' }> = {
    lost: { text: 'I lost my debit card', answer: 'Block it in the app & order <b>another</b>.', topic: 'cards' },
    late: { text: 'Where is my new card?', answer: 'It takes five working days.', topic: 'cards' },
    back: { text: 'How do I get my money back?', answer: 'Ask for a refund.', topic: 'refunds', tags: ['app'] },
    login: { text: 'I forgot my passcode', topic: 'access', tags: ['app', 'security'] },
    hidden: { text: 'Secret plan for the plastic card', answer: 'Hush.', state: 'draft', topic: 'cards' },
  };

  beforeAll(async () => {
    test = await startTestDatabase();
    inference = await startInference(() => topics.cards);
    unreachable = createInferenceClient('127.0.0.1:1');
    const { database } = test;
    const results = await importQuestions(database, admin, {
      source: 'search',
      topics: [],
      dryRun: false,
      rows: Object.entries(texts).map(([externalId, { text, answer = '', topic = '', tags, state }], line) => ({
        line,
        externalId,
        text,
        answer,
        topic,
        tags: tags ?? [],
        state: state ?? 'published',
      })),
    });
    Object.keys(texts).forEach((name, place) => {
      const result = results[place];
      if ('questionId' in result) ids[name] = result.questionId;
    });
    for (const { id, slug } of await database.rows<{ id: string; slug: string }>('SELECT id, slug FROM topic'))
      topics[slug] = id;
    [{ id: encoder }] = await database.rows<{ id: number }>(
      `INSERT INTO encoder (encoder_id, revision, layer, pooling, normalized, dimension, in_use)
       VALUES ('by-hand', 'r1', -1, 'mean', true, ${dimension}, true) RETURNING id`,
    );
    for (const [name, { text }] of Object.entries(texts))
      await database.rows(
        `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
         VALUES ($1, $2, md5($3), $4::vector, 1, false)`,
        [encoder, ids[name], text, encodeVector(vectorOf(text), 0, dimension)],
      );
  }, 120_000);
  afterAll(async () => {
    inference?.stop();
    unreachable?.close();
    await test?.stop();
  });

  interface Options extends Partial<SearchFilter> {
    readonly caller?: Caller;
    readonly client?: InferenceClient;
    readonly first?: number;
    readonly after?: string;
  }
  const search = (
    text: string,
    { caller = anonymous, client = inference.client, first = 0, after = '', ...filter }: Options = {},
  ) => {
    const asked = { text, first, after, withFacets: true, filter: { ...noFilter, ...filter } };
    return searchQuestions(test.database, client, caller, asked);
  };
  const found = async (...given: Parameters<typeof search>) =>
    (await search(...given)).hits.map((hit) => hit.questionId);
  const query = (text: string) => ({
    encoder: { id: encoder, inUse: true, provenance },
    values: vectorOf(text),
  });

  it('finds by words that are in the question or in its answer', async () => {
    const byWords = { client: unreachable };
    expect(await found('passcode', byWords)).toEqual([ids.login]);
    expect(await found('"working days"', byWords)).toEqual([ids.late]);
    expect(await found('card -lost', byWords)).toEqual([ids.late]);
    // Nothing has every word: some will do.
    expect(await found('please help, somebody has forgotten her passcode', byWords)).toEqual([ids.login]);
    expect(await found('xylophone', byWords)).toEqual([]);
  });

  it('finds by vectors what has none of the words', async () => {
    const { hits, vectorsUsed } = await search('reimburse', { first: 1 });
    expect(vectorsUsed).toBe(true);
    expect(hits).toMatchObject([{ questionId: ids.back, textRank: 0, vectorRank: 1 }]);
    expect(hits[0].similarity).toBeCloseTo(1, 2);
    expect(hits[0].highlight).toBe('How do I get my money back?');
  });

  it('weighs a word by how few texts have it', async () => {
    const weigh = (any: string) => weighedTerms(test.database, any, { rows: 0, shares: new Map() });
    const [common, rare, missing] = await weigh("'card' | 'passcod' | 'xylophon'");
    expect(rare.weight).toBeGreaterThan(common.weight);
    expect(missing.weight).toBeGreaterThan(rare.weight);
    expect(common).toEqual({ query: "'card'", weight: expect.any(Number) as number });
    expect(common.weight).toBeGreaterThan(0);
    expect(await weigh("'card' & !'lost'")).toEqual([{ query: "'card' & !'lost'", weight: 1 }]);
    expect(await weigh('')).toEqual([]);
  });

  it('puts what both lists have first', async () => {
    const { hits } = await search('debit card');
    expect(hits[0]).toMatchObject({ questionId: ids.lost, textRank: 1, vectorRank: 1 });
    expect(hits[0].score).toBeCloseTo(3 / 6 + 3 / 6, 12);
  });

  it('goes on with words alone while inference cannot be reached', async () => {
    const { hits, vectorsUsed } = await search('card', { client: unreachable });
    expect(vectorsUsed).toBe(false);
    expect(hits.map(({ questionId }) => questionId).sort()).toEqual([ids.lost, ids.late].sort());
    expect(hits[0].similarity).toBeUndefined();
  });

  it('shows drafts to the team and to nobody else', async () => {
    expect(await found('plastic card')).not.toContain(ids.hidden);
    expect(await found('plastic card', { caller: admin })).toContain(ids.hidden);
  });

  it('keeps to a topic', async () => {
    expect(await found('card money passcode', { topicId: topics.refunds })).toEqual([ids.back]);
    expect(await found('card', { topicId: 'nope' })).toEqual([]);
  });

  it('knows a mistyped word by its letters, and says so', async () => {
    const { hits, corrections } = await search('forgot pascode', { client: unreachable });
    expect(hits.map(({ questionId }) => questionId)).toEqual([ids.login]);
    expect(corrections).toEqual([{ word: 'pascode', used: 'passcode' }]);
    expect(hits[0].highlight).toBe('I <mark>forgot</mark> my <mark>passcode</mark>');
    // Known by its stem, or near to nothing: left as it is.
    expect((await search('losing cards xylophone', { client: unreachable })).corrections).toEqual([]);
  });

  it('looks for a word under the stem of the language of the text', async () => {
    const { database } = test;
    const [german] = await database.rows<{ id: string }>(
      `INSERT INTO question (slug, text, state, source, language)
       VALUES ('karten', 'Wo sind meine Zahlungen geblieben?', 'published', 'test', 'de') RETURNING id`,
    );
    await database.rows(
      `INSERT INTO answer (question_id, body, state) VALUES ($1, 'Bei der Sparkasse.', 'published')`,
      [german.id],
    );
    const words = { client: unreachable };
    // English would leave "zahlungen" and "zahlung" apart.
    expect(await found('Zahlung', words)).toEqual([german.id]);
    expect(await found('Sparkassen', words)).toEqual([german.id]);
    expect(await found('Zahlung', { ...words, language: 'de' })).toEqual([german.id]);
    expect(await found('Zahlung', { ...words, language: 'en' })).toEqual([]);
    expect(await found('cards', words)).toHaveLength(2);
    await database.rows('DELETE FROM question WHERE id = $1', [german.id]);
  });

  it('keeps to tags, states and times', async () => {
    const text = 'card money passcode';
    expect((await found(text, { tags: ['app'] })).sort()).toEqual([ids.login, ids.back].sort());
    expect(await found(text, { tags: ['app', 'security'] })).toEqual([ids.login]);
    expect(await found(text, { caller: admin, states: ['draft'] })).toEqual([ids.hidden]);
    const now = Date.now();
    expect(await found(text, { createdFromMs: now + 60_000 })).toEqual([]);
    expect(await found(text, { createdFromMs: now - 3_600_000, createdBeforeMs: now + 60_000 })).toHaveLength(4);
    await expect(search(text, { states: ['draft'] })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    for (const [field, given] of [
      ['language', { language: 'English please' }],
      ['createdBefore', { createdFromMs: 2, createdBeforeMs: 1 }],
      ['tags', { tags: ['a\0'] }],
    ] as const)
      await expect(search(text, given)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field } });
  });

  it('goes through all hits page by page, none twice and none left out', async () => {
    const whole = await search('card money passcode', { first: 100 });
    const seen: string[] = [];
    for (let after = ''; ;) {
      const page = await search('card money passcode', { first: 1, after });
      seen.push(...page.hits.map(({ questionId }) => questionId));
      if (!page.hasNextPage) break;
      after = page.hits[0].cursor;
    }
    expect(seen).toEqual(whole.hits.map(({ questionId }) => questionId));
    expect(seen).toHaveLength(4);
    for (const after of ['x', 'aGl0OjE6Mg', Buffer.from('seq:1').toString('base64url')])
      await expect(search('card', { after })).rejects.toMatchObject({ details: { field: 'after' } });
  });

  it('counts what it found by topic, tag, state and language', async () => {
    const { facets } = await search('card money passcode');
    expect(facets.filter(({ facet }) => facet !== 'topic')).toEqual([
      { facet: 'language', value: 'en', count: 4 },
      { facet: 'state', value: 'published', count: 4 },
      { facet: 'tag', value: 'app', count: 2 },
      { facet: 'tag', value: 'security', count: 1 },
    ]);
    expect(facets.find(({ value }) => value === topics.cards)).toEqual({
      ...{ facet: 'topic', value: topics.cards, count: 2 },
    });
  });

  it('marks matches and escapes everything else', async () => {
    const { hits } = await search('block another', { client: unreachable });
    expect(hits[0].highlight).toBe(
      '<mark>Block</mark> it in the app &amp; order &lt;b&gt;<mark>another</mark>&lt;/b&gt;.',
    );
  });

  /** Questions around a text's vector, no two the same: HNSW links many equal vectors to each other only. */
  const fill = (state: string, count: number, text: string) => {
    const around = Array.from({ length: count }, (_, n) => {
      const values = vectorOf(text).map((value, i) => value + 0.02 * Math.sin((n + 1) * (i + 1.7)));
      return `[${values.join(',')}]`;
    });
    return test.database.rows(
      `WITH given AS (SELECT gen_random_uuid() AS id, vector, $2 || n AS text
                      FROM unnest($3::vector[]) WITH ORDINALITY AS given (vector, n)),
       filled AS (
         INSERT INTO question (id, slug, text, state, source) SELECT id, text, text, $2, 'fill' FROM given RETURNING id
       )
       INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
       SELECT $1, id, md5(given.text), given.vector, 1, false FROM given JOIN filled USING (id)`,
      [encoder, state, around],
    );
  };

  it('finds the same through an HNSW index, past all that the filter refuses', async () => {
    const { database } = test;
    const scope = { publishedOnly: true };
    const exact = await nearestQuestions(database, query('card'), scope, 2);
    expect(exact.map(({ id }) => id)).toEqual([ids.late, ids.lost]);
    // Drafts that are nearer than everything published, many times ef_search; published ones that are far away.
    await fill('draft', 1000, 'card');
    await fill('published', 2000, 'xylophone');
    const asOwner = (statement: string) => acrossSpaces(() => database.rows(statement));
    await asOwner(
      `CREATE INDEX by_hand ON embedding USING hnsw ((vector::vector(${dimension})) vector_cosine_ops)
       WHERE encoder = ${encoder}`,
    );
    await asOwner('ANALYZE embedding');
    await asOwner('ANALYZE question');
    const { text, parameters } = nearestStatement(query('card'), scope, 2);
    expect(JSON.stringify(await database.rows(`EXPLAIN ${text}`, parameters))).toContain('by_hand');
    expect(await nearestQuestions(database, query('card'), scope, 2)).toEqual(exact);
    // Fewer pass the filter than the index would find: all that do are there all the same.
    const rare = { publishedOnly: true, tags: ['app'] };
    expect((await nearestQuestions(database, query('xylophone'), rare, 100)).map(({ id }) => id).sort()).toEqual(
      [ids.login, ids.back].sort(),
    );
    await asOwner('DROP INDEX by_hand');
    await database.rows(`DELETE FROM question WHERE source = 'fill'`);
  });

  it('leaves out the vector of a text that has changed since', async () => {
    const { database } = test;
    const change = (text: string) => database.rows('UPDATE question SET text = $2 WHERE id = $1', [ids.login, text]);
    await change('Something else');
    const nearest = await nearestQuestions(database, query('password'), { publishedOnly: true }, 10);
    expect(nearest.map(({ id }) => id)).not.toContain(ids.login);
    await change(texts.login.text);
  });

  describe('by passages of answers', () => {
    /** Gives the answer of a question these passages, each with the vector of its own words. */
    const cut = (name: string, passages: readonly string[]) =>
      test.database.rows(
        `INSERT INTO passage_embedding (encoder, answer_id, place, text_hash, passage, vector, tokens, truncated)
         SELECT $1, answer.id, given.place, ${passageHash('question', 'answer')}, given.passage, given.vector, 1, false
         FROM answer JOIN question ON question.id = answer.question_id
         CROSS JOIN unnest($3::text[], $4::vector[]) WITH ORDINALITY AS given (passage, vector, place)
         WHERE question.id = $2`,
        [encoder, ids[name], passages, passages.map((passage) => `[${vectorOf(passage).join(',')}]`)],
      );
    const near = async (text: string, { publishedOnly = true, ...more }: Partial<SearchScope> = {}, limit = 10) =>
      nearContent(test.database, query(text), { publishedOnly, ...more }, limit);
    afterEach(() => test.database.rows('DELETE FROM passage_embedding'));
    const letter = ['Your password is in the letter.', 'Another login for a card.', 'A passcode, or money.'];

    it('finds a question by what its answer says, and says how near both are', async () => {
      expect((await near('password')).slice(1).map(({ id }) => id)).toContain(ids.late);
      await cut('late', letter);
      const [first, second] = await near('password');
      expect(first.id).toBe(ids.login);
      expect(first.nearness).toBeCloseTo(first.similarity!, 6);
      // Three passages are nearer than the question itself: of four vectors, the best three count.
      const mean = letter.reduce((sum, passage) => sum + cosine('password', passage), 0) / letter.length;
      expect(second.id).toBe(ids.late);
      expect(second.nearness).toBeCloseTo(mean, 5);
      expect(second.similarity).toBeCloseTo(cosine('password', texts.late.text), 5);
      const { hits } = await search('passcode letter');
      const late = hits.find(({ questionId }) => questionId === ids.late)!;
      expect(late).toMatchObject({ vectorRank: 2 });
      expect(late.nearness).toBeCloseTo(mean, 5);
      expect(late.similarity).toBeLessThan(0.2);
    });

    it('takes the mean of the three best, of fewer where there are fewer', async () => {
      await cut('back', ['A refund.', 'By debit card.']);
      const [{ id, nearness }] = await near('refund');
      expect(id).toBe(ids.back);
      const cosines = [texts.back.text, 'A refund.', 'By debit card.'].map((text) => cosine('refund', text));
      expect(nearness).toBeCloseTo(cosines.reduce((sum, one) => sum + one) / 3, 5);
    });

    it('shows nobody what an answer says that they may not see', async () => {
      const { database } = test;
      await cut('hidden', ['The password of everything.', 'The login.', 'The passcode.']);
      expect((await near('password')).map(({ id }) => id)).not.toContain(ids.hidden);
      const all = await near('password', { publishedOnly: false });
      expect(all.slice(0, 2).map(({ id }) => id)).toContain(ids.hidden);
      // The question is published, its answer is not yet: found by its own vector, as if it had no answer.
      await database.rows(`UPDATE question SET state = 'published' WHERE id = $1`, [ids.hidden]);
      const found = (await near('password')).find(({ id }) => id === ids.hidden)!;
      expect(found.nearness).toBeCloseTo(cosine('password', texts.hidden.text), 5);
      await database.rows(`UPDATE question SET state = 'draft' WHERE id = $1`, [ids.hidden]);
    });

    it('leaves out passages of an answer, or a question, that has changed since', async () => {
      const { database } = test;
      await cut('late', ['Your password is in the letter.']);
      const nearness = async () => (await near('password')).find(({ id }) => id === ids.late)?.nearness;
      expect(await nearness()).toBeGreaterThan(0.5);
      await database.rows(`UPDATE answer SET body = 'Soon.' WHERE question_id = $1`, [ids.late]);
      expect(await nearness()).toBeCloseTo(cosine('password', texts.late.text), 5);
      await database.rows('UPDATE answer SET body = $2 WHERE question_id = $1', [ids.late, texts.late.answer]);
      expect(await nearness()).toBeGreaterThan(0.5);
      await database.rows(`UPDATE question SET text = text || ' Please.' WHERE id = $1`, [ids.late]);
      expect(await nearness()).toBeUndefined();
      await database.rows('UPDATE question SET text = $2 WHERE id = $1', [ids.late, texts.late.text]);
    });

    it('goes through both indexes, and never returns fewer than asked for while more match', async () => {
      const { database } = test;
      await cut('late', ['Your password is in the letter.', 'Another login, another letter.']);
      const exact = await near('password');
      await fill('draft', 1000, 'password');
      await fill('published', 2000, 'xylophone');
      await database.rows(
        `WITH written AS (
           INSERT INTO answer (question_id, body, state)
           SELECT id, text, state FROM question WHERE source = 'fill' RETURNING id, question_id)
         INSERT INTO passage_embedding (encoder, answer_id, place, text_hash, passage, vector, tokens, truncated)
         SELECT $1, answer.id, place, ${passageHash('question', 'answer')}, 'x', embedding.vector, 1, false
         FROM (SELECT written.*, question.text AS body FROM written JOIN question ON question.id = question_id) AS answer
         JOIN question ON question.id = answer.question_id JOIN embedding ON embedding.question_id = question.id
         CROSS JOIN generate_series(1, 2) AS place`,
        [encoder],
      );
      const asOwner = (statement: string) => acrossSpaces(() => database.rows(statement));
      for (const table of ['embedding', 'passage_embedding'])
        await asOwner(
          `CREATE INDEX ${table}_hnsw_${encoder} ON ${table} USING hnsw ((vector::vector(${dimension})) vector_cosine_ops)
           WHERE encoder = ${encoder}`,
        );
      for (const table of ['embedding', 'passage_embedding', 'question', 'answer']) await asOwner(`ANALYZE ${table}`);
      const parameters: unknown[] = [vectorParameter(query('password'))];
      const statement = nearestPassages(
        query('password'),
        { publishedOnly: true },
        10,
        (value) => `$${parameters.push(value)}`,
      );
      expect(JSON.stringify(await database.rows(`EXPLAIN ${statement}`, parameters))).toContain(
        `passage_embedding_hnsw_${encoder}`,
      );
      // Drafts, and their passages, are nearer than everything published.
      expect((await near('password', {}, 4)).slice(0, 2).map(({ id }) => id)).toEqual(
        exact.slice(0, 2).map(({ id }) => id),
      );
      expect(await near('password', {}, 200)).toHaveLength(200);
      // A filter leaves thousands: all of them are compared, and their passages, whatever indexes there are.
      const published = await near('password', { states: ['published'] }, 200);
      expect(published).toHaveLength(200);
      expect(published.slice(0, 2)).toEqual(exact.slice(0, 2));
      const rare = await near('xylophone', { tags: ['app'] }, 100);
      expect(rare.map(({ id }) => id).sort()).toEqual([ids.login, ids.back].sort());
      for (const table of ['embedding', 'passage_embedding']) await asOwner(`DROP INDEX ${table}_hnsw_${encoder}`);
      await database.rows(`DELETE FROM question WHERE source = 'fill'`);
    }, 60_000);

    it('finds the nearest passages of a large table, whose questions are far away', async () => {
      const { database } = test;
      await cut('late', letter);
      // Nearer than the question "late" itself, and more than there are candidates.
      await fill('published', 300, 'refund');
      const found = await near('password', {}, 50);
      expect(found.slice(0, 2).map(({ id }) => id)).toEqual([ids.login, ids.late]);
      expect(found).toHaveLength(50);
      await database.rows(`DELETE FROM question WHERE source = 'fill'`);
    });

    it('shows in an answer the paragraph that is nearest in meaning, where none has the words', async () => {
      const { database } = test;
      const body =
        'Hello and welcome to all of you.\n\n# Lost\n\nWe send a new one.\n\nYour plastic arrives by letter.\n\nBye for now, and thank you.';
      await database.rows('UPDATE answer SET body = $2 WHERE question_id = $1', [ids.lost, body]);
      const asked = async (text: string) => {
        const { answers } = await askQuestion(database, inference.client, anonymous, { text, first: 3, record: false });
        return answers.find(({ questionId }) => questionId === ids.lost)!;
      };
      await cut('lost', [
        'Hello and welcome to all of you.',
        '# Lost\nWe send a new one.',
        'Your plastic arrives by letter.',
      ]);
      expect((await asked('debit')).passage).toBe('Your plastic arrives by letter.');
      // Second in meaning and first by words is better than first and nothing.
      expect((await asked('I lost my debit card')).passage).toBe('# Lost\nWe send a new one.');
      await database.rows('DELETE FROM passage_embedding');
      const byWords = await asked('I lost my debit card');
      expect(byWords).toMatchObject({
        passage: '# Lost\nWe send a new one.',
        highlight: '# <mark>Lost</mark>\nWe send a new one.',
      });
      await database.rows('UPDATE answer SET body = $2 WHERE question_id = $1', [ids.lost, texts.lost.answer]);
    });
  });

  it('refuses empty and endless texts', async () => {
    for (const text of ['', '  ', 'x'.repeat(32_769), 'a\0b'])
      await expect(search(text)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'text' } });
    await expect(search('x', { first: 101 })).rejects.toMatchObject({ details: { field: 'first' } });
  });

  describe('ask', () => {
    const ask = (text: string, { caller = anonymous, record = false, first = 0, client = inference.client } = {}) =>
      askQuestion(test.database, client, caller, { text, first, record });

    it('answers without a head, and says nothing of topics', async () => {
      const asked = await ask('How is money reimbursed?', { first: 1 });
      expect(asked.answers).toMatchObject([{ questionId: ids.back }]);
      expect(asked.answers[0].similarity).toBeGreaterThan(0.9);
      expect(asked.answers[0]).toMatchObject({ passage: 'Ask for a refund.', highlight: 'Ask for a refund.' });
      expect(asked.verdict).toBeUndefined();
      expect(asked.similar[0].questionId).toBe(ids.back);
    });

    it('says topic or unknown once there is a head, and keeps the text if it is told to', async () => {
      const { database } = test;
      await database.rows(
        `INSERT INTO trained_head (id, state, encoder, figures, seed) VALUES ('h1', 'in_use', $1, '{}', 1)`,
        [encoder],
      );
      const known = await ask('my debit card', { caller: admin, record: true });
      expect(known.verdict).toMatchObject({ headId: 'h1', unknown: false, topicId: topics.cards });
      expect((await ask('money')).verdict).toMatchObject({ unknown: true, topicId: topics.cards });
      const kept = await database.rows(
        `SELECT question.state, question.source, question.topic_id, question.topic_said_by, verdict.unknown,
           embedding.text_hash = md5(question.text) AS fresh
         FROM question JOIN classification AS verdict ON verdict.question_id = question.id
         JOIN embedding ON embedding.question_id = question.id WHERE question.id = $1`,
        [known.questionId],
      );
      expect(kept).toEqual([
        {
          state: 'incoming',
          source: 'ask',
          topic_id: topics.cards,
          topic_said_by: 'model',
          unknown: false,
          fresh: true,
        },
      ]);
      // Incoming questions are nobody's answer.
      expect((await ask('my debit card')).similar.map(({ questionId }) => questionId)).not.toContain(known.questionId);
    });

    it('shows the paragraph of an answer that has most of the words, its heading with it', async () => {
      const { database } = test;
      const body = 'Greetings.\n\n# Lost\n\nBlock your <debit> card in the app.\n\nSleep well.';
      await database.rows('UPDATE answer SET body = $2 WHERE question_id = $1', [ids.lost, body]);
      const [{ passage, highlight }] = (await ask('I lost my debit card', { first: 1 })).answers;
      expect(passage).toBe('# Lost\nBlock your <debit> card in the app.');
      expect(highlight).toBe(
        '# <mark>Lost</mark>\nBlock your &lt;<mark>debit</mark>&gt; <mark>card</mark> in the app.',
      );
      await database.rows('UPDATE answer SET body = $2 WHERE question_id = $1', [ids.lost, texts.lost.answer]);
    });

    it('says what to do where the encoder in use is gone', async () => {
      const { database } = test;
      const [{ id }] = await database.rows<{ id: string }>('SELECT encoder_id AS id FROM encoder WHERE in_use');
      const rename = (to: string) => database.rows(`UPDATE encoder SET encoder_id = '${to}' WHERE in_use`);
      await rename('gone');
      await expect(ask('card')).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/"gone", is not in the model store.*"cairn embed"/) as string,
      });
      await rename(id);
      await expect(ask('card')).resolves.toMatchObject({ answers: expect.any(Array) as unknown[] });
    });

    it('needs a role to keep a text, and inference to say anything', async () => {
      await expect(ask('card', { record: true })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await expect(ask('card', { client: unreachable })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(ask(' ')).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'text' } });
    });
  });
});
