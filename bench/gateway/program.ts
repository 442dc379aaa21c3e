/** Programs of Cairn and peers as processes on free ports. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { freePort, repository } from '../../test/support/stack.js';

export interface RunningProgram {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const apps = join(repository, 'dist/apps');
export const programs = {
  knowledge: join(apps, 'knowledge/src/main.js'),
  gateway: join(apps, 'gateway/src/main.js'),
  apollo: join(__dirname, 'bare-apollo.program.js'),
  postgraphile: join(__dirname, 'postgraphile.program.js'),
} as const;

/** Starts a program and waits until it says it is ready. @throws Error with the line it refused with */
export async function startProgram(
  name: keyof typeof programs,
  environment: (port: number) => Record<string, string>,
): Promise<RunningProgram> {
  const port = await freePort();
  const child: ChildProcess = fork(programs[name], {
    env: { ...process.env, NODE_ENV: 'production', LOG_LEVEL: 'warn', ...environment(port) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('message', ({ type, message }: { type: string; message?: string }) =>
      type === 'ready' ? resolve() : reject(new Error(message)),
    );
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code}.`)));
  });
  return {
    port,
    pid: child.pid!,
    stop: async () => {
      process.off('exit', kill);
      child.kill('SIGTERM');
      await gone;
    },
  };
}

export interface RunningCairn {
  readonly url: string;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Knowledge and gateway on a database, without a worker; inference and clustering are left out. */
export async function startCairn(database: string, settings: Record<string, string> = {}): Promise<RunningCairn> {
  const nobody = '127.0.0.1:1';
  const knowledge = await startProgram('knowledge', (port) => ({
    KNOWLEDGE_ROLE: 'api',
    KNOWLEDGE_ADDRESS: `127.0.0.1:${port}`,
    DATABASE_URL: database,
    DATABASE_KIND: 'postgres',
    INFERENCE_ADDRESS: nobody,
    CLUSTERING_ADDRESS: nobody,
    BOOTSTRAP_KEY_FILE: '/dev/null',
  }));
  const gateway = await startProgram('gateway', (port) => ({
    GATEWAY_ADDRESS: `127.0.0.1:${port}`,
    KNOWLEDGE_ADDRESS: `127.0.0.1:${knowledge.port}`,
    // Rates are another thing than load.
    RATE_LIMIT_ANONYMOUS: '0',
    INFERENCE_ADDRESS: nobody,
    ...settings,
  }));
  return {
    url: `http://127.0.0.1:${gateway.port}/graphql`,
    pids: [gateway.pid, knowledge.pid],
    stop: async () => {
      await gateway.stop();
      await knowledge.stop();
    },
  };
}
