import { startBench, type TestBench } from './running-gateway.js';

describe('the IDE', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench({ ide: true })));
  afterAll(() => bench.stop());

  const open = (path: string, accept = '*/*') => fetch(`${bench.gateway.url}${path}`, { headers: { accept } });

  it('opens at /graphql in a browser, with every file from here', async () => {
    const page = await open('/graphql', 'text/html,application/xhtml+xml');
    const html = await page.text();
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(html).not.toMatch(/(src|href)="https?:/);
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]);
    expect(files).toContain('/ide/ruru.css');
    for (const file of [...files, '/ide/ruru.js', '/ide/editorWorker.js', '/ide/graphqlWorker.js']) {
      const response = await open(file);
      expect({ file, status: response.status, empty: (await response.text()) === '' }).toEqual({
        file,
        status: 200,
        empty: false,
      });
    }
    expect((await open('/ide/nothing.js')).status).toBe(404);
  });

  it('is where the bare address leads', async () => {
    const response = await fetch(bench.gateway.url, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/graphql']);
  });

  it('leaves GraphQL over GET as it is', async () => {
    const response = await fetch(`${bench.gateway.url}/graphql?query={__typename}`, {
      headers: { accept: 'application/json', 'apollo-require-preflight': '1' },
    });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });
});
