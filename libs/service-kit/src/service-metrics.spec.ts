import { createLogger } from './log.js';
import { openServiceMetrics } from './service-metrics.js';

describe('the metrics of a service', () => {
  it('count calls by outcome, read gauges when they are scraped, and survive one that cannot be read', async () => {
    let address = '';
    const logger = createLogger('test', 'silent');
    logger.info = ((fields: { address: string }) => (address = fields.address)) as never;
    const metrics = await openServiceMetrics('knowledge', '127.0.0.1:0', logger);
    try {
      metrics.callEnded('getTopics', 'ok', 0.02);
      metrics.callEnded('getTopics', 'NOT_FOUND', 0.002);
      let waiting = 3;
      metrics.gauge('jobs', 'Jobs.', ['kind'], () => Promise.resolve([{ labels: { kind: 'embed' }, value: waiting }]));
      metrics.gauge('broken', 'Never there.', [], () => Promise.reject(new Error('away')));
      const scrape = async () => (await fetch(`http://${address}/metrics`)).text();
      const page = await scrape();
      expect(page).toContain('cairn_knowledge_call_seconds_count{method="getTopics",code="ok"} 1');
      expect(page).toContain('cairn_knowledge_call_seconds_count{method="getTopics",code="NOT_FOUND"} 1');
      expect(page).toContain('cairn_knowledge_jobs{kind="embed"} 3');
      expect(page).toContain('process_resident_memory_bytes');
      waiting = 1;
      expect(await scrape()).toContain('cairn_knowledge_jobs{kind="embed"} 1');
      expect((await fetch(`http://${address}/healthz`)).status).toBe(503);
      metrics.setReady(true);
      expect((await fetch(`http://${address}/healthz`)).status).toBe(200);
    } finally {
      await metrics.close();
    }
  });

  it('are not there without an address', async () => {
    const metrics = await openServiceMetrics('gateway', undefined, createLogger('test', 'silent'));
    metrics.callEnded('x', 'ok', 1);
    await metrics.close();
  });
});
