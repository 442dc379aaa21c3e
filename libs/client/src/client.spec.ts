import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { buildOperation } from './build-operation.js';
import { allNodes } from './all-nodes.js';
import { CairnClient } from './client.js';
import { schemaMap } from './generated/schema-map.js';

const schema = buildSchema(readFileSync(join(__dirname, '../../../apps/gateway/schema.graphql'), 'utf8'));

/** Fails to compile unless each of the two types fits the other. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
const same = <A, B>(_proof: Same<A, B>) => {};

describe('buildOperation', () => {
  const build = (kind: 'query' | 'mutation', selection: object) =>
    buildOperation(schemaMap, kind, kind === 'query' ? 'Query' : 'Mutation', selection);

  it('writes texts that are valid in the schema, with everything given as variables', () => {
    const { query, variables } = build('query', {
      topics: {
        $: { first: 5, after: null },
        nodes: { title: true, questions: { $: { first: 2 }, nodes: { id: true } } },
      },
      node: { $: { id: 'x"}' }, __typename: true, on: { Topic: { title: true }, Question: { text: true } } },
    });
    expect(validate(schema, parse(query))).toEqual([]);
    expect(query).not.toContain('x"}');
    expect(Object.values(variables)).toEqual([5, null, 2, 'x"}']);
  });

  it('writes the same text for the same selection, whatever is given', () => {
    const text = (title: string) =>
      build('mutation', { createTopic: { $: { input: { title } }, topic: { id: true } } }).query;
    expect(text('a')).toBe(text('b'));
  });

  it('refuses what the schema does not have', () => {
    for (const selection of [
      { nothing: true },
      { topics: { nodes: { nothing: true } } },
      { topics: { $: { last: 1 }, nodes: { id: true } } },
      { topics: {} },
      { node: { $: { id: 'x' }, on: { Nothing: { id: true } } } },
      { constructor: true },
      {},
    ])
      expect(() => build('query', selection)).toThrow(TypeError);
  });
});

describe('CairnClient', () => {
  let server: Server;
  let answers: { status?: number; body: unknown }[];
  let asked: { headers: NodeJS.Dict<string | string[]>; body: { query: string; variables: Record<string, unknown> } }[];
  let client: CairnClient;
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        asked.push({ headers: request.headers, body: JSON.parse(text) as (typeof asked)[number]['body'] });
        const { status = 200, body } = answers.length > 1 ? answers.shift()! : answers[0];
        response.statusCode = status;
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    client = new CairnClient({ url, key: () => Promise.resolve('secret'), space: 'support' });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const refused = (extensions: object) => ({ body: { data: null, errors: [{ message: 'No.', extensions }] } });

  it('answers with the types of what was selected', async () => {
    answers = [{ body: { data: { topic: { title: 'Billing', questions: { nodes: [{ id: '1' }] } } } } }];
    const result = await client.query({
      topic: { $: { slug: 'billing' }, title: true, questions: { nodes: { id: true, label: { saidBy: true } } } },
    });
    same<
      typeof result,
      {
        topic: {
          title: string;
          questions: { nodes: { id: string; label: { saidBy: 'IMPORT' | 'MODEL' | 'PERSON' | null } | null }[] } | null;
        } | null;
      }
    >(true);
    expect(result.topic?.title).toBe('Billing');
    expect(asked[0].headers).toMatchObject({ authorization: 'Bearer secret', 'x-cairn-space': 'support' });
    expect(validate(schema, parse(asked[0].body.query))).toEqual([]);
  });

  it('tells types apart by their names', async () => {
    answers = [{ body: { data: { node: { __typename: 'Topic', id: '1', title: 'T' } } } }];
    const { node } = await client.query({
      node: { $: { id: '1' }, __typename: true, id: true, on: { Topic: { title: true } } },
    });
    if (node?.__typename === 'Topic') {
      same<typeof node.title, string>(true);
      expect(node.title).toBe('T');
    } else throw new Error('It is a topic.');
  });

  it('does not compile with fields, arguments or values that the schema does not have', () => {
    const never = () => {
      // @ts-expect-error no such field
      void client.query({ topics: { nodes: { nothing: true } } });
      // @ts-expect-error no such argument
      void client.query({ topics: { $: { last: 1 }, nodes: { id: true } } });
      // @ts-expect-error the argument is missing
      void client.query({ node: { id: true } });
      // @ts-expect-error a topic has fields below it
      void client.query({ topic: true });
      // @ts-expect-error no such role
      void client.mutate({ createApiKey: { $: { input: { name: 'x', role: 'OWNER' } }, secret: true } });
    };
    expect(never).toBeInstanceOf(Function);
  });

  it('throws what the services say', async () => {
    answers = [refused({ code: 'FORBIDDEN', requestId: 'r', field: 'id' })];
    await expect(client.query({ topics: { nodes: { id: true } } })).rejects.toMatchObject({
      name: 'CairnError',
      code: 'FORBIDDEN',
      message: 'No.',
      field: 'id',
      requestId: 'r',
    });
    answers = [{ status: 502, body: '<html>' }];
    await expect(client.query({ topics: { nodes: { id: true } } })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const nowhere = new CairnClient({ url: 'http://127.0.0.1:9/graphql' });
    await expect(nowhere.query({ __typename: true })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('comes back when told to, and not for ever', async () => {
    answers = [refused({ code: 'OVERLOADED', retryAfterMs: 1 }), { body: { data: { __typename: 'Query' } } }];
    expect(await client.query({ __typename: true })).toEqual({ __typename: 'Query' });
    expect(asked).toHaveLength(2);
    answers = [refused({ code: 'OVERLOADED', retryAfterMs: 1 })];
    await expect(client.query({ __typename: true })).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterMs: 1 });
    expect(asked).toHaveLength(6);
  });

  it('stops with its signal', async () => {
    answers = [refused({ code: 'OVERLOADED', retryAfterMs: 50 })];
    const stop = new AbortController();
    const asking = client.query({ __typename: true }, stop.signal);
    stop.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
  });
});

describe('allNodes', () => {
  it('reads every page once', async () => {
    const pages = [
      { nodes: [1, 2], pageInfo: { hasNextPage: true, endCursor: 'b' } },
      { nodes: [3], pageInfo: { hasNextPage: false, endCursor: 'c' } },
    ];
    const asked: (string | null)[] = [];
    const all: number[] = [];
    for await (const node of allNodes((after) => {
      asked.push(after);
      return Promise.resolve(pages[asked.length - 1]);
    }))
      all.push(node);
    expect([all, asked]).toEqual([
      [1, 2, 3],
      [null, 'b'],
    ]);
  });
});
