/** A few kills at random moments of `npm run test:faults`, and a worker that sleeps past its lease. */
import { setTimeout as sleep } from 'node:timers/promises';
import { crashRun } from './support/crashes/crash-run.js';
import { PatientClient } from './support/crashes/workload.js';
import { Stack } from './support/stack.js';

jest.setTimeout(600_000);

interface JobView {
  readonly state: string;
  readonly done: number;
  readonly attempt: number;
  readonly result: { readonly embedded: number } | null;
  readonly log: { readonly nodes: readonly { readonly attempt: number; readonly message: string }[] };
}

it('every effect exactly once after kills at random moments, back within 30 s', async () => {
  const report = await crashRun({ kills: 3, seed: 7, database: 'embedded', say: () => {} });
  expect(report.faults).toEqual([]);
  expect(report.recoveries).toHaveLength(3);
  expect(Math.max(...report.recoveries)).toBeLessThan(30);
});

describe('a worker that is stopped past its lease and goes on', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ CAIRN_WORKERS: '2' });
  });
  afterAll(() => stack?.stop());

  it('writes nothing: the job is done once, by the other worker', async () => {
    const client = new PatientClient(stack);
    const count = 9000;
    const text = (i: number) => `question number ${i} about ${['cards', 'maps', 'tea'][i % 3]}, ${i * 7919}`;
    for (let from = 0; from < count; from += 500) {
      const rows = Array.from({ length: 500 }, (_, i) => ({
        line: i,
        externalId: String(from + i),
        text: text(from + i),
      }));
      await client.ask(
        'mutation ($input: ImportQuestionsInput!) { importQuestions(input: $input) { results { outcome } } }',
        {
          input: { source: 'stop', rows },
        },
      );
    }
    const { startEmbedding } = await client.ask<{ startEmbedding: { job: { id: string } } }>(
      'mutation { startEmbedding { job { id } } }',
    );
    const job = async () =>
      (
        await client.ask<{ job: JobView }>(
          `query ($id: ID!) { job(id: $id) {
             state done attempt result { ... on EmbedJobResult { embedded } } log(first: 100) { nodes { attempt message } } } }`,
          { id: startEmbedding.job.id },
        )
      ).job;
    const until = async (what: string, holds: (job: JobView) => boolean, seconds = 120): Promise<JobView> => {
      for (const end = Date.now() + seconds * 1000; ; await sleep(50)) {
        const now = await job();
        if (holds(now)) return now;
        if (Date.now() > end) throw new Error(`Waited for: ${what}; the job is ${JSON.stringify(now)}`);
      }
    };
    await until('the job is in the middle', ({ done }) => done > 300);
    const workers = stack.processes('KNOWLEDGE_ROLE=worker');
    expect(workers).toHaveLength(2);
    // One of them has the job: the one without which it does not get on.
    let [holder] = workers;
    process.kill(holder, 'SIGSTOP');
    await sleep(500);
    const { done } = await job();
    const goesOn = await until('the job gets on', (now) => now.done > done, 3).then(
      () => true,
      () => false,
    );
    if (goesOn) {
      process.kill(holder, 'SIGCONT');
      [, holder] = workers;
      process.kill(holder, 'SIGSTOP');
    }
    await until('the other worker takes it over', ({ attempt }) => attempt > 1);
    process.kill(holder, 'SIGCONT');
    const ended = await until('the job ends', ({ state }) => state !== 'RUNNING' && state !== 'QUEUED');
    expect(ended).toMatchObject({ state: 'SUCCEEDED', result: { embedded: count } });
    await sleep(1000);
    const after = await job();
    expect(after).toEqual(ended);
    expect(after.log.nodes.filter(({ message }) => message.startsWith('Done'))).toHaveLength(1);
    const { status } = await client.ask<{ status: { questions: number; embedded: number } }>(
      '{ status { questions embedded } }',
    );
    expect(status).toEqual({ questions: count, embedded: count });
  });
});
