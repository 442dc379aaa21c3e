/**
 * Processes of the benchmark with functions to call. Load generators and peers each have their own, so that none
 * waits for the event loop of another.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { isAbsolute, join } from 'node:path';

type Method = (...args: never[]) => unknown;
type Result<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;
type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: unknown[];
}
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A running process; F is what it serves. */
export class Child<F> {
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private calls = 0;

  private constructor(private readonly process: ChildProcess) {
    process.on('message', ({ id, value, error }: Answer) => {
      const call = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) call?.resolve(value);
      else call?.reject(new Error(error));
    });
    process.on('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`A process ended: ${signal ?? code}.`));
      this.waiting.clear();
    });
  }

  /** @param script of this folder, without its ending; or a whole path */
  static start<F>(script: string): Child<F> {
    return new Child(
      fork(isAbsolute(script) ? script : join(__dirname, `${script}.js`), { execArgv: [], serialization: 'advanced' }),
    );
  }

  call<K extends keyof F & string>(name: K, ...args: Arguments<F[K]>): Promise<Result<F[K]>> {
    const id = this.calls++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.process.send({ id, name, args } satisfies Call);
    });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.disconnect();
    await ended;
  }
}

/** In the child: answers calls until the parent is gone. */
export function serve(functions: Record<string, Method>): void {
  const answer = (message: Answer) => process.send?.(message);
  process.on('message', ({ id, name, args }: Call) => {
    void (async () => functions[name](...(args as never[])))().then(
      (value) => answer({ id, value }),
      (error: Error) => answer({ id, error: error.stack ?? error.message }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
