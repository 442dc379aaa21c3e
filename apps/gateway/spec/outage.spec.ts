import { createLogger } from '@cairn/service-kit';
import { startGateway } from '../src/gateway.js';
import { startBench, type TestBench } from './running-gateway.js';

const query = '{ topics { nodes { id } } models { id } }';

describe('a service that is down', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench()));
  beforeEach(() => {
    bench.reset();
    bench.knowledge.on('listTopics', () => ({ topics: [], pageInfo: { cursors: [] } }));
    bench.inference.on('listModels', () => ({ models: [] }));
  });
  afterAll(() => bench.stop());

  const ready = async () => {
    const response = await fetch(`${bench.gateway.url}/health/ready`);
    return { status: response.status, body: await response.json() };
  };

  /** Until the answer is right; the time jest gives a test is the limit. */
  const until = async (isRight: () => Promise<boolean>) => {
    while (!(await isRight())) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  it('is told as UNAVAILABLE, hurts nobody else, and is found again', async () => {
    expect(await ready()).toEqual({ status: 200, body: { status: 'ok', knowledge: 'ok', inference: 'ok' } });
    bench.knowledge.stop();
    const { data, errors } = await bench.ask(query);
    expect(data).toEqual({ topics: null, models: [] });
    expect(errors).toMatchObject([{ path: ['topics'], extensions: { code: 'UNAVAILABLE' } }]);
    expect(await ready()).toEqual({
      status: 503,
      body: { status: 'unavailable', knowledge: 'cannot be reached', inference: 'ok' },
    });
    expect((await fetch(`${bench.gateway.url}/health/live`)).status).toBe(200);

    await bench.knowledge.start();
    await until(async () => (await bench.ask(query)).errors.length === 0);
    await until(async () => (await ready()).status === 200);
  }, 20_000);

  it('answers 503 to keys it cannot check', async () => {
    bench.knowledge.stop();
    const { status, errors } = await bench.ask('{ __typename }', { key: 'admin-key-unseen' });
    expect([status, errors[0].extensions.code]).toEqual([503, 'UNAVAILABLE']);
    await bench.knowledge.start();
    await until(async () => (await bench.ask('{ __typename }', { key: 'admin-key-unseen' })).status === 200);
  }, 20_000);

  it('refuses to start on a taken address', async () => {
    const config = {
      address: new URL(bench.gateway.url).host,
      knowledgeAddress: bench.knowledge.address,
      inferenceAddress: bench.inference.address,
      production: false,
      ide: false,
      requestsUnderWay: 64,
      requestMs: 30_000,
      logLevel: 'silent',
      rateLimits: { withKey: 0, anonymous: 0 },
    };
    await expect(startGateway(config, createLogger('gateway', 'silent'))).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
