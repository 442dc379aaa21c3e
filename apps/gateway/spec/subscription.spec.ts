import { setTimeout as pause } from 'node:timers/promises';
import { knowledgeV1 } from '@cairn/contracts';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { jobRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';
import type { Outgoing } from './strict-backend.js';

const query =
  'subscription Watch($id: ID!) { jobProgress(id: $id) { id kind state done total etaSeconds result { __typename ... on EmbedJobResult { embedded } } } }';
const { JOB_STATE_RUNNING, JOB_STATE_SUCCEEDED } = knowledgeV1.JobState;

describe('job progress', () => {
  let bench: TestBench;
  const clients: Client[] = [];
  beforeAll(async () => (bench = await startBench()));
  beforeEach(() => bench.reset());
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.dispose()));
  });
  afterAll(() => bench.stop());

  const connect = (connectionParams?: Record<string, unknown>, more = {}): Client => {
    const url = `${bench.gateway.url.replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...more });
    clients.push(client);
    return client;
  };
  const watch = (client: Client, id = 'j1') => client.iterate({ query, variables: { id } });

  /** Knowledge with one job, whose stream the test feeds. */
  const oneJob = (): Promise<Outgoing> =>
    new Promise((resolve) => {
      bench.knowledge
        .on<knowledgeV1.GetJobsRequest, knowledgeV1.JobList>('getJobs', ({ ids }) => ({
          jobs: ids.filter((id) => id === 'j1').map((id) => jobRow(id)),
        }))
        .on<knowledgeV1.WatchJobRequest, never>('watchJob', (_request, outgoing) => resolve(outgoing));
    });

  it.each([{ authorization: 'Bearer admin-key' }, { key: 'admin-key' }])(
    'gives the job now and every change until it has ended, with %o',
    async (parameters) => {
      const job = oneJob();
      const events = watch(connect(parameters));
      const first = events.next();
      const outgoing = await job;
      outgoing.send(jobRow('j1', { state: JOB_STATE_RUNNING, done: 0, total: 0 }));
      expect((await first).value).toEqual({
        data: {
          jobProgress: {
            id: 'j1',
            kind: 'EMBED',
            state: 'RUNNING',
            done: 0,
            total: null,
            etaSeconds: null,
            result: null,
          },
        },
      });
      outgoing.send(jobRow('j1', { state: JOB_STATE_RUNNING, done: 5, total: 10, etaSeconds: 0.5 }));
      expect((await events.next()).value).toMatchObject({
        data: { jobProgress: { done: 5, total: 10, etaSeconds: 0.5 } },
      });
      outgoing.send(jobRow('j1', { state: JOB_STATE_SUCCEEDED, done: 10, total: 10, embedResult: { embedded: 10 } }));
      outgoing.end();
      expect((await events.next()).value).toMatchObject({
        data: { jobProgress: { state: 'SUCCEEDED', result: { __typename: 'EmbedJobResult', embedded: 10 } } },
      });
      expect((await events.next()).done).toBe(true);
    },
  );

  it('cancels the call behind it when the client stops listening', async () => {
    const job = oneJob();
    const events = watch(connect({ key: 'admin-key' }));
    const first = events.next();
    const outgoing = await job;
    outgoing.send(jobRow('j1'));
    await first;
    await events.return?.();
    await outgoing.cancelled;
  });

  it('cancels the call behind it when the connection breaks', async () => {
    const job = oneJob();
    const client = connect({ key: 'admin-key' });
    const cut = expect(watch(client).next()).rejects.toMatchObject({ code: 4499 });
    const outgoing = await job;
    client.terminate();
    await outgoing.cancelled;
    await cut;
  });

  it('tells at once that there is no such job', async () => {
    void oneJob();
    const { value } = await watch(connect({ key: 'admin-key' }), 'j2').next();
    expect(value).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND', field: 'id' } }] });
    expect(bench.knowledge.methods).not.toContain('watchJob');
  });

  it('tells of a failure in the middle', async () => {
    const job = oneJob();
    const events = watch(connect({ key: 'admin-key' }));
    const first = events.next();
    (await job).send(jobRow('j1'));
    await first;
    const told = expect(events.next()).rejects.toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    bench.knowledge.stop();
    await told;
    await bench.knowledge.start();
    // The gateway finds it again within two seconds; the tests that follow need it.
    while ((await bench.ask('{ __typename }', { key: 'admin-key-again' })).status !== 200) await pause(50);
  });

  it('needs the role admin', async () => {
    const anonymous = await watch(connect()).next();
    expect(anonymous.value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    const editor = await watch(connect({ key: 'editor-key' })).next();
    expect(editor.value).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(bench.knowledge.methods).toEqual(['verifyKey']);
  });

  it('closes connections whose key is refused', async () => {
    await expect(watch(connect({ key: 'nonsense' })).next()).rejects.toMatchObject({
      code: 4403,
      reason: 'UNAUTHENTICATED',
    });
  });

  it('has the limits of HTTP', async () => {
    const client = connect({ key: 'admin-key' });
    const deep =
      '{ questions { nodes { answers { question { answers { question { answers { question { answers { question { id } } } } } } } } } } }';
    await expect(client.iterate({ query: deep }).next()).rejects.toMatchObject([
      { extensions: { code: 'QUERY_TOO_DEEP' } },
    ]);
    await expect(client.iterate({ query: '{' }).next()).rejects.toMatchObject([
      { extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
    ]);
    await expect(client.iterate({ query: '{ nothing }' }).next()).rejects.toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
  });

  it('answers 404 to connections elsewhere', async () => {
    const socket = new WebSocket(`${bench.gateway.url.replace('http', 'ws')}/elsewhere`);
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toContain('404');
  });
});

describe('a stop', () => {
  it('does not wait for open connections', async () => {
    const bench = await startBench();
    let close: (event: { code: number }) => void;
    const closed = new Promise<{ code: number }>((resolve) => (close = resolve));
    const client = createClient({
      url: `${bench.gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => {},
      on: { closed: (event) => close(event as { code: number }) },
    });
    await new Promise<void>((resolve) => client.on('connected', () => resolve()));
    const keepAlive = await fetch(`${bench.gateway.url}/health/live`);
    await keepAlive.text();
    // A stop that waited for the connection would outlast the time this test has.
    await bench.stop();
    expect((await closed).code).toBe(1001);
  });
});
