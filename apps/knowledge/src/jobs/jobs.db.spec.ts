import { once } from 'node:events';
import { DomainError } from '@cairn/contracts';
import { createLogger } from '@cairn/service-kit';
import { filter, firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import type { Caller } from '../access/caller.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { claimJob } from './claim-job.js';
import { JobLost, maxFailures } from './job-failure.js';
import type { JobHandlers, RunningJob } from './job-handler.js';
import { JobLease } from './job-lease.js';
import { cancelJob, createJob, readJob, retryJob } from './job-store.js';
import { JobWorker } from './job-worker.js';
import { openPgBossQueue } from './pg-boss-queue.js';
import type { JobQueue } from './queue.js';
import { takeBackLostJobs } from './sweep-jobs.js';
import { JobWatch } from './watch-jobs.js';

const logger = createLogger('test', 'silent');
const admin: Caller = { requestId: 'test', actor: 'ada', role: 'admin' };
const none = () => Promise.reject(new Error('not in this test'));

describe('jobs', () => {
  let test: TestDatabase;
  let queue: JobQueue;
  beforeAll(async () => {
    test = await startTestDatabase();
    queue = await openPgBossQueue(test.database, false, logger);
  }, 60_000);
  beforeEach(() => test.database.rows('DELETE FROM job'));
  afterAll(async () => {
    await queue?.close();
    await test?.stop();
  });

  const start = (key = '') => createJob(test.database, admin, { kind: 'embed', input: {} }, key);
  const watch = (id: string) => new JobWatch(test.database).watch(id);
  const ended = (id: string) => lastValueFrom(watch(id));
  const firstRunning = (id: string) => firstValueFrom(watch(id).pipe(filter((row) => row.state === 'running')));
  const leaseOf = async (id: string) => new JobLease(test.database, (await claimJob(test.database, id))!, logger);
  const letLeaseRunOut = () =>
    test.database.rows(`UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running'`);

  async function withWorker(embed: (job: RunningJob) => Promise<void>, work: (worker: JobWorker) => Promise<void>) {
    const handlers: JobHandlers = {
      embed: {
        run: async (_input, job) => embed(job).then(() => ({ embedded: 3, failed: 0, tokens: 9, passages: 0 })),
      },
      classify: { run: none },
      cluster: { run: none },
      train: { run: none },
      fineTune: { run: none },
      evaluate: { run: none },
    };
    const own = await openPgBossQueue(test.database, true, logger);
    const worker = new JobWorker(test.database, own, handlers, logger);
    await worker.start();
    try {
      await work(worker);
    } finally {
      await worker.stop();
    }
  }

  it('returns the first job for the same idempotency key', async () => {
    const [first, second] = await Promise.all([start('k'), start('k')]);
    expect(second.id).toBe(first.id);
    expect((await start('other')).id).not.toBe(first.id);
  });

  it('is claimed by one worker, and only while no other of its kind runs', async () => {
    const [a, b] = [await start(), await start()];
    const claims = await Promise.all([1, 2, 3].map(() => claimJob(test.database, a.id)));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    expect(await claimJob(test.database, b.id)).toBeUndefined();
    expect(await claimJob(test.database, b.id, { embed: 2 })).toMatchObject({ id: b.id, state: 'running', attempt: 1 });
  });

  it('refuses every write of a worker whose job another worker has taken over', async () => {
    const { database } = test;
    const { id } = await start();
    const stale = await leaseOf(id);
    expect(await takeBackLostJobs(database)).toBe(0);
    await letLeaseRunOut();
    expect(await takeBackLostJobs(database, [id])).toBe(0);
    expect(await takeBackLostJobs(database)).toBe(1);
    const fresh = await leaseOf(id);
    await expect(stale.succeed({ embedded: 1, failed: 0, tokens: 1, passages: 0 })).rejects.toThrow(JobLost);
    await expect(stale.fail('INTERNAL', 'late', false)).rejects.toThrow(JobLost);
    await expect(database.transaction((sql) => stale.guard(sql))).rejects.toThrow(JobLost);
    expect(stale.signal.aborted).toBe(true);
    await database.transaction((sql) => fresh.guard(sql));
    await fresh.succeed({ embedded: 2, failed: 0, tokens: 2, passages: 0 });
    expect(await readJob(database, id)).toMatchObject({ state: 'succeeded', attempt: 2, result: { embedded: 2 } });
  });

  it('gives up a job whose worker died too often, until somebody retries it', async () => {
    const { id } = await start();
    for (let death = 1; death <= maxFailures; death++) {
      expect((await readJob(test.database, id)).state).toBe('queued');
      await leaseOf(id);
      await letLeaseRunOut();
      await takeBackLostJobs(test.database);
    }
    expect(await readJob(test.database, id)).toMatchObject({ state: 'failed', error: { code: 'INTERNAL' } });
    expect(await retryJob(test.database, id)).toMatchObject({ state: 'queued', failures: 0, error: null });
  });

  it('cancels a waiting job at once, and says CONFLICT to what has ended', async () => {
    const { id } = await start();
    expect(await cancelJob(test.database, id)).toMatchObject({ state: 'cancelled' });
    await expect(cancelJob(test.database, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    const unknown = '00000000-0000-4000-8000-000000000000';
    await expect(cancelJob(test.database, unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(retryJob(test.database, (await start()).id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('finds a job whose message was lost, and shows its progress to who watches', async () => {
    const { id } = await start();
    // One JobWatch tells both of the same read: what one has been shown, the other has seen.
    const both = new JobWatch(test.database);
    const seen = lastValueFrom(both.watch(id).pipe(toArray()));
    const shown = firstValueFrom(both.watch(id).pipe(filter((row) => row.done === 1)));
    const embed = async (job: RunningJob) => {
      job.progress('embed', 1, 2);
      await shown;
    };
    await withWorker(embed, async () => {
      const rows = await seen;
      expect([...new Set(rows.map(({ state }) => state))]).toEqual(['queued', 'running', 'succeeded']);
      expect(rows.some((row) => row.state === 'running' && row.stage === 'embed' && row.total === 2)).toBe(true);
      expect(rows.at(-1)).toMatchObject({ state: 'succeeded', result: { embedded: 3 }, attempt: 1 });
    });
  });

  it('stops a running job that is cancelled', async () => {
    const { id } = await start();
    const untilAborted = async (job: RunningJob) => {
      await once(job.signal, 'abort');
      job.signal.throwIfAborted();
    };
    await withWorker(untilAborted, async () => {
      await firstRunning(id);
      expect(await cancelJob(test.database, id)).toMatchObject({ state: 'running', cancel_requested: true });
      expect(await ended(id)).toMatchObject({ state: 'cancelled', error: null });
    });
  });

  it('fails with the message of an expected error, and runs again under the same id', async () => {
    const { id } = await start();
    let attempts = 0;
    const refuseOnce = async () => {
      if (attempts++ === 0) throw DomainError.invalid('input', 'Label some questions.');
    };
    await withWorker(refuseOnce, async () => {
      const error = { code: 'INVALID_INPUT', message: 'Label some questions.' };
      expect(await ended(id)).toMatchObject({ state: 'failed', error, attempt: 1 });
      await retryJob(test.database, id);
      await queue.send(id);
      expect(await ended(id)).toMatchObject({ state: 'succeeded', error: null, attempt: 2 });
    });
  });

  it('tries again after a service was away, and hides what nobody expected', async () => {
    const failures: Error[] = [new DomainError('UNAVAILABLE', 'away'), new TypeError('secret')];
    const { id } = await start();
    await withWorker(
      () => Promise.reject(failures.shift()!),
      async () => {
        const job = await ended(id);
        expect(job).toMatchObject({ state: 'failed', attempt: 2, error: { code: 'INTERNAL' } });
        expect(job.error?.message).toContain(`job-${id}-2`);
        expect(job.error?.message).not.toContain('secret');
      },
    );
  });

  it('hands a running job over when the worker stops', async () => {
    const { id } = await start();
    const untilAborted = async (job: RunningJob) => {
      await once(job.signal, 'abort');
      throw new DomainError('CANCELLED', 'The call was cancelled.');
    };
    await withWorker(untilAborted, async () => void (await firstRunning(id)));
    expect(await readJob(test.database, id)).toMatchObject({ state: 'queued', failures: 0 });
    await withWorker(
      () => Promise.resolve(),
      async () => {
        expect(await ended(id)).toMatchObject({ state: 'succeeded', attempt: 2 });
      },
    );
  });

  it('tells who watches an unknown job', async () => {
    const unknown = watch('00000000-0000-4000-8000-000000000000');
    await expect(firstValueFrom(unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
