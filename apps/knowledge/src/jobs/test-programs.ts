/** The built programs that jobs need, as real processes on free ports, for specs. */
import { fork, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { testPath } from '../persistence/test-database.config.js';

export interface TestProgram {
  readonly address: string;
  readonly process: ChildProcess;
  /** Sends the signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

const built = join(__dirname, '..', '..', '..', '..', 'dist', 'apps');

/**
 * Starts `dist/apps/<app>/src/main.js` and waits until it is ready. Build before: startTestDatabase does.
 * @param environment makes the program's environment from the address it is to listen on
 * @throws Error with the line the program refused to start with
 */
export async function startProgram(
  app: 'inference' | 'clustering' | 'knowledge',
  environment: (address: string) => Record<string, string>,
): Promise<TestProgram> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = fork(join(built, app, 'src', 'main.js'), {
    env: { PATH: testPath(), LOG_LEVEL: 'silent', ...environment(address) },
    execArgv: [],
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('message', (message: { type: string; message?: string }) =>
      message.type === 'ready' ? resolve() : reject(new Error(message.message)),
    );
    child.once('exit', (code) => reject(new Error(`The program ${app} ended with code ${code}.`)));
  });
  return {
    address,
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
