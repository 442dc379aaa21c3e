import { knowledgeV1, type Draft } from '@cairn/contracts';
import { answerRow, headRow, ids, pageInfo, questionRow, suggestionRow, topicRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';

type Ids = knowledgeV1.GetByIdsRequest;

describe('loading a page', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench()));
  afterAll(() => bench.stop());
  beforeEach(() => {
    bench.reset();
    bench.knowledge
      .on<Ids, knowledgeV1.QuestionList>('getQuestions', ({ ids }) => ({ questions: ids.map((id) => questionRow(id)) }))
      .on<Ids, knowledgeV1.AnswerList>('getAnswers', ({ ids }) => ({
        answers: ids.map((id) => answerRow(id, `q-${id}`)),
      }))
      .on<Ids, knowledgeV1.AnswerList>('getAnswersOfQuestions', ({ ids }) => ({
        answers: ids.flatMap((id) => [answerRow(`${id}-a`, id), answerRow(`${id}-b`, id)]),
      }))
      .on<Ids, knowledgeV1.TopicList>('getTopics', ({ ids }) => ({ topics: ids.map(topicRow) }))
      .on<Ids, knowledgeV1.HeadList>('getHeads', ({ ids }) => ({ heads: ids.map(headRow) }));
  });

  const said = (topicId: string): Draft<knowledgeV1.Question> => ({
    label: { topicId, saidBy: knowledgeV1.SaidBy.SAID_BY_PERSON, actor: 'ada' },
    classification: { unknown: true, topicId: `near-${topicId}`, confidence: 0.5, headId: 'h' },
  });

  it.each([1, 100])('costs as many calls for %i questions as for one', async (size) => {
    bench.knowledge.on<knowledgeV1.ListQuestionsRequest, knowledgeV1.ListQuestionsResponse>(
      'listQuestions',
      (asked) => {
        const questions = ids('q', size).map((id, index) => questionRow(id, said(`t${index % 7}`)));
        const answers = questions.flatMap(({ id = '' }) => [answerRow(`${id}-a`, id), answerRow(`${id}-b`, id)]);
        const topics = ids('t', 7).map(topicRow);
        expect(asked).toMatchObject({ withAnswers: true, withTopics: true });
        expect(asked.fields).toEqual({
          ofQuestions: ['id', 'label', 'classification'],
          ofAnswers: ['id', 'body'],
          ofTopics: ['id', 'title'],
        });
        return { questions, pageInfo: pageInfo(questions), answers, topics };
      },
    );
    const { data, errors } = await bench.ask(
      `query Page($first: Int!) { questions(first: $first) { nodes {
         id topic { title } label { saidBy topic { title } } answers { body question { text } }
         classification { unknown topic { title } head { accuracy } } } } }`,
      { variables: { first: size }, key: 'admin-key' },
    );
    expect(errors).toEqual([]);
    const { nodes } = (data as unknown as { questions: { nodes: Record<string, unknown>[] } }).questions;
    expect(nodes).toHaveLength(size);
    expect(nodes[size - 1]).toMatchObject({
      topic: { title: `Topic t${(size - 1) % 7}` },
      label: { saidBy: 'PERSON' },
      answers: [{ body: `Answer q${size - 1}-a.` }, { body: `Answer q${size - 1}-b.` }],
      classification: { unknown: true, topic: { title: `Topic near-t${(size - 1) % 7}` }, head: { accuracy: 0.9 } },
    });
    const calls = bench.knowledge.methods.filter((method) => method !== 'verifyKey').sort();
    // Answers and topics of labels come with the list, those that classifications name do not.
    expect(calls).toEqual(['getHeads', 'getQuestions', 'getTopics', 'listQuestions']);
  });

  it.each([1, 50])('costs as many calls for %i suggestions as for one', async (size) => {
    bench.knowledge.on<unknown, knowledgeV1.ListSuggestionsResponse>('listSuggestions', () => {
      const suggestions = ids('s', size).map((id) =>
        suggestionRow(id, { exemplarIds: [`${id}-x`, `${id}-y`], nearestTopics: [{ topicId: 't', distance: 0.5 }] }),
      );
      return { suggestions, pageInfo: pageInfo(suggestions) };
    });
    bench.knowledge.on<Ids, knowledgeV1.ClusteringList>('getClusterings', ({ ids }) => ({
      clusterings: ids.map((id) => ({ id, parameters: { scope: 'unknown' }, questions: 9, nClusters: 2 })),
    }));
    const { data, errors } = await bench.ask(
      `query Page($first: Int!) { suggestions(first: $first) { edges { cursor node {
         title exemplars { text } nearestTopics { distance topic { title } } topic { id }
         clustering { questionCount parameters { scope nClusters } } } } } }`,
      { variables: { first: size }, key: 'admin-key' },
    );
    expect(errors).toEqual([]);
    expect((data as unknown as { suggestions: { edges: unknown[] } }).suggestions.edges[size - 1]).toEqual({
      cursor: `cursor-${size - 1}`,
      node: {
        title: `Suggestion s${size - 1}`,
        exemplars: [{ text: `Question s${size - 1}-x?` }, { text: `Question s${size - 1}-y?` }],
        nearestTopics: [{ distance: 0.5, topic: { title: 'Topic t' } }],
        topic: null,
        clustering: { questionCount: 9, parameters: { scope: 'UNKNOWN', nClusters: null } },
      },
    });
    const calls = bench.knowledge.methods.filter((method) => method !== 'verifyKey').sort();
    expect(calls).toEqual(['getClusterings', 'getQuestions', 'getTopics', 'listSuggestions']);
  });

  interface Listed {
    id: string;
    questions: { nodes: { text: string; topic: unknown }[]; pageInfo: unknown; totalCount?: number };
  }
  const pageOfParent = (id: string, more = {}): Draft<knowledgeV1.ListQuestionsResponse> => {
    const questions = ids(`${id}-q`, 2).map((question) => questionRow(question, said(id)));
    return { questions, pageInfo: pageInfo(questions, { hasNextPage: true, ...more }) };
  };

  it.each([1, 50])('costs as many calls for %i topics with their questions as for one', async (size) => {
    const asked: knowledgeV1.ListQuestionsOfParentsRequest[] = [];
    bench.knowledge
      .on<unknown, knowledgeV1.ListTopicsResponse>('listTopics', () => {
        const topics = ids('t', size).map(topicRow);
        return { topics, pageInfo: pageInfo(topics) };
      })
      .on<knowledgeV1.ListQuestionsOfParentsRequest, knowledgeV1.ListQuestionsOfParentsResponse>(
        'listQuestionsOfParents',
        (request) => {
          asked.push(request);
          return { pages: request.topicIds.map((id) => pageOfParent(id, request.page?.withTotal ? { total: 9 } : {})) };
        },
      );
    const { data, errors } = await bench.ask(
      `query Page($first: Int!) { topics(first: $first) { nodes {
         id
         questions(first: 2, after: "c") { nodes { text topic { title } answers { body } } pageInfo { hasPreviousPage } }
         counted: questions(first: 2) { totalCount nodes { text } } } } }`,
      { variables: { first: size }, key: 'admin-key' },
    );
    expect(errors).toEqual([]);
    const { nodes } = (data as unknown as { topics: { nodes: (Listed & { counted: Listed['questions'] })[] } }).topics;
    expect(nodes).toHaveLength(size);
    for (const { id, questions, counted } of nodes) {
      expect(questions.nodes.map(({ text }) => text)).toEqual([`Question ${id}-q0?`, `Question ${id}-q1?`]);
      expect(questions).toMatchObject({
        nodes: [{ topic: { title: `Topic ${id}` } }, {}],
        pageInfo: { hasPreviousPage: true },
      });
      expect(counted.totalCount).toBe(9);
    }
    // Two pages are asked for of every topic, so there are two calls.
    expect(asked.map(({ page }) => page)).toEqual([
      { first: 2, after: 'c', withTotal: false },
      { first: 2, after: '', withTotal: true },
    ]);
    for (const { topicIds, suggestionIds } of asked) expect([topicIds, suggestionIds]).toEqual([ids('t', size), []]);
    const calls = bench.knowledge.methods.filter((method) => method !== 'verifyKey').sort();
    expect(calls).toEqual([
      'getAnswersOfQuestions',
      'getTopics',
      'listQuestionsOfParents',
      'listQuestionsOfParents',
      'listTopics',
    ]);
  });

  it.each([1, 50])('costs as many calls for %i clusterings with all below them as for one', async (size) => {
    const asked: knowledgeV1.ListSuggestionsOfClusteringsRequest[] = [];
    bench.knowledge
      .on<unknown, knowledgeV1.ListClusteringsResponse>('listClusterings', () => {
        const clusterings = ids('c', size).map((id) => ({ id, parameters: { scope: 'unknown' } }));
        return { clusterings, pageInfo: pageInfo(clusterings) };
      })
      .on<knowledgeV1.ListSuggestionsOfClusteringsRequest, knowledgeV1.ListSuggestionsOfClusteringsResponse>(
        'listSuggestionsOfClusterings',
        (request) => {
          asked.push(request);
          const pages = request.clusteringIds.map((clusteringId) => {
            const suggestions = ids(`${clusteringId}-s`, 3).map((id) => suggestionRow(id, { clusteringId }));
            return { suggestions, pageInfo: pageInfo(suggestions) };
          });
          return { pages };
        },
      )
      .on<knowledgeV1.ListQuestionsOfParentsRequest, knowledgeV1.ListQuestionsOfParentsResponse>(
        'listQuestionsOfParents',
        ({ suggestionIds }) => ({ pages: suggestionIds.map((id) => pageOfParent(id)) }),
      );
    const { data, errors } = await bench.ask(
      `query Page($first: Int!) { clusterings(first: $first) { nodes { id
         suggestions(states: [PENDING, REJECTED], first: 3) { nodes { id questions(first: 2) { nodes { text } } } } } } }`,
      { variables: { first: size }, key: 'admin-key' },
    );
    expect(errors).toEqual([]);
    const { nodes } = (
      data as unknown as { clusterings: { nodes: { id: string; suggestions: { nodes: Listed[] } }[] } }
    ).clusterings;
    expect(nodes).toHaveLength(size);
    for (const { id, suggestions } of nodes) {
      expect(suggestions.nodes.map((suggestion) => suggestion.id)).toEqual(ids(`${id}-s`, 3));
      for (const { id: suggestion, questions } of suggestions.nodes)
        expect(questions.nodes.map(({ text }) => text)).toEqual([
          `Question ${suggestion}-q0?`,
          `Question ${suggestion}-q1?`,
        ]);
    }
    const { SUGGESTION_STATE_PENDING, SUGGESTION_STATE_REJECTED } = knowledgeV1.SuggestionState;
    expect(asked).toMatchObject([
      { page: { first: 3, withTotal: false }, states: [SUGGESTION_STATE_PENDING, SUGGESTION_STATE_REJECTED] },
    ]);
    const calls = bench.knowledge.methods.filter((method) => method !== 'verifyKey').sort();
    expect(calls).toEqual(['listClusterings', 'listQuestionsOfParents', 'listSuggestionsOfClusterings']);
  });

  it('splits lists that would not fit into one message', async () => {
    const asked: number[] = [];
    bench.knowledge
      .on<unknown, knowledgeV1.ListClusteringsResponse>('listClusterings', () => {
        const clusterings = ids('c', 6).map((id) => ({ id, parameters: { scope: 'unknown' } }));
        return { clusterings, pageInfo: pageInfo(clusterings) };
      })
      .on<knowledgeV1.ListSuggestionsOfClusteringsRequest, knowledgeV1.ListSuggestionsOfClusteringsResponse>(
        'listSuggestionsOfClusterings',
        ({ clusteringIds }) => {
          const pages = clusteringIds.map((clusteringId) => {
            const suggestions = ids(`${clusteringId}-s`, 20).map((id) => suggestionRow(id, { clusteringId }));
            return { suggestions, pageInfo: pageInfo(suggestions) };
          });
          return { pages };
        },
      )
      .on<knowledgeV1.ListQuestionsOfParentsRequest, knowledgeV1.ListQuestionsOfParentsResponse>(
        'listQuestionsOfParents',
        ({ suggestionIds }) => {
          asked.push(suggestionIds.length);
          return { pages: suggestionIds.map((id) => pageOfParent(id)) };
        },
      );
    const { errors } = await bench.ask(
      `{ clusterings(first: 6) { nodes { suggestions(first: 20) { nodes { questions(first: 100) { nodes { id } } } } } } }`,
      { key: 'admin-key' },
    );
    expect(errors).toEqual([]);
    expect(asked).toEqual([100, 20]);
  });

  it('loads what an answer to a question names together, and leaves out what is gone', async () => {
    bench.knowledge
      .on<unknown, knowledgeV1.AskResponse>('ask', () => ({
        answers: ['a0', 'gone', 'a1'].map((answerId) => ({ answerId, score: 0.03 })),
        similar: ids('q', 5).map((questionId, index) => ({
          questionId,
          score: 0.02,
          textRank: index,
          similarity: 0.4,
        })),
        topicId: 't',
        confidence: 0.75,
        headId: 'h',
      }))
      .on<Ids, knowledgeV1.AnswerList>('getAnswers', ({ ids }) => ({
        answers: ids.filter((id) => id !== 'gone').map((id) => answerRow(id, 'q0')),
      }));
    const { data } = await bench.ask(
      `{ ask(text: "why?") { confidence topic { slug } answers { similarity answer { body question { id } } }
         similar { textRank vectorRank similarity question { text } } } }`,
    );
    expect(data).toMatchObject({
      ask: {
        confidence: 0.75,
        topic: { slug: 'slug-t' },
        answers: [
          { similarity: null, answer: { body: 'Answer a0.', question: { id: 'q0' } } },
          { similarity: null, answer: { body: 'Answer a1.' } },
        ],
      },
    });
    const { similar } = (data as unknown as { ask: { similar: unknown[] } }).ask;
    expect(similar).toHaveLength(5);
    expect(similar[0]).toEqual({
      textRank: null,
      vectorRank: null,
      similarity: 0.4,
      question: { text: 'Question q0?' },
    });
    expect(bench.knowledge.methods.sort()).toEqual(['ask', 'getAnswers', 'getQuestions', 'getTopics']);
  });

  it('counts the questions of topics only where that is selected, once for all topics', async () => {
    const counted: boolean[] = [];
    bench.knowledge.on<knowledgeV1.GetTopicsRequest, knowledgeV1.TopicList>('getTopics', ({ ids, withoutCounts }) => {
      counted.push(!withoutCounts);
      const none = withoutCounts ? { questionCount: 0, labelledCount: 0 } : {};
      return { topics: ids.map((id) => ({ ...topicRow(id), ...none })) };
    });
    const bare = await bench.ask('{ a: topic(id: "a") { title } b: topic(id: "b") { title } }');
    expect(bare.data).toEqual({ a: { title: 'Topic a' }, b: { title: 'Topic b' } });
    expect(counted).toEqual([false]);
    const full = await bench.ask(
      '{ a: topic(id: "a") { questionCount labelledCount } b: topic(id: "b") { questionCount } }',
    );
    expect(full.data).toEqual({ a: { questionCount: 3, labelledCount: 2 }, b: { questionCount: 3 } });
    expect(counted).toEqual([false, false, true]);
  });

  it('counts the rows only where totalCount is selected, in fragments too', async () => {
    const withTotal: boolean[] = [];
    bench.knowledge.on<knowledgeV1.ListTopicsRequest, knowledgeV1.ListTopicsResponse>('listTopics', ({ page }) => {
      withTotal.push(page?.withTotal ?? false);
      const topics = [topicRow('t')];
      return { topics, pageInfo: pageInfo(topics, { hasNextPage: true, total: page?.withTotal ? 12 : undefined }) };
    });
    const without = await bench.ask(
      '{ topics(first: 1, after: "c") { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
    );
    expect(without.data).toEqual({
      topics: {
        nodes: [{ id: 't' }],
        pageInfo: { hasNextPage: true, hasPreviousPage: true, startCursor: 'cursor-0', endCursor: 'cursor-0' },
      },
    });
    const counted = await bench.ask('{ topics { ...Count } } fragment Count on TopicConnection { totalCount }');
    expect(counted.data).toEqual({ topics: { totalCount: 12 } });
    expect(withTotal).toEqual([false, true]);
    expect(bench.knowledge.calls.map(({ request }) => request)).toMatchObject([
      { page: { first: 1, after: 'c', withTotal: false }, includeArchived: false },
      { page: { first: 20, after: '', withTotal: true } },
    ]);
  });

  it('takes what knowledge does not tell callers without a role as absent', async () => {
    const questions = [questionRow('q', { source: '', label: { topicId: 't' } })];
    bench.knowledge.on('listQuestions', () => ({ questions, pageInfo: pageInfo(questions) }));
    const { data, errors } = await bench.ask(
      '{ questions { nodes { source externalId topic { title } label { saidBy actor createdAt } classification { unknown } } } }',
    );
    expect(errors).toEqual([]);
    const question = { source: null, externalId: null, topic: { title: 'Topic t' }, classification: null };
    expect(data).toEqual({
      questions: { nodes: [{ ...question, label: { saidBy: null, actor: null, createdAt: null } }] },
    });
  });

  it('answers null for what does not exist', async () => {
    bench.knowledge.on('getQuestions', () => ({ questions: [] })).on('resolveSlugs', () => ({ ids: [''] }));
    const { data, errors } = await bench.ask('{ question(id: "no") { id } topic(slug: "no") { id } }');
    expect([data, errors]).toEqual([{ question: null, topic: null }, []]);
  });
});
