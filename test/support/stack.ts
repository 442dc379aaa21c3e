/**
 * The whole of Cairn as a user starts it: `cairn start` on a data directory of its own, with the embedded database, or
 * with a fresh database on the PostgreSQL that TEST_DATABASE_URL names.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { repository } from './repository.js';

export { repository };
const program = join(repository, 'dist/apps/cli/src/main.js');

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GraphQLAnswer<T> {
  readonly data: T;
  readonly errors?: ReadonlyArray<{ message: string; path?: string[]; extensions: Record<string, unknown> }>;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function createDatabase(
  server = process.env['TEST_DATABASE_URL'],
): Promise<{ url: string; drop(): Promise<void> } | undefined> {
  if (server === undefined || server === '') return undefined;
  const name = `cairn_e2e_${randomUUID().replaceAll('-', '')}`;
  const run = async (statement: string) => {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** Runs a program of Cairn to its end. */
export function runCli(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  input?: string | Buffer,
): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: repository,
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
    child.stdin.end(input ?? '');
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

export class Stack {
  private child: ChildProcess;
  private output = '';

  private constructor(
    readonly data: string,
    readonly port: number,
    private readonly database: Awaited<ReturnType<typeof createDatabase>>,
    private readonly settings: NodeJS.ProcessEnv,
  ) {}

  /**
   * An empty Cairn, ready to answer.
   * @param settings more environment for it
   */
  static async start(settings: NodeJS.ProcessEnv = {}): Promise<Stack> {
    const data = mkdtempSync(join(tmpdir(), 'cairn-e2e-'));
    const stack = new Stack(data, await freePort(), await createDatabase(settings['TEST_DATABASE_URL']), settings);
    await stack.launch();
    return stack;
  }

  /** Process id of the supervisor. */
  get pid(): number {
    return this.child.pid!;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      CAIRN_DATA: this.data,
      CAIRN_URL: this.url,
      CAIRN_KEY: '',
      DATABASE_URL: this.database?.url ?? '',
      ...this.settings,
    };
  }

  get key(): string {
    return readFileSync(join(this.data, 'admin.key'), 'utf8').trim();
  }

  /** What the supervisor printed so far. */
  get printed(): string {
    return this.output;
  }

  async launch(): Promise<void> {
    this.child = spawn(process.execPath, [program, 'start', '--empty', '--port', String(this.port)], {
      cwd: repository,
      env: { ...process.env, NODE_OPTIONS: '', ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (chunk: Buffer) => (this.output += chunk);
    this.child.stdout!.on('data', collect);
    this.child.stderr!.on('data', collect);
    let ended: number | null | undefined;
    this.child.on('exit', (code) => (ended = code));
    for (const deadline = Date.now() + 150_000; ;) {
      const ready = await fetch(new URL('/health/ready', this.url)).catch(() => undefined);
      if (ready?.ok) return;
      if (ended !== undefined || Date.now() > deadline)
        throw new Error(`The stack did not start (exit code ${ended}):\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ctrl-C; resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    return ended;
  }

  async stop(): Promise<void> {
    await this.interrupt();
    await this.database?.drop();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Process ids of a service of this stack, found by what the system says they run and belong to. */
  processes(program: string): number[] {
    return childrenOf(this.child.pid!).filter((pid) => commandLine(pid).includes(program));
  }

  cli(args: readonly string[], input?: string | Buffer): Promise<CliResult> {
    return runCli(args, this.environment, input);
  }

  /** One GraphQL request; as the admin unless `key` says otherwise (null: anonymous). */
  async graphql<T = Record<string, never>>(
    query: string,
    variables: Record<string, unknown> = {},
    key: string | null = this.key,
  ): Promise<GraphQLAnswer<T>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphQLAnswer<T>;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') + environmentOf(pid);
  } catch {
    return '';
  }
}

function environmentOf(pid: number): string {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll('\0', ' ');
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
