import { getIntrospectionQuery } from 'graphql';
import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { limits } from '../src/limits/limits.js';
import { ids, pageInfo, questionRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';

describe('limits', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench({ production: true })));
  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const post = async (
    body: string | Uint8Array,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ) => {
    const response = await fetch(`${bench.gateway.url}/graphql`, { method: 'POST', headers, body });
    const { errors } = (await response.json()) as { errors?: { message: string; extensions: { code: string } }[] };
    return { status: response.status, code: errors?.[0].extensions.code, message: errors?.[0].message ?? '' };
  };
  const refused = async (query: string, options = {}) => {
    const { status, errors } = await bench.ask(query, options);
    expect(bench.knowledge.methods.filter((method) => method !== 'verifyKey')).toEqual([]);
    return [status, errors[0]?.extensions.code];
  };
  const nested = (levels: number): string => (levels === 0 ? 'id' : `question { answers { ${nested(levels - 1)} } }`);

  it('refuses depth, also through fragments', async () => {
    // questions, nodes, answers, then two a level, then id
    const query = (levels: number) => `{ questions { nodes { answers { ${nested(levels)} } } } }`;
    expect(await refused(query(4))).toEqual([400, 'QUERY_TOO_DEEP']);
    const spread = `{ questions { nodes { ...A } } } fragment A on Question { answers { question { ...B } } }
      fragment B on Question { answers { question { answers { question { answers { question { id } } } } } } }`;
    expect(await refused(spread)).toEqual([400, 'QUERY_TOO_DEEP']);
    bench.knowledge.on('listQuestions', () => ({ questions: [], pageInfo: { cursors: [] } }));
    expect((await bench.ask(query(3))).errors).toEqual([]);
  });

  it('refuses many aliases', async () => {
    const query = (count: number) =>
      `{ ${ids('a', count)
        .map((alias) => `${alias}: __typename`)
        .join(' ')} }`;
    expect(await refused(query(limits.aliases + 1))).toEqual([400, 'TOO_MANY_ALIASES']);
    expect((await bench.ask(query(limits.aliases))).errors).toEqual([]);
  });

  it('refuses long documents before reading them to the end', async () => {
    expect(await refused(`{ ${'__typename '.repeat(limits.tokens)} }`)).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
  });

  it('counts page sizes, from variables too, and trusts callers with a key further', async () => {
    const query = `query Big($n: Int!) { topics(first: $n) { nodes { id questions(first: $n) { nodes { id text } } } } }`;
    expect(await refused(query, { variables: { n: 100 } })).toEqual([400, 'QUERY_TOO_COMPLEX']);
    bench.knowledge.on('listTopics', () => ({ topics: [], pageInfo: { cursors: [] } }));
    expect((await bench.ask(query, { variables: { n: 20 } })).errors).toEqual([]);
    expect((await bench.ask(query, { variables: { n: 100 }, key: 'reader-key' })).errors).toEqual([]);
  });

  it('leaves variables that do not fit to their own error', async () => {
    const { status, errors } = await bench.ask('query Q($n: Int!) { topics(first: $n) { totalCount } }', {
      variables: { n: 'many' },
    });
    expect([status, errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('lets a page of everything through', async () => {
    const questions = ids('q', 100).map((id) => questionRow(id));
    bench.knowledge
      .on('listQuestions', () => ({ questions, pageInfo: pageInfo(questions) }))
      .on('getAnswersOfQuestions', () => ({ answers: [] }));
    const { data, errors } = await bench.ask(
      `{ questions(first: 100) { totalCount pageInfo { endCursor } edges { cursor node {
           id slug text state tags source externalId embedded version createdAt updatedAt publishedAt
           topic { id title } label { saidBy actor topic { id title } }
           classification { unknown confidence topic { id title } } answers { id body state version } } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data).toMatchObject({ questions: { edges: { length: 100 } } });
  });

  it('shows the schema to callers with a key only, and gives no hints', async () => {
    expect(await refused(getIntrospectionQuery())).toEqual([400, 'INTROSPECTION_DISABLED']);
    expect(await refused('{ a: __type(name: "Job") { name } }')).toEqual([400, 'INTROSPECTION_DISABLED']);
    const { data, errors } = await bench.ask(getIntrospectionQuery(), { key: 'reader-key' });
    expect([errors, data]).toMatchObject([[], { __schema: { queryType: { name: 'Query' } } }]);
    const misspelt = await bench.ask('{ question { id } }');
    expect(misspelt.errors[0].message).not.toMatch(/did you mean/i);
  });

  it('refuses circular introspection', async () => {
    const circle = (levels: number): string => (levels === 0 ? 'name' : `fields { type { ${circle(levels - 1)} } }`);
    const query = `{ __schema { types { ${circle(8)} } } }`;
    expect(await refused(query, { key: 'admin-key' })).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  it('reads JSON in UTF-8 only', async () => {
    expect(await post('{"query":')).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await post('')).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    const text = Buffer.from('{"query":"{ ask(text: \\"caf\xe9\\") { unknown } }"}', 'latin1');
    expect(await post(text)).toMatchObject({ status: 400, message: expect.stringContaining('UTF-8') as unknown });
    const half = '{"query":"query Q($t: String!) { ask(text: $t) { unknown } }","variables":{"t":"\\ud83d!"}}';
    expect(await post(half)).toMatchObject({ status: 400, message: expect.stringContaining('variables.t') as unknown });
    expect(await post('{}', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await post('[]')).toMatchObject({ status: 400 });
    expect(await post('[{"query":"{__typename}"}]')).toMatchObject({ status: 400 });
    expect(bench.knowledge.methods).toEqual([]);
  });

  it('passes texts on as they are, astral characters and a megabyte of them too', async () => {
    const texts: string[] = [];
    bench.knowledge.on<knowledgeV1.AskRequest, knowledgeV1.AskResponse>('ask', ({ text }) => {
      texts.push(text);
      if (text.length > 32_768) throw DomainError.invalid('text', 'The text is too long.');
      return { answers: [], similar: [] };
    });
    const query = 'query Q($text: String!) { ask(text: $text) { unknown } }';
    expect((await bench.ask(query, { variables: { text: 'What is \u{1F9ED}?\u0000' } })).errors).toEqual([]);
    const { errors } = await bench.ask(query, { variables: { text: 'x'.repeat(1_000_000) } });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', field: 'text' } }]);
    expect(texts.map(({ length }) => length)).toEqual(['What is \u{1F9ED}?\u0000'.length, 1_000_000]);
  });

  it('refuses bodies that are too large', async () => {
    expect(await post(JSON.stringify({ query: '#'.repeat(limits.bodyBytes) }))).toMatchObject({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  it('keeps changes out of GET, and simple requests of other sites out altogether', async () => {
    const query = encodeURIComponent('mutation { cancelJob(id: "j") { userErrors { code } } }');
    const headers = { 'apollo-require-preflight': '1', 'x-cairn-key': 'admin-key' };
    const change = await fetch(`${bench.gateway.url}/graphql?query=${query}`, { headers });
    expect([change.status, change.headers.get('allow')]).toEqual([405, 'POST']);
    const simple = await fetch(`${bench.gateway.url}/graphql?query={__typename}`);
    expect(simple.status).toBe(400);
    const read = await fetch(`${bench.gateway.url}/graphql?query={__typename}`, { headers });
    expect(await read.json()).toEqual({ data: { __typename: 'Query' } });
  });
});
