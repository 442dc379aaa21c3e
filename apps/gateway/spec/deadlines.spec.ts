import { setTimeout as sleep } from 'node:timers/promises';
import { topicRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';

// Long enough for a busy machine to answer within it, short enough to be waited for.
const requestMs = 6_000;

jest.setTimeout(30_000);

describe('the time that a request may take', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench({ requestMs })));
  afterAll(() => bench.stop(), 20_000);
  beforeEach(() => bench.reset());

  const query = '{ topics { nodes { id children { id } } } }';

  it('is that of all its calls together: later ones have what is left', async () => {
    bench.knowledge
      .on('listTopics', async () => {
        await sleep(300);
        return { topics: [topicRow('a')], pageInfo: { cursors: ['x'] } };
      })
      .on('listChildTopics', () => ({ children: [{ topics: [] }] }));
    const before = Date.now();
    expect((await bench.ask(query)).errors).toEqual([]);
    const [first, second] = bench.knowledge.calls;
    expect(bench.knowledge.methods).toEqual(['listTopics', 'listChildTopics']);
    for (const { deadline } of [first, second]) expect(deadline).toBeGreaterThanOrEqual(before + requestMs - 50);
    // 300 ms later, and yet the same moment.
    expect(Math.abs(second.deadline - first.deadline)).toBeLessThan(100);
  });

  it('ends the work for it when it is over', async () => {
    let ended: Promise<void> | undefined;
    bench.knowledge.on('listTopics', (_request, { cancelled }) => {
      ended ??= cancelled;
      return new Promise(() => {});
    });
    const { errors } = await bench.ask(query);
    expect(errors).toMatchObject([{ extensions: { code: 'DEADLINE_EXCEEDED' } }]);
    await ended;
  });

  it('is longer for what is long by nature, and so for what is read after it', async () => {
    bench.knowledge.on('mergeTopics', () => ({ operation: { id: 'x' } }));
    await bench.ask('mutation { mergeTopics(id: "a", expectedVersion: 1, intoId: "b") { operation { id } } }', {
      key: 'admin-key',
    });
    const merge = bench.knowledge.calls.find(({ method }) => method === 'mergeTopics');
    expect(merge?.deadline).toBeGreaterThan(Date.now() + 60_000);
  });

  it('is over when the client leaves', async () => {
    let left: Promise<void> | undefined;
    bench.knowledge.on('listTopics', (_request, { cancelled }) => {
      left ??= cancelled;
      return new Promise(() => {});
    });
    const leaving = new AbortController();
    const headers = { 'content-type': 'application/json' };
    const sent = fetch(`${bench.gateway.url}/graphql`, {
      ...{ method: 'POST', headers, body: JSON.stringify({ query }), signal: leaving.signal },
    });
    while (left === undefined) await sleep(5);
    leaving.abort();
    await expect(sent).rejects.toThrow();
    await left;
  });
});
