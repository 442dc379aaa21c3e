import { join } from 'node:path';
import { RestartingWorker, WorkerCrash } from './restarting-worker.js';
import { retryOnce } from './retry-once.js';

const file = join(__dirname, '../../spec/fragile-worker.cjs');
const workers: { close(): Promise<void> }[] = [];
const crashes: Error[] = [];

async function start(data = 'sound') {
  const worker = await RestartingWorker.start<string, number, number, string>(file, data, (error) =>
    crashes.push(error),
  );
  workers.push(worker);
  return worker;
}

beforeEach(() => (crashes.length = 0));
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

describe('RestartingWorker', () => {
  it('answers requests and passes on refusals', async () => {
    const worker = await start();
    expect(await worker.info()).toBe('doubles');
    expect(await Promise.all([worker.request(1), worker.request(2)])).toEqual([2, 4]);
    await expect(worker.request(-1)).rejects.toThrow('negative');
    expect(crashes).toEqual([]);
  });

  it('rejects the requests in hand when the thread dies, and answers the next from a new thread', async () => {
    const worker = await start();
    const inHand = [worker.request(13), worker.request(13)];
    for (const request of inHand) await expect(request).rejects.toBeInstanceOf(WorkerCrash);
    expect(await worker.request(21)).toBe(42);
    expect(crashes).toHaveLength(1);
    expect(crashes[0].message).toContain('thirteen');
  });

  it('tries work once more after a crash, then says UNAVAILABLE', async () => {
    const worker = await start();
    const numbers = [13, 4];
    expect(await retryOnce(() => worker.request(numbers.shift() as number))).toBe(8);
    await expect(retryOnce(() => worker.request(13))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('fails to start with what the thread refused', async () => {
    await expect(start('stillborn')).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'source' } });
    expect(crashes).toEqual([]);
  });

  it('answers what it has in hand before it closes', async () => {
    const worker = await start();
    const answers = Promise.all([worker.request(3), worker.request(4)]);
    await Promise.resolve();
    await worker.close();
    expect(await answers).toEqual([6, 8]);
  });

  it('rejects requests after it was closed', async () => {
    const worker = await start();
    await worker.close();
    await expect(worker.request(1)).rejects.toBeInstanceOf(WorkerCrash);
  });
});
