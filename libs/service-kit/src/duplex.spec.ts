import {
  createClusteringClient,
  DomainError,
  loadService,
  type ClusteringClient,
  type clusteringV1,
} from '@cairn/contracts';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { serveDuplex, type DuplexHandling } from './duplex.js';
import { createLogger } from './log.js';

type Request = clusteringV1.ClusterRequest;
type Response = clusteringV1.ClusterResponse;
type Handler = (handling: DuplexHandling<Request, Response>) => Promise<void>;

const silent = createLogger('spec', 'silent');
const progress = (done: number): Response => ({ progress: { stage: 'x'.repeat(1000), done, total: 0, inertia: 0 } });

async function serve(handler: Handler, port = 0): Promise<{ server: Server; port: number }> {
  const server = new Server();
  server.addService(loadService('clustering', 'ClusteringService'), {
    cluster: (call: ServerDuplexStream<Request, Response>) => void serveDuplex(call, silent, handler),
  });
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, assigned) =>
      error ? reject(error) : resolve(assigned),
    ),
  );
  return { server, port: bound };
}

// Thousands of messages through two sockets, on a machine that may be busy with other specs.
jest.setTimeout(60_000);

describe('bidirectional calls between the typed client and serveDuplex', () => {
  let server: Server | undefined;
  let client: ClusteringClient | undefined;
  const connect = async (handler: Handler) => {
    const started = await serve(handler);
    server = started.server;
    client = createClusteringClient(`127.0.0.1:${started.port}`);
    return { call: client.cluster, port: started.port };
  };
  afterEach(() => {
    client?.close();
    server?.forceShutdown();
  });

  it('answers in order, and both ends know when it is over', async () => {
    const { call } = await connect(async ({ requests, send }) => {
      for await (const request of requests) await send(progress(request.start?.count ?? -1));
    });
    const duplex = call();
    for (let i = 0; i < 5; i++) await duplex.send({ start: { count: i } });
    duplex.end();
    const seen: number[] = [];
    for await (const message of duplex) seen.push(message.progress!.done);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('a client that does not read stops the server from writing', async () => {
    let sent = 0;
    const { call } = await connect(async ({ send }) => {
      for (; sent < 20_000; sent++) await send(progress(sent));
    });
    const duplex = call();
    duplex.end();
    const iterator = duplex[Symbol.asyncIterator]();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const whileIdle = sent;
    // 20,000 messages of a kilobyte are 20 MB; what fits into the windows and buffers is far less.
    expect(whileIdle).toBeLessThan(5_000);
    let received = 1;
    while (!(await iterator.next()).done) received++;
    expect(received).toBe(20_000);
  });

  it('cancelling on one end aborts the work on the other', async () => {
    const aborted = new Promise<void>((resolve) => {
      void connect(async ({ send, signal }) => {
        signal.addEventListener('abort', () => resolve());
        await send(progress(0));
        await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
      }).then(async ({ call }) => {
        const controller = new AbortController();
        const duplex = call({ signal: controller.signal });
        await duplex[Symbol.asyncIterator]().next();
        controller.abort();
      });
    });
    await aborted;
  });

  it('errors keep their code and field', async () => {
    const { call } = await connect(async () => {
      throw DomainError.invalid('n_clusters', 'n_clusters=9 is more than the 3 vectors.');
    });
    const duplex = call();
    await expect(duplex[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'n_clusters' },
    });
  });

  it('a service that is down is UNAVAILABLE, and found again when it is back', async () => {
    const first = await connect(async ({ send }) => send(progress(1)));
    server!.forceShutdown();
    const read = async () => {
      const duplex = first.call({ deadlineMs: 2000 });
      duplex.end();
      return (await duplex[Symbol.asyncIterator]().next()).value as Response | undefined;
    };
    await expect(read()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    server = (await serve(async ({ send }) => send(progress(2)), first.port)).server;
    for (let attempt = 0; ; attempt++) {
      const answer = await read().catch((error: DomainError) => error);
      if (!(answer instanceof DomainError)) {
        expect(answer!.progress!.done).toBe(2);
        return;
      }
      expect(attempt).toBeLessThan(50);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
});
