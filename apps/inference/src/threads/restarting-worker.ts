import { Worker, type Transferable } from 'node:worker_threads';
import { fromFailure } from './from-failure.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** What a batch leaves behind is garbage at once: a small young generation keeps a thread from piling it up. */
const youngGeneration = { maxYoungGenerationSizeMb: 4 };

/** The thread died with the request in hand. The request itself may be fine: it can be tried again. */
export class WorkerCrash extends Error {
  override name = 'WorkerCrash';
}

interface Pending<R> {
  readonly resolve: (answer: R) => void;
  readonly reject: (error: Error) => void;
}

interface Incarnation<R, I> {
  readonly worker: Worker;
  readonly info: I;
  readonly pending: Map<number, Pending<R>>;
}

/**
 * A worker thread that answers requests and is started again when it dies. Requests in hand when it dies are
 * rejected with WorkerCrash; later ones wait for the new thread.
 */
export class RestartingWorker<D, Q, R, I> {
  private current: Promise<Incarnation<R, I>>;
  private readonly inHand = new Set<Promise<R>>();
  private nextId = 0;
  private closed = false;

  private constructor(
    private readonly file: string,
    private readonly data: D,
    private readonly onCrash: (error: Error) => void,
  ) {
    this.current = this.spawn();
  }

  /**
   * Starts the thread and waits until it is ready.
   * @param file JavaScript file that calls `serveRequests`
   * @param data what its `start` gets
   * @param onCrash told of every death that was not asked for
   * @throws what the thread's `start` threw
   */
  static async start<D, Q, R, I>(
    file: string,
    data: D,
    onCrash: (error: Error) => void,
  ): Promise<RestartingWorker<D, Q, R, I>> {
    const worker = new RestartingWorker<D, Q, R, I>(file, data, onCrash);
    await worker.current;
    return worker;
  }

  /** What the thread told of itself when it was ready. */
  async info(): Promise<I> {
    return (await this.current).info;
  }

  /** Sends one request. Rejects with WorkerCrash if the thread dies, or with what its handler threw. */
  async request(request: Q, transfer: Transferable[] = []): Promise<R> {
    const { worker, pending } = await this.alive();
    const answer = new Promise<R>((resolve, reject) => {
      const id = this.nextId++;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, request } satisfies ToWorker<Q>, transfer);
    });
    this.inHand.add(answer);
    return answer.finally(() => this.inHand.delete(answer));
  }

  /**
   * Ends the thread once the requests in hand are answered: to end a thread inside ONNX Runtime ends the process.
   */
  async close(): Promise<void> {
    this.closed = true;
    const incarnation = await this.current.catch(() => undefined);
    await Promise.allSettled(this.inHand);
    await incarnation?.worker.terminate();
  }

  private async alive(): Promise<Incarnation<R, I>> {
    if (this.closed) throw new WorkerCrash('The thread has been closed.');
    try {
      return await this.current;
    } catch {
      // The last restart failed (out of memory, say): this request tries another one.
      this.current = this.spawn();
      return this.current.catch((error: Error) => {
        throw new WorkerCrash(`The thread cannot be started again: ${error.message}`);
      });
    }
  }

  private spawn(): Promise<Incarnation<R, I>> {
    const worker = new Worker(this.file, { workerData: this.data, resourceLimits: youngGeneration });
    const pending = new Map<number, Pending<R>>();
    let cause: Error | undefined;
    let ready = false;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker<R, I>) => {
        if (message.type === 'ready') {
          ready = true;
          resolve({ worker, info: message.info, pending });
        } else if (message.type === 'failed') {
          reject(fromFailure(message.failure));
          void worker.terminate();
        } else {
          const waiting = pending.get(message.id);
          pending.delete(message.id);
          if (message.type === 'answer') waiting?.resolve(message.answer);
          else waiting?.reject(fromFailure(message.failure));
        }
      });
      worker.on('error', (error: unknown) => (cause = error instanceof Error ? error : new Error(String(error))));
      worker.on('exit', (code) => {
        const crash = new WorkerCrash(
          `A worker thread ended with code ${code}: ${cause?.message ?? 'no reason given'}`,
        );
        reject(crash);
        for (const waiting of pending.values()) waiting.reject(crash);
        if (!ready || this.closed) return;
        this.onCrash(cause ?? crash);
        this.current = this.spawn();
        this.current.catch((error: Error) => this.onCrash(error));
      });
    });
  }
}
