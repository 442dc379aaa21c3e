import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@cairn/service-kit/environment';
import { lockFolder } from '@cairn/service-kit/folder-lock';
import type { CliConfig } from '../cli.config.js';
import { CommandFailure } from '../exit-code.js';
import { GraphqlClient } from '../graphql/graphql-client.js';
import { status as statusQuery } from '../graphql/operations.js';
import type { Output } from '../output/output.js';
import type { Status } from '../output/status.js';
import { FirstRunState } from './first-run-state.js';
import { runFirstRun, type FirstRunReport } from './first-run.js';
import { planLocalStack } from './service-plans.js';
import { ServiceStartError } from './service-process.js';
import { Supervisor } from './supervisor.js';

export interface LocalStackRun {
  /** Installation: `dist/`, `models/`, `content/`. */
  readonly root: string;
  readonly dataFolder: string;
  readonly config: CliConfig;
  readonly environment: NodeJS.ProcessEnv;
  readonly port?: number;
  /** Leave out the first run. */
  readonly empty: boolean;
  readonly output: Output;
  /** Shows one line to the person. */
  readonly say: (line: string) => void;
}

/** A stack that answers. */
export interface ReadyStack {
  readonly origin: string;
  readonly graphqlUrl: string;
  readonly dataFolder: string;
  readonly keyFile: string;
  /** The admin key, at first start only. */
  readonly newKey?: string;
  readonly status: Status;
  readonly report?: FirstRunReport;
  /** Process ids, of this process too. */
  readonly processIds: readonly number[];
  readonly startSeconds: number;
}

/**
 * A second signal after this time kills what still runs. Sooner it is the same Ctrl-C: under npm it comes twice, from
 * the terminal and from npm.
 */
const impatienceMs = 1_000;

/** How a person asked the stack to stop. */
type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * Runs all services until a signal comes or `onReady` says that it is enough.
 * @param onReady told once the stack answers and the first run, if there was one, is through; false: stop now
 * @returns the signal that ended it, if any
 * @throws CommandFailure in one line if it cannot start, the first run fails, or a service is given up
 */
export async function runLocalStack(
  options: LocalStackRun,
  onReady: (stack: ReadyStack) => boolean,
): Promise<StopSignal | undefined> {
  const release = lock(options.dataFolder);
  const stop = new AbortController();
  let supervisor: Supervisor | undefined;
  let askedAt = 0;
  const onSignal = (signal: StopSignal) => {
    if (!stop.signal.aborted) {
      askedAt = Date.now();
      stop.abort(signal);
    } else if (Date.now() - askedAt > impatienceMs) supervisor?.kill();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  try {
    const plan = await planLocalStack(options);
    const keyIsNew = !existsSync(plan.keyFile);
    const started = performance.now();
    supervisor = new Supervisor({ plans: plan.plans, logFolder: plan.logFolder, say: options.say });
    const work = async () => {
      await supervisor!.start();
      const startSeconds = (performance.now() - started) / 1000;
      const key = existsSync(plan.keyFile) ? readFileSync(plan.keyFile, 'utf8').trim() : options.config.CAIRN_KEY;
      const client = new GraphqlClient(plan.graphqlUrl, key);
      const report = await firstRun(options, client, stop.signal);
      const { status } = await client.request<{ status: Status }>(statusQuery);
      return onReady({
        origin: plan.origin,
        graphqlUrl: plan.graphqlUrl,
        dataFolder: options.dataFolder,
        keyFile: plan.keyFile,
        // An interrupted first start has not shown it yet.
        newKey: keyIsNew || report !== undefined ? key : undefined,
        status,
        report,
        processIds: [process.pid, ...supervisor!.processIds().values()],
        startSeconds,
      });
    };
    const goOn = await Promise.race([work(), stopped, supervisor.gaveUp]);
    if (goOn) await Promise.race([stopped, supervisor.gaveUp]);
    if (stop.signal.aborted) options.say('Stopping.');
    return stop.signal.aborted ? (stop.signal.reason as StopSignal) : undefined;
  } catch (error) {
    // What a stop cuts short may fail in any way.
    if (stop.signal.aborted) return stop.signal.reason as StopSignal;
    throw error instanceof ServiceStartError ? CommandFailure.failed(error.message) : error;
  } finally {
    await supervisor?.stop();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
    release();
  }
}

function lock(dataFolder: string): () => void {
  try {
    const held = lockFolder(dataFolder, 'start.lock.');
    return () => held.release();
  } catch (error) {
    if (error instanceof ConfigurationError) throw CommandFailure.failed(error.message);
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw CommandFailure.failed(
      `The data directory ${dataFolder} cannot be used: ${code}. Choose another with --data.`,
    );
  }
}

/** Runs the first run where the knowledge base is empty, or where one was interrupted. */
async function firstRun(
  options: LocalStackRun,
  client: GraphqlClient,
  signal: AbortSignal,
): Promise<FirstRunReport | undefined> {
  const { dataFolder, empty, output, say, root } = options;
  const state = new FirstRunState(dataFolder);
  if (empty || client.key === undefined || state.finished()) return undefined;
  const { status } = await client.request<{ status: Status }>(statusQuery);
  if (!state.begun() && status.questions > 0) return undefined;
  say(state.begun() ? 'Going on with the first run:' : 'First run, on the starter content:');
  return runFirstRun({ client, output, say, contentFolder: join(root, 'content'), state, signal });
}
