/** The inference program as it is deployed: a process, started for a spec and called over gRPC. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInferenceClient, type InferenceClient } from '@cairn/contracts';
import { repository } from './repository.js';

export interface RunningInference {
  readonly client: InferenceClient;
  readonly program: ChildProcess;
  /** Asks it to stop; gives its exit code. */
  stop(): Promise<number | null>;
}

const programs: ChildProcess[] = [];

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts the built program with one session of one thread, and waits until it is ready. */
export async function startInference(settings: Record<string, string>): Promise<RunningInference> {
  const address = `127.0.0.1:${await freePort()}`;
  const defaults = { INFERENCE_SESSIONS: '1', INFERENCE_THREADS: '1', INFERENCE_DEVICE: 'cpu', LOG_LEVEL: 'fatal' };
  const program = fork(join(repository, 'dist/apps/inference/src/main.js'), {
    env: { ...process.env, NODE_OPTIONS: '', INFERENCE_ADDRESS: address, ...defaults, ...settings },
    execArgv: [],
    stdio: 'ignore',
  });
  programs.push(program);
  const [message] = (await once(program, 'message')) as [{ type: string; message?: string }];
  if (message.type !== 'ready') throw new Error(message.message);
  const client = createInferenceClient(address);
  const stop = async () => {
    client.close();
    const exit = once(program, 'exit');
    program.kill('SIGTERM');
    return ((await exit) as [number | null])[0];
  };
  return { client, program, stop };
}

/** For the end of a spec: whatever still runs. */
export function killAll(): void {
  for (const program of programs) if (program.exitCode === null) program.kill('SIGKILL');
}
