/** The metrics of the program as it is deployed: scraped over HTTP while it is called over gRPC. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInferenceClient } from '@cairn/contracts';
import { parsePrometheusText } from '../../../test/support/prometheus-text.js';

const root = join(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'cairn-metrics-'));
const programs: ChildProcess[] = [];

async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

/** Starts the built program and waits for its first message: ready, or why not. */
async function startProgram(metrics: string) {
  const address = await freeAddress();
  const program = fork(join(root, 'dist/apps/inference/src/main.js'), {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      INFERENCE_ADDRESS: address,
      METRICS_ADDRESS: metrics,
      MODEL_STORE: join(folder, 'store'),
      LOG_LEVEL: 'fatal',
    },
    execArgv: [],
    stdio: 'ignore',
  });
  programs.push(program);
  const [message] = (await once(program, 'message')) as [{ type: string; message?: string }];
  return { address, program, message };
}

afterAll(() => {
  for (const program of programs) program.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('metrics of the inference program', () => {
  it('counts what it was asked, says what it holds, and closes with the service', async () => {
    const metrics = await freeAddress();
    const { address, program, message } = await startProgram(metrics);
    expect(message).toEqual({ type: 'ready' });
    expect((await fetch(`http://${metrics}/healthz`)).status).toBe(200);

    const scrape = async () => {
      const page = parsePrometheusText(await (await fetch(`http://${metrics}/metrics`)).text());
      return (name: string, labels: Record<string, string> = {}) =>
        [...page.values()]
          .flatMap(({ samples }) => samples)
          .filter((sample) => sample.name === `cairn_inference_${name}`)
          .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
          .reduce((sum, { value }) => sum + value, 0);
    };
    // The texts that warm the encoder up are counted too.
    const before = await scrape();
    const client = createInferenceClient(address);
    const answer = await client.embed({ texts: ['one question', 'and a second, longer one', 'three'] });
    client.close();
    const after = await scrape();
    const grown = (name: string, labels?: Record<string, string>) => after(name, labels) - before(name, labels);
    const lane = 'interactive';
    expect(grown('texts_total', { lane })).toBe(3);
    expect(grown('tokens_total', { lane })).toBe(answer.items.reduce((sum, { tokens }) => sum + tokens, 0));
    expect(grown('padded_tokens_total', { lane })).toBeGreaterThanOrEqual(grown('tokens_total', { lane }));
    expect(grown('batch_texts_sum', { lane })).toBe(3);
    for (const stage of ['tokenization', 'queue', 'inference', 'total'])
      expect(grown('request_duration_seconds_count', { lane, stage })).toBe(1);
    expect(after('request_duration_seconds_sum', { lane, stage: 'total' })).toBeGreaterThan(0);
    expect(after('sessions')).toBeGreaterThan(0);
    expect(after('sessions_busy')).toBe(0);
    expect(after('model_memory_bytes')).toBeGreaterThan(1e6);
    expect(after('queue_texts')).toBe(0);
    expect(after('admitted_texts')).toBe(0);
    expect(after('admission_limit_texts')).toBeGreaterThan(0);

    program.kill('SIGTERM');
    const [code] = (await once(program, 'exit')) as [number];
    expect(code).toBe(0);
    await expect(fetch(`http://${metrics}/healthz`)).rejects.toThrow();
  }, 60_000);

  it('does not start where the port is taken, and names the variable', async () => {
    const metrics = await freeAddress();
    const [host, port] = metrics.split(':');
    const taken = createServer().listen(Number(port), host);
    await once(taken, 'listening');
    const { message } = await startProgram(metrics);
    taken.close();
    expect(message.type).toBe('failed');
    expect(message.message).toMatch(/^METRICS_ADDRESS=127\.0\.0\.1:\d+: the port is taken/);
  }, 60_000);
});
