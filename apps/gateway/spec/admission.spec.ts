import { startBench, type TestBench } from './running-gateway.js';

const query = '{ topics { nodes { id } } }';

describe('more requests than are worked on at the same time', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench({ requestsUnderWay: 2 })));
  afterAll(() => bench.stop(), 20_000);

  it('are refused at once with a time to come back, and let in again afterwards', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    let inside = 0;
    bench.reset();
    bench.knowledge.on('listTopics', async () => {
      inside++;
      await gate;
      return { topics: [], pageInfo: { cursors: [] } };
    });
    const slow = [bench.ask(query), bench.ask(query)];
    while (inside < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const refused = await bench.ask(query);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.errors).toMatchObject([{ extensions: { code: 'OVERLOADED', retryAfterMs: 1000 } }]);
    expect(refused.errors[0].extensions.requestId).toBe(refused.headers.get('x-request-id'));
    expect((await fetch(`${bench.gateway.url}/health/live`)).status).toBe(200);
    open();
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
    expect(inside).toBe(2);
    expect((await bench.ask(query)).status).toBe(200);
  });

  it('give their place back when their caller leaves', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    let inside = 0;
    bench.reset();
    bench.knowledge.on('listTopics', async () => {
      inside++;
      await gate;
      return { topics: [], pageInfo: { cursors: [] } };
    });
    const leaving = new AbortController();
    const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) };
    const left = [1, 2].map(() => fetch(`${bench.gateway.url}/graphql`, { ...body, signal: leaving.signal }));
    while (inside < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort();
    await Promise.allSettled(left);
    bench.knowledge.on('listTopics', () => ({ topics: [], pageInfo: { cursors: [] } }));
    while ((await bench.ask(query)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 5));
    open();
  });
});
