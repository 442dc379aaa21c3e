/** Priorities, places, dead letters, logs and schedules; two workers on one database. */
import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { createLogger } from '@cairn/service-kit';
import { filter, firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import type { Caller } from '../access/caller.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { claimableJobs, claimJob } from './claim-job.js';
import { fireSchedules } from './fire-schedules.js';
import type { JobHandlers, RunningJob } from './job-handler.js';
import { JobLease } from './job-lease.js';
import { readLog, writeLog } from './job-log.js';
import type { JobKind } from './job-record.js';
import { createJob, listJobs, readJob, redriveJobs } from './job-store.js';
import { JobWorker } from './job-worker.js';
import { openPgBossQueue } from './pg-boss-queue.js';
import { createSchedule, deleteSchedule, listSchedules, runSchedule, updateSchedule } from './schedule-store.js';
import { JobLogWatch } from './watch-job-log.js';
import { JobWatch } from './watch-jobs.js';

const logger = createLogger('test', 'silent');
const admin: Caller = { requestId: 'test', actor: 'ada', role: 'admin' };
const none = () => Promise.reject(new Error('not in this test'));
const embedded = { embedded: 1, failed: 0, tokens: 1, passages: 0 } satisfies knowledgeV1.EmbedResult;

describe('the work of jobs', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await startTestDatabase();
  }, 60_000);
  beforeEach(async () => {
    await test.database.rows('DELETE FROM job');
    await test.database.rows('DELETE FROM job_schedule');
  });
  afterAll(() => test?.stop());

  const start = (priority = 0, kind: JobKind = 'embed') =>
    createJob(test.database, admin, { kind, input: {} }, '', { priority });
  const lines = async (id: string) => (await readLog(test.database, id, 0, 100)).map(({ message }) => message);
  const ended = (id: string) => lastValueFrom(new JobWatch(test.database).watch(id));

  async function withWorkers(
    count: number,
    places: number,
    embed: (job: RunningJob) => Promise<void>,
    work: () => Promise<void>,
  ) {
    const handlers: JobHandlers = {
      embed: { run: async (_input, job) => embed(job).then(() => embedded) },
      classify: { run: none },
      cluster: { run: none },
      train: { run: none },
      fineTune: { run: none },
      evaluate: { run: none },
    };
    const workers: JobWorker[] = [];
    for (let i = 0; i < count; i++) {
      const queue = await openPgBossQueue(test.database, i === 0, logger);
      workers.push(new JobWorker(test.database, queue, handlers, logger, { places: { embed: places } }));
    }
    await Promise.all(workers.map((worker) => worker.start()));
    try {
      await work();
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
  }

  it('takes the most urgent job of a kind, then the oldest, whatever the message was about', async () => {
    const [low, first, second, high] = [await start(-1), await start(), await start(), await start(1)];
    expect(await claimableJobs(test.database)).toEqual([high.id]);
    const taken: string[] = [];
    for (let i = 0; i < 4; i++) taken.push((await claimJob(test.database, low.id, { embed: 4 }))!.id);
    expect(taken).toEqual([high.id, first.id, second.id, low.id]);
  });

  it('runs as many of a kind as there are places, each once, over two workers', async () => {
    const jobs = await Promise.all(Array.from({ length: 12 }, () => start()));
    const runs = new Map<string, number>();
    let now = 0;
    let most = 0;
    const embed = async (job: RunningJob) => {
      runs.set(job.id, (runs.get(job.id) ?? 0) + 1);
      most = Math.max(most, ++now);
      await test.database.rows('SELECT 1');
      now--;
    };
    await withWorkers(2, 3, embed, async () => {
      const rows = await Promise.all(jobs.map(({ id }) => ended(id)));
      expect(rows.map(({ state }) => state)).toEqual(jobs.map(() => 'succeeded'));
    });
    expect([...runs.values()]).toEqual(jobs.map(() => 1));
    expect(most).toBeLessThanOrEqual(3);
  }, 60_000);

  it('keeps dead letters apart from refusals, and redrives them', async () => {
    const dead = await start();
    const refused = await start();
    const thrown = [new TypeError('secret'), DomainError.invalid('input', 'Label some questions.')];
    const embed = async () => {
      const next = thrown.shift();
      if (next) throw next;
    };
    await withWorkers(1, 1, embed, async () => {
      expect(await ended(dead.id)).toMatchObject({ state: 'failed', dead_at: expect.any(Date) });
      expect(await ended(refused.id)).toMatchObject({ state: 'failed', dead_at: null });
      const letters = await listJobs(test.database, { states: [], kinds: ['embed'], dead: true }, undefined, 10);
      expect(letters.map(({ id }) => id)).toEqual([dead.id]);
      expect(await redriveJobs(test.database, 'train', 10, 'ada')).toEqual([]);
      expect((await redriveJobs(test.database, '', 10, 'ada')).map(({ id }) => id)).toEqual([dead.id]);
      expect(await ended(dead.id)).toMatchObject({ state: 'succeeded', dead_at: null, error: null, attempt: 2 });
    });
    const told = await lines(dead.id);
    expect(told[0]).toBe('Started.');
    expect(told[1]).toContain('This is a dead letter now.');
    expect(told.join(' ')).not.toContain('secret');
    expect(told.slice(2)).toEqual(['Redriven by ada.', 'Started again: attempt 2.', expect.stringMatching(/^Done/)]);
    expect(await redriveJobs(test.database, '', 10, 'ada')).toEqual([]);
  }, 60_000);

  it('stores what a job says, in order, pushes it to who watches, and stops at 1,000 lines', async () => {
    const { id } = await start();
    const pushed = lastValueFrom(new JobLogWatch(test.database).watch(id, 0).pipe(toArray()));
    await withWorkers(
      1,
      1,
      async (job) => {
        for (let i = 0; i < 1100; i++) job.log(i % 2 ? 'warn' : 'info', `line ${i}\0`);
      },
      async () => {
        await ended(id);
        const seen = await pushed;
        const stored = await readLog(test.database, id, 0, 2000);
        expect(seen).toEqual(stored.map((line) => ({ ...line, jobId: id })));
        expect(stored[1]).toMatchObject({ level: 'info', message: 'line 0', attempt: 1 });
        expect(stored.filter(({ message }) => message.startsWith('line'))).toHaveLength(999);
        expect(stored.at(-1)!.message).toMatch(/^Done after/);
        const after = firstValueFrom(new JobLogWatch(test.database).watch(id, stored[4].seq));
        expect((await after).seq).toBe(stored[5].seq);
      },
    );
    const unknown = new JobLogWatch(test.database).watch('00000000-0000-4000-8000-000000000000', 0);
    await expect(firstValueFrom(unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }, 60_000);

  it('writes no line for a worker that has lost its job', async () => {
    const { id } = await start();
    const stale = new JobLease(test.database, (await claimJob(test.database, id))!, logger);
    await test.database.rows(`UPDATE job SET fence = fence + 1 WHERE id = $1`, [id]);
    stale.log('info', 'late');
    await stale.stop();
    expect(await lines(id)).toEqual([]);
    await writeLog(test.database, id, [{ level: 'info', message: 'now' }]);
    expect(await lines(id)).toEqual(['now']);
  });

  const nightly = (name = 'nightly', enabled = true) =>
    createSchedule(test.database, admin, {
      ...{ name, cron: '0 3 * * *', timeZone: 'Europe/Berlin', priority: 1, enabled },
      order: { kind: 'embed', input: {} },
    });
  const due = (id: string) =>
    test.database.rows(`UPDATE job_schedule SET next_run_at = now() - interval '3 days' WHERE id = $1`, [id]);

  it('starts one job for a time that is due, however many workers look, and none before or after', async () => {
    const schedule = await nightly();
    expect(await fireSchedules(test.database, logger)).toEqual([]);
    await due(schedule.id);
    const fired = (await Promise.all([1, 2, 3].map(() => fireSchedules(test.database, logger)))).flat();
    expect(fired).toHaveLength(1);
    expect(await readJob(test.database, fired[0])).toMatchObject({
      ...{ kind: 'embed', state: 'queued', priority: 1, schedule_id: schedule.id, created_by: 'ada' },
    });
    const [after] = await listSchedules(test.database, undefined, 10);
    expect(after).toMatchObject({ lastJobId: fired[0] });
    expect(after.nextRunAt!.getTime()).toBeGreaterThan(Date.now());
    expect(after.nextRunAt!.toISOString()).toMatch(/T0[12]:00:00.000Z$/);
  });

  it('leaves a time out while the last job runs, and starts by hand whatever runs', async () => {
    const schedule = await nightly();
    await due(schedule.id);
    const [first] = await fireSchedules(test.database, logger);
    await due(schedule.id);
    expect(await fireSchedules(test.database, logger)).toEqual([]);
    expect((await runSchedule(test.database, 'nightly')).id).not.toBe(first);
    await test.database.rows(`UPDATE job SET state = 'succeeded'`);
    await due(schedule.id);
    expect(await fireSchedules(test.database, logger)).toHaveLength(1);
  });

  it('runs a due job in a worker by itself', async () => {
    const schedule = await nightly();
    await due(schedule.id);
    await withWorkers(
      1,
      1,
      () => Promise.resolve(),
      async () => {
        const jobs = await listJobs(test.database, { states: [], kinds: [], dead: false }, undefined, 10);
        expect(jobs).toHaveLength(1);
        const watched = new JobWatch(test.database).watch(jobs[0].id);
        expect(await lastValueFrom(watched.pipe(filter(({ state }) => state === 'succeeded')))).toBeDefined();
      },
    );
  }, 60_000);

  it('is changed at the version that was read, switched off, and gone when it is deleted', async () => {
    const schedule = await nightly();
    await expect(nightly()).rejects.toMatchObject({ code: 'CONFLICT', details: { field: 'name' } });
    await expect(nightly('No Name')).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'name' } });
    const off = await updateSchedule(test.database, 'nightly', 1, { enabled: false });
    expect(off).toMatchObject({ enabled: false, nextRunAt: null, version: 2 });
    await expect(updateSchedule(test.database, schedule.id, 1, {})).rejects.toMatchObject({ code: 'CONFLICT' });
    const wrong = updateSchedule(test.database, 'nightly', 2, { cron: 'never' });
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'cron' } });
    const job = await runSchedule(test.database, schedule.id);
    await deleteSchedule(test.database, 'nightly');
    await expect(deleteSchedule(test.database, 'nightly')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await readJob(test.database, job.id)).toMatchObject({ state: 'queued', schedule_id: null });
  });
});
