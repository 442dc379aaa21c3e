import { spawn, type ChildProcess } from 'node:child_process';
import type { ServiceLog } from './service-log.js';

/** How to run one service. */
export interface ServicePlan {
  readonly name: string;
  /** Program to run. */
  readonly main: string;
  /** Services of a lower stage are ready before this one starts. */
  readonly stage: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Options for node itself. */
  readonly nodeOptions: readonly string[];
}

/** A service that did not start; the message is the line it gave, or what became of it. */
export class ServiceStartError extends Error {
  override name = 'ServiceStartError';
}

/** The messages of libs/service-kit's runProcess. */
type ServiceMessage = { type: 'ready' } | { type: 'failed'; message: string };

/** One run of a service: from its start to its exit. */
export class ServiceProcess {
  /** Settles when the process has ended, in words: "exit code 1", "signal SIGKILL". */
  readonly exited: Promise<string>;
  private readonly child: ChildProcess;

  constructor(
    private readonly plan: ServicePlan,
    private readonly log: ServiceLog,
  ) {
    this.child = spawn(process.execPath, [...plan.nodeOptions, plan.main], {
      env: { ...plan.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A process group of its own: Ctrl-C in the terminal reaches the supervisor only, which stops all in order.
      detached: process.platform !== 'win32',
    });
    log.follow(this.child.stdout!);
    log.follow(this.child.stderr!);
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
      this.child.once('error', (error) => resolve(error.message));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Waits until the service says it is ready.
   * @throws ServiceStartError if it says it failed, ends, or says nothing for `timeoutMs`
   */
  async ready(timeoutMs: number): Promise<void> {
    const { name } = this.plan;
    let timer: NodeJS.Timeout | undefined;
    const told = new Promise<void>((resolve, reject) => {
      this.child.on('message', (message: ServiceMessage) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'failed') reject(new ServiceStartError(`${name}: ${message.message}`));
      });
      timer = setTimeout(
        () =>
          reject(new ServiceStartError(`${name} was not ready within ${timeoutMs / 1000} s; see ${this.log.path}.`)),
        timeoutMs,
      );
    });
    const ended = this.exited.then(async (how) => {
      // Its last message may still be on the way.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const last = this.log.lastLines().at(-1);
      throw new ServiceStartError(
        `${name} ended while starting (${how})${last ? `: ${last}` : ''}; see ${this.log.path}.`,
      );
    });
    try {
      await Promise.race([told, ended]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks the service to stop; kills it if it has not by `deadline` (milliseconds since the epoch). */
  async stop(deadline: number): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), Math.max(0, deadline - Date.now()));
    await this.exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
