import { contextToMetadata, createClusteringClient, knowledgeV1, type CallContext } from '@cairn/contracts';
import { Client } from 'pg';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { DiscoveryController } from '../suggestions/discovery.controller.js';
import { ContentController } from './content.controller.js';

const as = (role?: CallContext['role']) => contextToMetadata({ requestId: 'test', actor: role && `the ${role}`, role });
const admin = as('admin');
const reader = as('reader');
const anonymous = as();

const parents = 20;
const unknownId = '00000000-0000-4000-8000-000000000000';
const states = Object.values(knowledgeV1.SuggestionState);
const noFilter: knowledgeV1.QuestionFilter = {
  states: [],
  topicId: '',
  verdict: knowledgeV1.Verdict.VERDICT_UNSPECIFIED,
  source: '',
  suggestionId: '',
  text: '',
  language: '',
  tags: [],
  deleted: false,
  scheduled: false,
};
const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field && { details: expect.objectContaining({ field }) as unknown }) }) as unknown;

describe('lists of several parents', () => {
  let test: TestDatabase;
  let content: ContentController;
  let discovery: DiscoveryController;
  let topicIds: string[];
  let suggestionIds: string[];
  let clusteringIds: string[];

  beforeAll(async () => {
    test = await startTestDatabase();
    content = new ContentController(test.database);
    discovery = new DiscoveryController(test.database, createClusteringClient('127.0.0.1:9'));
    const idsOf = async (text: string) => (await test.database.rows<{ id: string }>(text)).map(({ id }) => id);
    topicIds = await idsOf(
      `INSERT INTO topic (slug, title) SELECT 'topic-' || n, 'Topic ' || n FROM generate_series(1, ${parents}) AS n RETURNING id`,
    );
    // Topic n has n - 1 questions, scattered over the whole list; every third is published.
    await test.database.rows(
      `INSERT INTO question (slug, text, state, source, topic_id, topic_said_by)
       SELECT 'q-' || t.place || '-' || n, 'Question ' || n, CASE WHEN n % 3 = 0 THEN 'published' ELSE 'draft' END,
         'test', t.id, 'person'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, place) CROSS JOIN generate_series(1, ${parents}) AS n
       WHERE n < t.place ORDER BY n, md5(t.id::text || n)`,
      [topicIds],
    );
    await test.database.rows(
      `INSERT INTO label (question_id, said_by, topic_id, actor) SELECT id, 'person', topic_id, 'ada' FROM question`,
    );
    await test.database.rows(
      `WITH encoder AS (INSERT INTO encoder (encoder_id, revision, layer, pooling, normalized, dimension, in_use)
           VALUES ('e', '', -1, 'mean', true, 3, true) RETURNING id),
         head AS (INSERT INTO trained_head (id, state, encoder, figures, seed)
           SELECT 'h', 'in_use', id, '{}', 1 FROM encoder RETURNING id)
       INSERT INTO classification (question_id, head_id, text_hash, unknown, topic_id, confidence)
       SELECT question.id, head.id, md5(text), seq % 2 = 0, topic_id, 0.5 FROM question, head`,
    );
    clusteringIds = await idsOf(
      `INSERT INTO clustering (job_id, encoder, parameters, questions, n_clusters, inertia, silhouette, iterations)
       SELECT gen_random_uuid(), encoder.id, '{}', 9, 9, 1, 0.5, 3 FROM encoder, generate_series(1, ${parents}) RETURNING id`,
    );
    // Clustering n makes n % 6 suggestions; members of a cluster are spread over all topics.
    suggestionIds = await idsOf(
      `INSERT INTO suggestion (clustering_id, cluster_index, title, keywords, exemplar_ids, size, cohesion, separation,
         silhouette, state)
       SELECT c.id, n, 'S', '{}', '{}', 4, 0.5, 0.5, 0.5, CASE WHEN n % 2 = 0 THEN 'pending' ELSE 'rejected' END
       FROM unnest('{${clusteringIds.join()}}'::uuid[]) WITH ORDINALITY AS c (id, place)
       CROSS JOIN generate_series(1, 5) AS n WHERE n <= c.place % 6 ORDER BY n, md5(c.id::text) RETURNING id`,
    );
    await test.database.rows(
      `INSERT INTO clustering_member (clustering_id, question_id, cluster_index, distance)
       SELECT c.id, question.id, 1 + (seq + c.place) % 5, 0.1
       FROM unnest($1::uuid[]) WITH ORDINALITY AS c (id, place) CROSS JOIN question WHERE (seq * c.place) % 7 < 3`,
      [clusteringIds],
    );
  }, 120_000);
  afterAll(() => test?.stop());

  /** The cursor in the middle of the list: a place in every parent's list. */
  const middle = async () => {
    const page = { first: 95, after: '', withTotal: false };
    return (await content.listQuestions({ page, filter: noFilter }, reader)).pageInfo!.cursors[94];
  };
  const pagesToRead = async (after: string): Promise<knowledgeV1.PageRequest[]> => [
    { first: 3, after: '', withTotal: false },
    { first: 3, after, withTotal: true },
    { first: 100, after: '', withTotal: true },
  ];

  it.each([
    ['reader', reader],
    ['anonymous', anonymous],
  ])('give each topic the page it has alone: %s', async (_who, who) => {
    const asked = [...topicIds].reverse().concat(unknownId, 'no id', topicIds[7]);
    for (const page of await pagesToRead(await middle())) {
      const { pages } = await content.listQuestionsOfParents({ page, topicIds: asked, suggestionIds: [] }, who);
      const alone: knowledgeV1.ListQuestionsResponse[] = [];
      for (const topicId of asked)
        alone.push(await content.listQuestions({ page, filter: { ...noFilter, topicId } }, who));
      expect(pages).toEqual(alone);
      if (page.after === '') expect(pages.some(({ pageInfo }) => pageInfo!.hasNextPage)).toBe(page.first === 3);
      expect(pages.filter(({ questions }) => questions.length > 0).length).toBeGreaterThan(5);
    }
  });

  it('give each suggestion the page it has alone', async () => {
    const asked = [...suggestionIds, unknownId, 'no id'];
    for (const page of await pagesToRead(await middle())) {
      const { pages } = await content.listQuestionsOfParents({ page, topicIds: [], suggestionIds: asked }, reader);
      const alone: knowledgeV1.ListQuestionsResponse[] = [];
      for (const suggestionId of asked)
        alone.push(await content.listQuestions({ page, filter: { ...noFilter, suggestionId } }, reader));
      expect(pages).toEqual(alone);
      expect(pages.filter(({ questions }) => questions.length > 0).length).toBeGreaterThan(10);
    }
  });

  it.each([
    ['pending ones', []],
    ['all', states],
  ])('give each clustering the page of suggestions it has alone: %s', async (_which, states) => {
    const all = await discovery.listSuggestions(
      { page: { first: 100, after: '', withTotal: false }, states, clusteringId: '' },
      admin,
    );
    const { cursors } = all.pageInfo!;
    const asked = [...clusteringIds, unknownId];
    for (const page of await pagesToRead(cursors[Math.floor(cursors.length / 2)])) {
      const { pages } = await discovery.listSuggestionsOfClusterings({ page, states, clusteringIds: asked }, admin);
      const alone: knowledgeV1.ListSuggestionsResponse[] = [];
      for (const clusteringId of asked)
        alone.push(await discovery.listSuggestions({ page, states, clusteringId }, admin));
      expect(pages).toEqual(alone);
      expect(pages.filter(({ suggestions }) => suggestions.length > 0).length).toBeGreaterThan(5);
    }
  });

  it('show published questions only, and no members of suggestions, without a role', async () => {
    const page = { first: 100, after: '', withTotal: true };
    const { pages } = await content.listQuestionsOfParents({ page, topicIds, suggestionIds: [] }, anonymous);
    const questions = pages.flatMap((one) => one.questions);
    const published = knowledgeV1.ContentState.CONTENT_STATE_PUBLISHED;
    expect(new Set(questions.map(({ state }) => state))).toEqual(new Set([published]));
    expect(pages.map(({ pageInfo }) => pageInfo!.total)).toEqual(topicIds.map((_id, index) => Math.floor(index / 3)));
    for (const { classification, label } of questions) expect([classification, label?.actor]).toEqual([undefined, '']);
    await expect(
      content.listQuestionsOfParents({ page, topicIds: [], suggestionIds }, anonymous),
    ).rejects.toEqual(refusal('UNAUTHENTICATED'));
    const request = { page, states, clusteringIds };
    await expect(discovery.listSuggestionsOfClusterings(request, anonymous)).rejects.toEqual(refusal('UNAUTHENTICATED'));
    await expect(discovery.listSuggestionsOfClusterings(request, reader)).rejects.toEqual(refusal('FORBIDDEN'));
  });

  it('are refused with the field that is wrong', async () => {
    const page = { first: 3, after: '', withTotal: false };
    const many = Array.from({ length: 501 }, () => topicIds[0]);
    const questions = (topics: string[], suggestions: string[]) =>
      content.listQuestionsOfParents({ page, topicIds: topics, suggestionIds: suggestions }, reader);
    await expect(questions(many, [])).rejects.toEqual(refusal('INVALID_INPUT', 'topicIds'));
    await expect(questions([], many)).rejects.toEqual(refusal('INVALID_INPUT', 'suggestionIds'));
    await expect(questions(topicIds, suggestionIds)).rejects.toEqual(refusal('INVALID_INPUT', 'suggestionIds'));
    expect((await questions(many.slice(1), [])).pages).toHaveLength(500);
    expect(await questions([], [])).toEqual({ pages: [] });
    await expect(
      discovery.listSuggestionsOfClusterings({ page, states, clusteringIds: many }, admin),
    ).rejects.toEqual(refusal('INVALID_INPUT', 'clusteringIds'));
  });

  it.each([false, true])('cost as many statements for 20 parents as for one; with totals: %s', async (withTotal) => {
    const page = { first: 10, after: '', withTotal };
    const statements = jest.spyOn(Client.prototype, 'query');
    const countOf = async (read: () => Promise<unknown>) => {
      await read();
      statements.mockClear();
      await read();
      return statements.mock.calls.length;
    };
    try {
      for (const count of [1, parents]) {
        const [topics, suggestions, clusterings] = [topicIds, suggestionIds, clusteringIds].map((all) =>
          all.slice(-count),
        );
        const counts = [
          await countOf(() =>
            content.listQuestionsOfParents({ page, topicIds: topics, suggestionIds: [] }, reader),
          ),
          await countOf(() =>
            content.listQuestionsOfParents({ page, topicIds: [], suggestionIds: suggestions }, reader),
          ),
          await countOf(() =>
            discovery.listSuggestionsOfClusterings({ page, states, clusteringIds: clusterings }, admin),
          ),
        ];
        const expected = withTotal ? 2 : 1;
        expect(counts).toEqual([expected, expected, expected]);
      }
    } finally {
      statements.mockRestore();
    }
  });
});
