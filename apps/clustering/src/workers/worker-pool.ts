import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DomainError } from '@cairn/contracts';
import type { ResultMessage, Task, TaskMessage, TaskResults } from './tasks.js';

/** The built program of a worker: beside this file once built. Tests build it and give its path. */
const builtWorker = join(__dirname, 'kmeans-worker.js');

/** A thread without work ends after this time and gives its memory back. */
const idleMs = 30_000;

interface Job {
  readonly task: Task;
  readonly signal: AbortSignal;
  resolve(result: TaskResults[Task['kind']]): void;
  reject(reason: unknown): void;
}

interface Thread {
  readonly worker: Worker;
  job?: Job;
  idle?: NodeJS.Timeout;
}

/** Runs tasks on a fixed number of worker threads, first come, first served. Threads start when there is work. */
export class WorkerPool {
  private readonly threads = new Set<Thread>();
  private readonly queue: Job[] = [];
  private closed = false;

  constructor(
    /** Most threads. */
    readonly size: number,
    private readonly program = builtWorker,
  ) {}

  /**
   * The result of a task. When the signal is aborted a waiting task is dropped and a running one ends within a block
   * of rows; both reject with the signal's reason.
   */
  run<K extends Task['kind']>(task: Extract<Task, { kind: K }>, signal: AbortSignal): Promise<TaskResults[K]> {
    return new Promise<TaskResults[Task['kind']]>((resolve, reject) => {
      if (signal.aborted || this.closed) return reject(signal.reason ?? new Error('The worker pool is closed.'));
      this.queue.push({ task, signal, resolve, reject });
      this.dispatch();
    }) as Promise<TaskResults[K]>;
  }

  /** Ends all threads; work in progress is rejected. */
  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.queue.splice(0)) job.reject(new Error('The worker pool was closed.'));
    await Promise.all([...this.threads].map(({ worker }) => worker.terminate()));
  }

  private dispatch(): void {
    for (;;) {
      while (this.queue[0]?.signal.aborted) {
        const dropped = this.queue.shift()!;
        dropped.reject(dropped.signal.reason);
      }
      if (this.queue.length === 0) return;
      const thread = [...this.threads].find(({ job }) => job === undefined) ?? this.start();
      if (thread === undefined) return;
      this.give(thread, this.queue.shift()!);
    }
  }

  private start(): Thread | undefined {
    if (this.threads.size >= this.size || this.closed) return undefined;
    const thread: Thread = { worker: new Worker(this.program) };
    this.threads.add(thread);
    const lost = (reason: unknown) => {
      this.threads.delete(thread);
      clearTimeout(thread.idle);
      thread.job?.reject(reason);
      thread.job = undefined;
      if (!this.closed) this.dispatch();
    };
    thread.worker.on('error', lost);
    thread.worker.on('exit', (code) => lost(new Error(`A clustering worker ended with exit code ${code}.`)));
    return thread;
  }

  private give(thread: Thread, job: Job): void {
    thread.job = job;
    clearTimeout(thread.idle);
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const cancel = () => Atomics.store(cancelled, 0, 1);
    job.signal.addEventListener('abort', cancel, { once: true });
    thread.worker.once('message', (message: ResultMessage) => {
      job.signal.removeEventListener('abort', cancel);
      thread.job = undefined;
      if (message.outcome === 'done') job.resolve(message.result);
      else if (message.outcome === 'refused') job.reject(DomainError.invalid(message.field, message.message));
      else job.reject(message.outcome === 'failed' ? message.error : job.signal.reason);
      this.dispatch();
      if (thread.job === undefined) thread.idle = setTimeout(() => this.retire(thread), idleMs).unref();
    });
    thread.worker.postMessage({ task: job.task, cancelled } satisfies TaskMessage);
  }

  private retire(thread: Thread): void {
    // Forgotten first: a task must not go to a thread that is ending.
    this.threads.delete(thread);
    void thread.worker.terminate();
  }
}
