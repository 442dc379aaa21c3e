import { serverAudits } from 'graphql-http';
import { startBench, type TestBench } from './running-gateway.js';

/**
 * Where the gateway differs from the audits, and why:
 * 572B, FDE2 and 7B9B ask for status 200 where a document cannot be read or is not valid and the client accepts old
 * JSON only; newer drafts dropped them, and a client is better served by a 400.
 */
const documented = ['572B', 'FDE2', '7B9B'];

describe('GraphQL over HTTP', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench()));
  afterAll(() => bench.stop());

  it('passes every audit of graphql-http, warnings as documented', async () => {
    const audits = serverAudits({
      url: `${bench.gateway.url}/graphql`,
      fetchFn: (url: string, init: RequestInit = {}) =>
        fetch(url, { ...init, headers: { 'apollo-require-preflight': '1', ...init.headers } }),
    });
    const results = [];
    for (const audit of audits) results.push(await audit.fn());
    expect(results.length).toBeGreaterThanOrEqual(60);
    const failed = results.filter(({ status }) => status === 'error');
    expect(failed.map(({ id, name }) => `${id} ${name}`)).toEqual([]);
    const warned = results.filter(({ status, id }) => status !== 'ok' && !documented.includes(id));
    expect(warned.map(({ id, name }) => `${id} ${name}`)).toEqual([]);
  });
});

/** The thirteen checks of graphql-cop 1.15, as requests; in production mode none may find anything. */
describe('in production, of what graphql-cop looks for', () => {
  let bench: TestBench;
  let url: string;
  beforeAll(async () => {
    bench = await startBench({ production: true });
    url = `${bench.gateway.url}/graphql`;
  });
  afterAll(() => bench.stop());

  const json = { 'content-type': 'application/json' };
  const post = async (body: unknown, headers: Record<string, string> = json) => {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const ask = (query: string) => post({ query, operationName: 'cop' });
  const runs = ({ status, text }: { status: number; text: string }) => status < 400 && /"__typename":"/.test(text);

  it('runs the plain query that the others vary', async () => {
    expect(runs(await ask('query cop { __typename }'))).toBe(true);
  });

  it.each([
    ['alias overloading', `query cop { ${Array.from({ length: 101 }, (_, i) => `alias${i}: __typename`).join(' ')} }`],
    ['directive overloading', `query cop { __typename ${'@aa'.repeat(10)} }`],
    ['directive overloading with known ones', `query cop { __typename ${'@include(if: true) '.repeat(10)} }`],
    ['field duplication', `query cop { ${'__typename '.repeat(500)} }`],
    [
      'circular introspection',
      'query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }',
    ],
    ['introspection', 'query cop { __schema { types { name fields { name } } } }'],
  ])('refuses %s', async (_name, query) => {
    const { status, text } = await ask(query);
    expect(status).toBe(400);
    expect(text).not.toContain('"data"');
  });

  it('refuses batches', async () => {
    const { text } = await post(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' })));
    expect(text).not.toContain('"__typename":"');
  });

  it('suggests no names', async () => {
    for (const query of ['query cop { __schema { directive } }', 'query cop { topic { nodez } questionz { id } }']) {
      const { text } = await ask(query);
      expect(text).not.toMatch(/did you mean/i);
    }
  });

  it('shows no IDE', async () => {
    for (const path of ['/', '/graphql', '/graphiql', '/playground', '/console', '/altair', '/ide']) {
      const response = await fetch(`${bench.gateway.url}${path}`, { headers: { accept: 'text/html' } });
      expect(response.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
      expect(response.ok).toBe(false);
    }
  });

  it('takes no queries by GET from pages of others, no mutations by GET, and no forms', async () => {
    const get = async (query: string, headers = {}) => fetch(`${url}?query=${encodeURIComponent(query)}`, { headers });
    expect((await get('query cop { __typename }')).status).toBe(400);
    const mutation = await get('mutation cop { __typename }', { 'apollo-require-preflight': '1' });
    expect([mutation.status, mutation.headers.get('allow')]).toEqual([405, 'POST']);
    const form = await post('query=query+cop+%7B__typename%7D', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([form.status, runs(form)]).toEqual([415, false]);
  });

  it('traces nothing and tells nothing of errors that nobody expected', async () => {
    const traced = await ask('query cop { __typename }');
    expect(traced.text).not.toContain('tracing');
    // Knowledge knows no answer here and fails with an error that has a stack.
    const { text } = await ask('query cop { questions { nodes { id } } }');
    expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL' } }] });
    expect(text).not.toMatch(/expects no call|stack|node_modules|\.ts/);
    expect((await post({ query: 1, variables: 'x' })).text).not.toMatch(/stack|node_modules/);
  });
});
