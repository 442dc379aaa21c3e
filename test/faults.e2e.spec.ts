/** Processes die for real: `kill -9` of a worker in the middle of a job, of a service, of the supervisor. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, Stack } from './support/stack.js';

jest.setTimeout(180_000);

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const until = async (what: string, holds: () => Promise<boolean> | boolean, seconds = 60) => {
  for (const deadline = Date.now() + seconds * 1000; !(await holds());) {
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe('faults', () => {
  let stack: Stack;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-faults-'));
    stack = await Stack.start();
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a worker killed in the middle of a job: the job resumes, nothing lost or doubled', async () => {
    const count = 6000;
    const rows = Array.from(
      { length: count },
      (_, i) => `${i}\tquestion number ${i} about ${['cards', 'maps', 'tea'][i % 3]}, ${i * 7919}`,
    );
    writeFileSync(join(folder, 'many.tsv'), `id\ttext\n${rows.join('\n')}\n`);
    expect(await stack.cli(['import', join(folder, 'many.tsv'), '--json'])).toMatchObject({ code: 0 });

    const { data } = await stack.graphql<{ startEmbedding: { job: { id: string } } }>(
      'mutation { startEmbedding { job { id } } }',
    );
    const { id } = data.startEmbedding.job;
    const job = async () =>
      (
        await stack.graphql<{ job: { state: string; done: number; attempt: number; result: { embedded: number } } }>(
          'query ($id: ID!) { job(id: $id) { state done attempt result { ... on EmbedJobResult { embedded } } } }',
          { id },
        )
      ).data.job;
    await until('the job is in the middle', async () => (await job()).done > 500);
    const [worker] = stack.processes('KNOWLEDGE_ROLE=worker');
    process.kill(worker, 'SIGKILL');
    expect((await job()).state).toBe('RUNNING');
    await until('the job ends', async () => !['QUEUED', 'RUNNING'].includes((await job()).state), 120);
    const resumed = await job();
    expect(resumed).toMatchObject({ state: 'SUCCEEDED', result: { embedded: count } });
    // At least once: on a slow machine a lease may run out more than once.
    expect(resumed.attempt).toBeGreaterThanOrEqual(2);
    const { data: after } = await stack.graphql<{ status: { questions: number; embedded: number } }>(
      '{ status { questions embedded } }',
    );
    expect(after.status).toEqual({ questions: count, embedded: count });
    expect(stack.processes('KNOWLEDGE_ROLE=worker')).toHaveLength(1);
  });

  it('inference down: typed UNAVAILABLE, search goes on with words, recovery without a restart', async () => {
    const [inference] = stack.processes('apps/inference');
    process.kill(inference, 'SIGKILL');
    const embed = () => stack.graphql<{ embed: unknown }>('{ embed(texts: ["hello"]) { embeddings { tokens } } }');
    expect((await embed()).errors?.[0].extensions).toMatchObject({ code: 'UNAVAILABLE' });
    const words = await stack.graphql('{ search(text: "tea") { vectorsUsed hits { score } } }');
    expect(words).toMatchObject({ data: { search: { vectorsUsed: false } } });
    await until('inference is back', async () => (await embed()).errors === undefined);
  });

  it('knowledge down: typed UNAVAILABLE, and recovery', async () => {
    const [knowledge] = stack.processes('KNOWLEDGE_ROLE=api');
    process.kill(knowledge, 'SIGKILL');
    const read = () => stack.graphql<{ topics: unknown }>('{ topics { nodes { id } } }', {}, null);
    expect((await read()).errors?.[0].extensions).toMatchObject({ code: 'UNAVAILABLE' });
    await until('knowledge is back', async () => (await read()).errors === undefined);
  });

  it('a second start on the same data directory is refused in one line', async () => {
    const second = await runCli(['start', '--empty'], stack.environment);
    expect(second.code).toBe(1);
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
    expect(second.stderr).toContain(stack.data);
  });

  it('a taken port is one line that names it', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    );
    const data = join(folder, 'port');
    const { code, stderr } = await runCli(['start', '--empty', '--port', String(port)], {
      ...stack.environment,
      CAIRN_DATA: data,
    });
    taken.close();
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(String(port));
  });

  it('Ctrl-C stops everything, and a second start finds its data', async () => {
    const everyone = [...stack.processes('dist/apps')];
    expect(everyone.length).toBeGreaterThanOrEqual(5);
    expect(await stack.interrupt()).toBe(0);
    expect(everyone.filter(alive)).toEqual([]);
    await stack.launch();
    const { data } = await stack.graphql<{ status: { embedded: number } }>('{ status { embedded } }');
    expect(data.status.embedded).toBe(6000);
  });

  it('a supervisor killed with -9 leaves nobody behind', async () => {
    const everyone = stack.processes('dist/apps');
    process.kill(stack.pid, 'SIGKILL');
    await until('all are gone', () => everyone.filter(alive).length === 0, 30);
    await stack.launch();
  });
});
