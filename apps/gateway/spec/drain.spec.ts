import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'node:http';
import { startBench } from './running-gateway.js';

jest.setTimeout(60_000);

/** What became of one request. */
type Outcome = 'answered' | 'answered, and told to go' | { failed: string };

describe('a stop under load', () => {
  it('fails no request, says that it is not ready, and is over within ten seconds', async () => {
    const bench = await startBench();
    bench.knowledge.on('listTopics', async () => {
      await sleep(30);
      return { topics: [], pageInfo: { cursors: [] } };
    });
    const url = `${bench.gateway.url}/graphql`;
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const ask = () =>
      new Promise<Outcome>((resolve) => {
        const sent = request(
          url,
          { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
          (response) => {
            let text = '';
            response.on('data', (chunk) => (text += String(chunk)));
            response.on('error', (error) => resolve({ failed: error.message }));
            const goes = response.headers.connection === 'close';
            response.on('end', () => {
              if (response.statusCode !== 200 || !text.includes('"topics"')) resolve({ failed: text });
              else resolve(goes ? 'answered, and told to go' : 'answered');
            });
          },
        );
        sent.on('error', (error: NodeJS.ErrnoException) => resolve({ failed: `${error.code} ${error.message}` }));
        sent.end(JSON.stringify({ query: '{ topics { nodes { id } } }' }));
      });
    const outcomes: Outcome[] = [];
    // As a balancer's connections: the next request of one that was told to go is another gateway's.
    const clients = Array.from({ length: 16 }, async () => {
      for (let outcome: Outcome = 'answered'; outcome === 'answered';) outcomes.push((outcome = await ask()));
    });
    await sleep(300);
    const started = performance.now();
    const stopping = bench.gateway.stop();
    const ready = await fetch(`${bench.gateway.url}/health/ready`).then(
      ({ status }) => status,
      () => 503,
    );
    expect(ready).toBe(503);
    await stopping;
    expect(performance.now() - started).toBeLessThan(10_000);
    await Promise.all(clients);
    agent.destroy();
    bench.knowledge.stop();
    bench.inference.stop();
    expect(outcomes.filter((outcome) => typeof outcome === 'object')).toEqual([]);
    expect(outcomes.filter((outcome) => outcome === 'answered').length).toBeGreaterThanOrEqual(16);
    expect(outcomes.filter((outcome) => outcome === 'answered, and told to go')).toHaveLength(16);
  });
});
