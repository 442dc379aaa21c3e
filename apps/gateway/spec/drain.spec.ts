import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
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
    while (outcomes.filter((outcome) => outcome === 'answered').length < 16) await sleep(10);
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

  it('waits neither for connections that say nothing nor for those that have been answered', async () => {
    const bench = await startBench();
    const { hostname, port } = new URL(bench.gateway.url);
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let asked = () => {};
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    bench.knowledge.on('listTopics', async () => {
      asked();
      await answered;
      return { topics: [], pageInfo: { cursors: [] } };
    });
    const open = () =>
      new Promise<Socket>((resolve) => {
        const socket = connect(Number(port), hostname, () => resolve(socket));
      });
    const silent = await Promise.all(Array.from({ length: 4 }, open));
    const closed = Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    silent.forEach((socket) => socket.resume());
    const busy = bench.ask('{ topics { nodes { id } } }');
    await arrived;
    let forced = false;
    const late = setTimeout(() => (forced = true), 6_000);
    const stopping = bench.gateway.stop();
    await closed;
    answer();
    const { status, headers } = await busy;
    expect([status, headers.get('connection')]).toEqual([200, 'close']);
    await stopping;
    clearTimeout(late);
    // Before those that are left would have been cut off.
    expect(forced).toBe(false);
    bench.knowledge.stop();
    bench.inference.stop();
  });

  it('cuts off what does not end', async () => {
    const bench = await startBench();
    let asked = () => {};
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    bench.knowledge.on('listTopics', () => {
      asked();
      return new Promise(() => {});
    });
    const { hostname, port } = new URL(bench.gateway.url);
    const half = connect(Number(port), hostname);
    half.on('error', () => {}).write('POST /graphql HTTP/1.1\r\nHost: x\r\n');
    const failed = bench.ask('{ topics { nodes { id } } }').catch(() => 'cut off');
    await arrived;
    const started = performance.now();
    await bench.gateway.stop();
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await failed).toBe('cut off');
    half.destroy();
    bench.knowledge.stop();
    bench.inference.stop();
  });
});
