import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@cairn/numerics';
import { Stack } from '../stack.js';
import { PostgresServer } from './postgres-server.js';
import { faultsOf, PatientClient, work } from './workload.js';

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  readonly database: 'embedded' | 'postgres';
  readonly say: (line: string) => void;
}

export interface CrashReport {
  /** How often each program was killed, and during what. */
  readonly killed: Readonly<Record<string, number>>;
  readonly during: Readonly<Record<string, number>>;
  /** Seconds from each kill until reading, searching and embedding worked again. */
  readonly recoveries: readonly number[];
  readonly questions: number;
  readonly jobs: number;
  /** What is not as it should be; empty: every effect is there exactly once. */
  readonly faults: readonly string[];
}

/** What is killed, as processes name it; the server of PostgreSQL has no process of the stack. */
const programs: Record<string, string> = {
  worker: 'KNOWLEDGE_ROLE=worker',
  knowledge: 'KNOWLEDGE_ROLE=api',
  inference: 'apps/inference/src/main.js',
  clustering: 'apps/clustering/src/main.js',
  gateway: 'apps/gateway/src/main.js',
  database: 'embedded/main.js',
};

/** Of one program within a minute: the supervisor gives up what crashes more often. */
const mostAMinute = 4;
const longestRecoveryMs = 60_000;

/**
 * Kills services, workers and the database with -9, one after the other at moments drawn from the seed, while questions
 * are imported, embedded and clustered by clients that ask again; then looks whether every effect is there once.
 */
export async function crashRun({ kills, seed, database, say }: CrashOptions): Promise<CrashReport> {
  const server = database === 'postgres' ? PostgresServer.start() : undefined;
  const stack = await Stack.start({ CAIRN_WORKERS: '2', TEST_DATABASE_URL: server?.url ?? '', LOG_LEVEL: 'warn' });
  const killed: Record<string, number> = {};
  const during: Record<string, number> = {};
  const recoveries: number[] = [];
  try {
    const client = new PatientClient(stack);
    let doing = '';
    let left = kills;
    const working = work(
      client,
      () => left === 0,
      (now) => (doing = now),
    );
    let failure: unknown;
    working.catch((error: unknown) => (failure = error));
    const random = new Random(seed);
    const recent: { name: string; at: number }[] = [];
    while (left > 0 && failure === undefined) {
      await sleep(300 + 2700 * random.uniform());
      const name = draw(random, recent);
      const what = doing;
      kill(stack, server, name, random);
      const began = performance.now();
      if (name === 'database') await server?.restart();
      await recovered(stack);
      const seconds = (performance.now() - began) / 1000;
      recoveries.push(seconds);
      killed[name] = (killed[name] ?? 0) + 1;
      during[what] = (during[what] ?? 0) + 1;
      left--;
      say(
        `${String(kills - left).padStart(3)} ${name.padEnd(10)} during ${what.padEnd(8)} back after ${seconds.toFixed(1)} s`,
      );
    }
    const done = await working;
    const faults = await faultsOf(client, done);
    const jobs = done.embedJobs.length + done.clusterJobs.length;
    return { killed, during, recoveries, questions: done.questions, jobs, faults };
  } finally {
    await stack.stop();
    server?.stop();
  }
}

function draw(random: Random, recent: { name: string; at: number }[]): string {
  const now = Date.now();
  const names = Object.keys(programs).filter(
    (name) => recent.filter((kill) => kill.name === name && now - kill.at < 60_000).length < mostAMinute,
  );
  const name = names[random.below(names.length)];
  recent.push({ name, at: now });
  return name;
}

function kill(stack: Stack, server: PostgresServer | undefined, name: string, random: Random): void {
  if (name === 'database' && server !== undefined) return server.kill();
  const pids = stack.processes(programs[name]);
  if (pids.length > 0) process.kill(pids[random.below(pids.length)], 'SIGKILL');
}

/** Until reading, searching with vectors and embedding work again, through the gateway. */
async function recovered(stack: Stack): Promise<void> {
  const end = Date.now() + longestRecoveryMs;
  for (;;) {
    const answer = await stack
      .graphql<{ search: { vectorsUsed: boolean } }>(
        '{ questions(first: 1) { nodes { id } } search(text: "tea") { vectorsUsed } embed(texts: ["tea"]) { embeddings { tokens } } }',
      )
      .catch(() => undefined);
    if (answer !== undefined && answer.errors === undefined) return;
    if (Date.now() > end)
      throw new Error(`Not back ${longestRecoveryMs / 1000} s after a kill: ${JSON.stringify(answer)}`);
    await sleep(50);
  }
}
