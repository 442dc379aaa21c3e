import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Counter, Registry } from 'prom-client';
import { ConfigurationError } from './environment.js';
import { createLogger } from './log.js';
import { startMetricsServer, type MetricsServer, type MetricsServerOptions } from './metrics-server.js';

const logger = createLogger('spec', 'silent');
const registry = new Registry();
const seen = new Counter({ name: 'seen_total', help: 'Seen.', registers: [registry] });
seen.inc(7);

const running: MetricsServer[] = [];
async function start(options: Partial<MetricsServerOptions> = {}): Promise<MetricsServer> {
  const server = await startMetricsServer({
    address: '127.0.0.1:0',
    variable: 'METRICS_ADDRESS',
    page: registry,
    logger,
    ...options,
  });
  running.push(server);
  return server;
}
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

const portOf = (server: MetricsServer) => Number(server.address.split(':')[1]);

describe('startMetricsServer', () => {
  it('serves the page as prom-client writes it, each time anew', async () => {
    const { address } = await start();
    const first = await fetch(`http://${address}/metrics`);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await first.text()).toBe(await registry.metrics());
    seen.inc();
    const second = await fetch(`http://${address}/metrics?name=whatever`);
    expect(await second.text()).toContain('seen_total 8');
  });

  it('answers HEAD with the same headers and no body', async () => {
    const { address } = await start();
    const head = await fetch(`http://${address}/metrics`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get('content-length'))).toBe(Buffer.byteLength(await registry.metrics()));
    expect(await head.text()).toBe('');
  });

  it('knows two paths and two methods', async () => {
    const { address } = await start();
    for (const path of ['/', '/metrics/', '/metrics/../etc', '//metrics', '/favicon.ico'])
      expect((await fetch(`http://${address}${path}`)).status).toBe(404);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await fetch(`http://${address}/metrics`, { method });
      expect(refused.status).toBe(405);
      expect(refused.headers.get('allow')).toBe('GET, HEAD');
    }
  });

  it('says whether the service is ready', async () => {
    let ready = false;
    const { address } = await start({ healthy: () => ready });
    const health = async () => (await fetch(`http://${address}/healthz`)).status;
    expect(await health()).toBe(503);
    ready = true;
    expect(await health()).toBe(200);
    const without = await start();
    expect((await fetch(`http://${without.address}/healthz`)).status).toBe(200);
  });

  it('answers 500 when the page cannot be written, and goes on', async () => {
    let broken = true;
    const page = {
      contentType: registry.contentType,
      metrics: () => (broken ? Promise.reject(new Error('a gauge that throws')) : registry.metrics()),
    };
    const { address } = await start({ page });
    const failed = await fetch(`http://${address}/metrics`);
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain('a gauge that throws');
    broken = false;
    expect((await fetch(`http://${address}/metrics`)).status).toBe(200);
  });

  it('refuses a taken port, naming the variable', async () => {
    const { address } = await start();
    const second = start({ address });
    await expect(second).rejects.toBeInstanceOf(ConfigurationError);
    await expect(second).rejects.toThrow(`METRICS_ADDRESS=${address}: the port is taken by another program.`);
    // 192.0.2.0/24 is for documentation: no machine has it.
    await expect(start({ address: '192.0.2.1:9464' })).rejects.toThrow(/^METRICS_ADDRESS=192\.0\.2\.1:9464: that host/);
  });

  it('listens on the given address only', async () => {
    const port = portOf(await start());
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((face) => face !== undefined && face.family === 'IPv4' && !face.internal)
      .map((face) => face!.address);
    // Linux has the whole of 127.0.0.0/8.
    if (process.platform === 'linux') others.push('127.0.0.2');
    for (const host of others) await expect(fetch(`http://${host}:${port}/metrics`)).rejects.toThrow();
  });

  it('closes within its time beside connections that never send, or never end, a request', async () => {
    const server = await start();
    const idle = connect(portOf(server), '127.0.0.1');
    const stuck = connect(portOf(server), '127.0.0.1');
    await Promise.all([once(idle, 'connect'), once(stuck, 'connect')]);
    stuck.write('GET /metrics HTTP/1.1\r\nhost: ');
    const ended = [idle, stuck].map(
      (socket) => new Promise((resolve) => socket.resume().on('close', resolve).on('error', resolve)),
    );
    await running.pop()!.close();
    await Promise.all(ended);
    await expect(fetch(`http://${server.address}/metrics`)).rejects.toThrow();
  });
});
