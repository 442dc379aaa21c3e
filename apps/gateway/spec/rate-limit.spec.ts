import { RateLimiter } from '../src/limits/rate-limit.js';
import { startBench, type TestBench } from './running-gateway.js';

describe('RateLimiter', () => {
  let now = 0;
  const limiter = (perMinute: number) => new RateLimiter({ perMinute }, () => now);

  it('lets a minute of cost through at once, then as it comes back', () => {
    const rates = limiter(600);
    expect(rates.spend('a', 600)).toBe(0);
    expect(rates.spend('a', 10)).toBe(1000);
    expect(rates.spend('b', 600)).toBe(0);
    now += 999;
    expect(rates.spend('a', 10)).toBeGreaterThan(0);
    now += 1;
    expect(rates.spend('a', 10)).toBe(0);
  });

  it('lets what is dearer than the whole budget through when it is untouched, and is paid off', () => {
    const rates = limiter(60);
    expect(rates.spend('a', 120)).toBe(0);
    expect(rates.spend('a', 1)).toBe(61_000);
  });

  it('spends nothing on what it refuses, and has no limit at 0', () => {
    const rates = limiter(10);
    rates.spend('a', 9);
    const wait = rates.spend('a', 5);
    expect(rates.spend('a', 5)).toBe(wait);
    expect(limiter(0).spend('a', 1e9)).toBe(0);
  });
});

describe('rates', () => {
  let bench: TestBench;
  beforeEach(async () => (bench = await startBench({ rateLimits: { withKey: 50, anonymous: 10 } })));
  afterEach(() => bench.stop());

  const query = '{ __typename }';
  const exhausted = async (key?: string) => {
    for (let asked = 0; asked < 200; asked++) {
      const response = await bench.ask(query, { key });
      if (response.status !== 200) return { asked, ...response };
    }
    throw new Error('There was no end.');
  };

  it('are counted by key, by address without one, and say when to come back', async () => {
    const anonymous = await exhausted();
    expect(anonymous.asked).toBe(10);
    expect(anonymous.status).toBe(429);
    expect(anonymous.errors[0].extensions).toMatchObject({ code: 'OVERLOADED' });
    const { retryAfterMs } = anonymous.errors[0].extensions as { retryAfterMs: number };
    expect(anonymous.headers.get('retry-after')).toBe(String(Math.ceil(retryAfterMs / 1000)));
    expect((await exhausted('reader-key')).asked).toBe(50);
    // Another key has its own.
    expect((await bench.ask(query, { key: 'editor-key' })).status).toBe(200);
  });

  it('count what an operation costs, before any work', async () => {
    bench.knowledge.on('listTopics', () => ({ topics: [], pageInfo: { cursors: [] } }));
    const dear = '{ topics(first: 40) { nodes { id } } }';
    expect((await bench.ask(dear, { key: 'admin-key' })).status).toBe(200);
    bench.knowledge.calls.length = 0;
    expect((await bench.ask(dear, { key: 'admin-key' })).status).toBe(429);
    expect(bench.knowledge.methods).toEqual([]);
  });
});
