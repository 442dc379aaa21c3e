/** Whoever watches jobs sees those of the own space, whoever else watches at the same time. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { withinLimits } from '@cairn/contracts';
import type { Observable } from 'rxjs';
import { acrossSpaces, inScope } from '../access/scope.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { writeLog } from './job-log.js';
import { JobLogWatch } from './watch-job-log.js';
import { JobWatch } from './watch-jobs.js';

jest.setTimeout(60_000);

describe('watching jobs of several spaces', () => {
  let test: TestDatabase;
  const spaces = { ours: randomUUID(), theirs: randomUUID() };
  const jobs = { ours: randomUUID(), theirs: randomUUID() };
  type Whose = keyof typeof spaces;
  const both = ['ours', 'theirs'] as const;
  const within = <T>(whose: Whose, work: () => T) => inScope({ space: spaces[whose] }, work);

  beforeAll(async () => {
    test = await startTestDatabase();
    const { database } = test;
    for (const whose of both) {
      await acrossSpaces(() =>
        database.rows('INSERT INTO space (id, slug, title) VALUES ($1, $2, $2)', [spaces[whose], whose]),
      );
      await within(whose, async () => {
        const insert = `INSERT INTO job (id, kind, input, created_by) VALUES ($1, 'embed', '{}', $2)`;
        await database.rows(insert, [jobs[whose], whose]);
        await writeLog(database, jobs[whose], [{ level: 'info', message: `Line of ${whose}.` }]);
      });
    }
  }, 120_000);
  afterAll(() => test?.stop());

  /** What a watcher was told so far, and how it ended. */
  const listen = <T>(stream: Observable<T>) => {
    const heard: { events: T[]; failure?: { code: string }; over: boolean } = { events: [], over: false };
    const subscription = stream.subscribe({
      next: (event) => heard.events.push(event),
      error: (failure: { code: string }) => Object.assign(heard, { failure, over: true }),
      complete: () => (heard.over = true),
    });
    return { heard, stop: () => subscription.unsubscribe() };
  };
  const until = async (reached: () => boolean) => {
    while (!reached()) await sleep(10);
  };

  it('tells each the own job and nobody another one', async () => {
    const watch = new JobWatch(test.database);
    // The first watcher sets the clock that reads for all; its own time is over before the others' jobs change.
    const short = { signal: AbortSignal.timeout(300), deadline: Date.now() + 300 };
    const ours = withinLimits(short, () => within('ours', () => listen(watch.watch(jobs.ours))));
    const theirs = within('theirs', () => listen(watch.watch(jobs.theirs)));
    const strangers = both.map((whose) => {
      const other = whose === 'ours' ? 'theirs' : 'ours';
      return within(whose, () => listen(watch.watch(jobs[other])));
    });
    await until(() => strangers.every(({ heard }) => heard.over));
    for (const { heard } of strangers) {
      expect(heard.failure).toMatchObject({ code: 'NOT_FOUND' });
      expect(heard.events).toEqual([]);
    }
    await until(() => ours.heard.events.length === 1 && theirs.heard.events.length === 1);
    ours.stop();
    await sleep(350);
    await within('theirs', () =>
      test.database.rows(
        `UPDATE job SET state = 'cancelled', finished_at = now(), updated_at = clock_timestamp() WHERE id = $1`,
        [jobs.theirs],
      ),
    );
    await until(() => theirs.heard.over);
    expect(theirs.heard.failure).toBeUndefined();
    expect(theirs.heard.events.map(({ id, state }) => [id, state])).toEqual([
      [jobs.theirs, 'queued'],
      [jobs.theirs, 'cancelled'],
    ]);
    expect(ours.heard.events.map(({ id }) => id)).toEqual([jobs.ours]);
    watch.close();
  });

  it('tells each the lines of the own job and nobody those of another', async () => {
    const watch = new JobLogWatch(test.database);
    const own = both.map((whose) => within(whose, () => listen(watch.watch(jobs[whose], 0))));
    const strange = within('ours', () => listen(watch.watch(jobs.theirs, 0)));
    await until(() => own.every(({ heard }) => heard.events.length > 0) && strange.heard.over);
    expect(own.map(({ heard }) => heard.events.map(({ message }) => message))).toEqual([
      ['Line of ours.'],
      ['Line of theirs.'],
    ]);
    expect(strange.heard).toMatchObject({ events: [], failure: { code: 'NOT_FOUND' } });
    own.forEach(({ stop }) => stop());
    watch.close();
  });
});
