import { createServer } from 'node:net';
import { ConfigurationError, createLogger } from '@cairn/service-kit';
import { parsePrometheusText } from '../../../../test/support/prometheus-text.js';
import { silentObserver } from './observer.js';
import { openMetrics, type OpenMetrics } from './open-metrics.js';

const logger = createLogger('spec', 'silent');
const state = {
  queues: () => [{ model: 'm', lane: 'bulk' as const, texts: 3, tokens: 60 }],
  models: () => [{ model: 'm', device: 'cpu', precision: 'int8', memoryBytes: 20e6, sessions: 2, busySessions: 2 }],
  admitted: () => 5,
  admissionLimit: 100,
};

/** A port that the system has just given out for port 0 and taken back. */
async function freeAddress(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(`127.0.0.1:${port}`));
    });
  });
}

describe('openMetrics', () => {
  const open: OpenMetrics[] = [];
  const start = async (address: string | undefined) => {
    const metrics = await openMetrics(address, logger);
    open.push(metrics);
    return metrics;
  };
  afterEach(async () => {
    for (const metrics of open.splice(0)) await metrics.close();
  });

  it('serves what the engine does, from before it is ready until it is closed', async () => {
    const address = await freeAddress();
    const metrics = await start(address);
    const health = async () => (await fetch(`http://${address}/healthz`)).status;
    expect(await health()).toBe(503);
    metrics.bindGauges(state);
    metrics.setReady(true);
    expect(await health()).toBe(200);

    metrics.observer.batch({ model: 'm', lane: 'bulk', texts: 2, tokens: 30, paddedTokens: 40, ms: 5 });
    const answer = await fetch(`http://${address}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const page = parsePrometheusText(await answer.text());
    expect(page.get('cairn_inference_padded_tokens_total')!.samples).toContainEqual({
      name: 'cairn_inference_padded_tokens_total',
      labels: { model: 'm', lane: 'bulk' },
      value: 40,
    });
    expect(page.get('cairn_inference_admitted_texts')!.samples[0].value).toBe(5);

    metrics.setReady(false);
    expect(await health()).toBe(503);
    // While requests in flight finish, the figures can still be scraped.
    expect((await fetch(`http://${address}/metrics`)).status).toBe(200);
    await open.pop()!.close();
    await expect(fetch(`http://${address}/metrics`)).rejects.toThrow();
  });

  it('says which variable to change when the port is taken', async () => {
    const address = await freeAddress();
    await start(address);
    await expect(start(address)).rejects.toThrow(ConfigurationError);
    await expect(start(address)).rejects.toThrow(`METRICS_ADDRESS=${address}`);
  });

  it('counts nothing and opens nothing without an address', async () => {
    const metrics = await start(undefined);
    metrics.bindGauges(state);
    metrics.setReady(true);
    expect(metrics.observer).toBe(silentObserver);
  });
});
