/** Built programs as real processes on free ports, for specs. */
import { fork, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { testPath } from './test-database.config.js';

/** What `npm run build` makes. */
export const builtApps = join(__dirname, '..', '..', '..', '..', 'dist', 'apps');

export interface TestProgram {
  readonly port: number;
  /** "host:port". */
  readonly address: string;
  readonly process: ChildProcess;
  /** Sends the signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a program of dist/apps and waits until it is ready.
 * @param program path below dist/apps
 * @param environment makes the program's environment from the port it is to listen on
 * @throws Error with the line the program refused to start with
 */
export async function startProgram(
  program: string,
  environment: (port: number) => Record<string, string>,
): Promise<TestProgram> {
  const port = await freePort();
  const child = fork(join(builtApps, program), {
    env: { PATH: testPath(), LOG_LEVEL: 'silent', ...environment(port) },
    execArgv: [],
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('message', (message: { type: string; message?: string }) =>
      message.type === 'ready' ? resolve() : reject(new Error(message.message)),
    );
    child.once('exit', (code) => reject(new Error(`${program} ended with code ${code}.`)));
  });
  return {
    port,
    address: `127.0.0.1:${port}`,
    process: child,
    end: (signal) => {
      child.kill(signal);
      return gone;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
