import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { repository } from '../repository.js';

/** A PostgreSQL server of its own, to be killed: another cluster of the one that scripts/provision-postgres.sh installs. */
export class PostgresServer {
  private constructor(
    readonly url: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly pidFile: string,
  ) {}

  static start(port = 55437): PostgresServer {
    const root = process.env['CAIRN_POSTGRES_ROOT'] ?? join(homedir(), '.cache/cairn/postgres-17');
    const environment = {
      ...process.env,
      CAIRN_POSTGRES_CLUSTER: 'crashes',
      CAIRN_POSTGRES_PORT: String(port),
    };
    const pidFile = join(root, 'var/lib/postgresql/17/crashes/postmaster.pid');
    const server = new PostgresServer(`postgres://postgres@127.0.0.1:${port}/postgres`, environment, pidFile);
    server.run('start');
    return server;
  }

  /** `kill -9` of the server; its children end when they notice. */
  kill(): void {
    process.kill(Number(readFileSync(this.pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
  }

  /**
   * What the system's own supervisor would do: starts it again, as soon as the children of the killed one are gone. As
   * long as nobody has taken note of its end, a killed server counts as running, so a start is believed only if it answers.
   */
  async restart(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await sleep(300);
      try {
        this.run('start');
        const client = new Client({ connectionString: this.url });
        await client.connect();
        return await client.end();
      } catch (error) {
        if (attempt === 60) throw error;
      }
    }
  }

  stop(): void {
    this.run('stop');
  }

  private run(command: 'start' | 'stop'): void {
    execFileSync(join(repository, 'scripts/provision-postgres.sh'), [command], {
      env: this.environment,
      stdio: 'ignore',
    });
  }
}
