/**
 * The raw limit: what ONNX Runtime does with the same texts when nothing else is asked of it. Texts are tokenized, sorted by
 * length and padded before the clock runs; nothing is pooled, nothing is sent. Sessions x threads, batch sizes and the
 * memory arena are tried, and the fastest are kept.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { serve } from './child.js';
import { measureRate, textsPerSecond, type Rate } from './rate.js';
import { batchesOf, tokenizeAll } from './raw-batches.js';
import type { RawMessage, RawSession } from './raw-limit.worker.js';

/** How the texts are run. */
export interface RawPlan {
  readonly sessions: number;
  readonly threads: number;
  readonly arena: boolean;
  /** Padded tokens of a batch. */
  readonly budget: number;
}

/** An ONNX file, and whether it is the one that the engine made. */
export interface RawGraph {
  readonly file: string;
  readonly engine: boolean;
}

export interface RawLimitFunctions {
  /**
   * Finds the fastest plan for some texts.
   * @param seconds of each trial
   */
  prepare(folder: string, graph: RawGraph, texts: readonly string[], seconds: number): Promise<RawPlan>;
  measure(seconds: number): Promise<Rate>;
}

const budgets = [256, 512, 1024, 2048, 4096];

/** Sessions that share batches: each takes the next one when it is free. */
class Sessions {
  private batches = 0;

  private constructor(private readonly workers: readonly Worker[]) {}

  static async open({ file, engine }: RawGraph, { sessions, threads, arena }: RawPlan): Promise<Sessions> {
    const workerData: RawSession = { graph: file, threads, arena, engineGraph: engine };
    const script = join(__dirname, 'raw-limit.worker.js');
    const workers = Array.from({ length: sessions }, () => new Worker(script, { workerData }));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    return new Sessions(workers);
  }

  async load(tokenized: readonly number[][], budget: number): Promise<void> {
    const batches = batchesOf(tokenized, budget);
    this.batches = batches.length;
    await this.tell({ batches });
  }

  /** Runs all batches some times over; resolves with the texts done. */
  async run(texts: number, passes: number): Promise<number> {
    if (this.batches * passes >= 2 ** 31) throw new RangeError('Too many passes.');
    await this.tell({ turn: new Int32Array(new SharedArrayBuffer(4)), passes });
    return texts * passes;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private async tell(message: RawMessage): Promise<void> {
    const told = this.workers.map((worker) => once(worker, 'message'));
    for (const worker of this.workers) worker.postMessage(message);
    await Promise.all(told);
  }
}

const passesFor = (seconds: number, rate: number, texts: number) => Math.max(1, Math.round((seconds * rate) / texts));

/** Texts/s over some texts. The first pass also fills the arena; if it was shorter than the time, others are measured. */
async function speedOf(open: Sessions, texts: number, seconds: number): Promise<number> {
  const first = await measureRate(() => open.run(texts, 1));
  if (first.seconds >= seconds) return textsPerSecond(first);
  const passes = passesFor(seconds, textsPerSecond(first), texts);
  return textsPerSecond(await measureRate(() => open.run(texts, passes)));
}

/** About `most` of the texts, of all lengths alike. */
function thinOut(tokenized: readonly number[][], most: number): number[][] {
  const every = Math.max(1, Math.floor(tokenized.length / most));
  return [...tokenized].sort((a, b) => a.length - b.length).filter((_, i) => i % every === 0);
}

/** Tries every plan; the fastest, and its texts/s. */
async function fastestPlan(graph: RawGraph, tokenized: readonly number[][], seconds: number) {
  const cores = availableParallelism();
  const layouts = [
    { sessions: 1, threads: cores },
    { sessions: cores, threads: 1 },
  ].flatMap((layout) => [true, false].map((arena) => ({ ...layout, arena })));
  let best: { plan: RawPlan; rate: number } | undefined;
  for (const layout of layouts) {
    const open = await Sessions.open(graph, { ...layout, budget: 0 });
    for (const budget of budgets) {
      const some = thinOut(tokenized, Math.max(64, seconds * (best?.rate ?? 0)));
      await open.load(some, budget);
      const rate = await speedOf(open, some.length, seconds);
      if (best === undefined || rate > best.rate) best = { plan: { ...layout, budget }, rate };
    }
    await open.close();
  }
  return best!;
}

let sessions: Sessions | undefined;
let texts = 0;
let rate = 0;

const functions: RawLimitFunctions = {
  async prepare(folder, graph, given, seconds) {
    await sessions?.close();
    const tokenized = tokenizeAll(folder, given);
    const { plan } = await fastestPlan(graph, tokenized, seconds);
    sessions = await Sessions.open(graph, plan);
    await sessions.load(tokenized, plan.budget);
    texts = given.length;
    rate = await speedOf(sessions, texts, seconds);
    return plan;
  },
  measure(seconds) {
    const open = sessions!;
    return measureRate(() => open.run(texts, passesFor(seconds, rate, texts)));
  },
};

serve({ ...functions });
