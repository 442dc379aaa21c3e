import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { startBench, type TestBench } from './running-gateway.js';

describe('keys and spaces', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench()));
  beforeEach(() => {
    bench.reset();
    const keys: Record<string, knowledgeV1.KeyIdentity> = {
      root: { keyId: 'root', name: 'root', role: 'admin', spaceId: '', scopes: [] },
      support: { keyId: 'support', name: 'support', role: 'admin', spaceId: 'id-of-support', scopes: [] },
      reading: { keyId: 'reading', name: 'reading', role: 'admin', spaceId: '', scopes: ['read'] },
      writing: { keyId: 'writing', name: 'writing', role: 'editor', spaceId: '', scopes: ['write', 'encode'] },
    };
    bench.knowledge
      .on<knowledgeV1.VerifyKeyRequest, knowledgeV1.KeyIdentity>('verifyKey', ({ key }) => {
        if (!Object.hasOwn(keys, key)) throw new DomainError('UNAUTHENTICATED', 'There is no such key.');
        return keys[key];
      })
      .on<knowledgeV1.GetSpaceRequest, knowledgeV1.Space>('getSpace', ({ slug }) => {
        if (slug === 'nowhere') throw DomainError.notFound('space', slug);
        return { id: `id-of-${slug}` };
      })
      .on('listTopics', () => ({ topics: [], pageInfo: { cursors: [] } }))
      .on('getStatus', () => ({ questions: 1, database: 'embedded' }));
  });
  afterAll(() => bench.stop());

  const topics = '{ topics { nodes { id } } }';
  const contextOf = async (key: string | undefined, space?: string) => {
    bench.knowledge.calls.length = 0;
    const response = await bench.ask(topics, { key, headers: space === undefined ? {} : { 'x-cairn-space': space } });
    return { ...response, context: bench.knowledge.calls.find(({ method }) => method === 'listTopics')?.context };
  };

  it('go to the space that is named, where the key is for it', async () => {
    expect((await contextOf('root')).context).toMatchObject({ actor: 'root', everySpace: true });
    expect((await contextOf('root')).context?.space).toBeUndefined();
    expect((await contextOf('root', 'docs')).context).toMatchObject({ space: 'id-of-docs', everySpace: true });
    expect((await contextOf('support')).context).toMatchObject({ space: 'id-of-support' });
    expect((await contextOf('support')).context?.everySpace).toBeUndefined();
    expect((await contextOf('support', 'support')).context).toMatchObject({ space: 'id-of-support' });
    expect((await contextOf(undefined, 'docs')).context).toMatchObject({ space: 'id-of-docs', role: undefined });
  });

  it('are refused in another space, before any call', async () => {
    const other = await contextOf('support', 'docs');
    expect([other.status, other.errors[0].extensions.code, other.context]).toEqual([403, 'FORBIDDEN', undefined]);
    const none = await contextOf('root', 'nowhere');
    expect([none.status, none.errors[0].extensions.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('do what their scopes say and nothing else', async () => {
    const code = async (query: string, key: string) => (await bench.ask(query, { key })).errors[0]?.extensions.code;
    expect(await code(topics, 'reading')).toBeUndefined();
    expect(await code('{ status { questions } }', 'reading')).toBe('FORBIDDEN');
    expect(await code('{ ask(text: "x") { unknown } }', 'reading')).toBe('FORBIDDEN');
    expect(await code('{ apiKeys { nodes { id } } }', 'reading')).toBe('FORBIDDEN');
    expect(await code('mutation { createTopic(input: { title: "x" }) { topic { id } } }', 'reading')).toBe('FORBIDDEN');
    expect(await code(topics, 'writing')).toBe('FORBIDDEN');
    expect(bench.knowledge.methods).not.toContain('ask');
    const openai = (key: string) =>
      fetch(`${bench.gateway.url}/v1/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: 'm', input: 'x' }),
      });
    expect((await openai('reading')).status).toBe(403);
    expect(bench.inference.methods).toEqual([]);
  });

  it('find what has an id, and for admins what only admins see', async () => {
    bench.knowledge
      .on<knowledgeV1.GetByIdsRequest, knowledgeV1.QuestionList>('getQuestions', () => ({ questions: [] }))
      .on('getAnswers', () => ({ answers: [] }))
      .on<knowledgeV1.GetTopicsRequest, knowledgeV1.TopicList>('getTopics', ({ ids }) => ({
        topics: ids
          .filter((id) => id === 't')
          .map((id) => ({ id, slug: 's', title: 'T', state: 'TOPIC_STATE_ACTIVE' as never })),
      }))
      .on('getSuggestions', () => ({ suggestions: [] }))
      .on('getClusterings', () => ({ clusterings: [] }))
      .on('getJobs', () => ({ jobs: [] }))
      .on('getHeads', () => ({ heads: [] }));
    const query = '{ node(id: "t") { __typename id ... on Topic { title } } nodes(ids: ["x", "t"]) { id } }';
    bench.knowledge.calls.length = 0;
    const { data, errors } = await bench.ask(query);
    expect(errors).toEqual([]);
    expect(data).toEqual({ node: { __typename: 'Topic', id: 't', title: 'T' }, nodes: [null, { id: 't' }] });
    expect([...bench.knowledge.methods].sort()).toEqual(['getAnswers', 'getQuestions', 'getTopics']);
    bench.knowledge.calls.length = 0;
    await bench.ask(query, { key: 'root' });
    // As many calls as types, for one id and for many.
    expect(bench.knowledge.methods.filter((method) => method !== 'verifyKey')).toHaveLength(7);
    const many = await bench.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      variables: { ids: Array.from({ length: 101 }, String) },
    });
    expect(many.errors[0].extensions).toMatchObject({ code: 'INVALID_INPUT', field: 'ids' });
  });
});
