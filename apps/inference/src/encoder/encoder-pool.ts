import type { Lane } from '../batching/lanes.js';
import { TokenBatcher, type Batchable, type BatchBudgets } from '../batching/token-batcher.js';
import type { EngineObserver } from '../metrics/observer.js';
import { WorkerCrash } from '../threads/restarting-worker.js';
import { workerUnavailable } from '../threads/retry-once.js';
import type { TokenizedTexts } from '../tokenization/encode-texts.js';
import type { ChosenDevice } from './devices.js';
import type { EncoderRequest } from './encoder.worker.js';
import type { EncodingSpec } from './encoding-spec.js';
import { EncodingWork } from './encoding-work.js';
import type { Session } from './open-sessions.js';

/** One text in the queue: its ids and where its vector goes. */
class QueuedText implements Batchable {
  attempts = 0;

  constructor(
    readonly ids: Int32Array,
    readonly work: EncodingWork,
    readonly row: number,
  ) {}

  get length(): number {
    return this.ids.length;
  }
  get cancelled(): boolean {
    return this.work.over;
  }
}

export interface PoolOptions {
  /** The encoder's id, for the figures. */
  readonly model: string;
  readonly device: ChosenDevice;
  readonly budgets: BatchBudgets;
  readonly observer: EngineObserver;
}

/** The sessions of one encoder, each in its own thread, fed from one queue. */
export class EncoderPool {
  private readonly batcher: TokenBatcher<QueuedText>;
  private readonly idle: Session[];
  private currentDevice: ChosenDevice;

  /** @param sessions open ones; the pool closes them */
  constructor(
    private readonly sessions: readonly Session[],
    private readonly options: PoolOptions,
  ) {
    this.batcher = new TokenBatcher(options.budgets);
    this.idle = [...sessions];
    this.currentDevice = options.device;
  }

  /** Where the sessions run now; after a device failed it is another than at first. */
  get device(): ChosenDevice {
    return this.currentDevice;
  }

  get busySessions(): number {
    return this.sessions.length - this.idle.length;
  }

  /** What waits in a lane. */
  waiting(lane: Lane): { readonly texts: number; readonly tokens: number } {
    return { texts: this.batcher.texts(lane), tokens: this.batcher.tokens(lane) };
  }

  /**
   * Queues texts and waits for their vectors. Batches form across requests.
   * @param wanted whether a row is to be encoded at all; the others stay zero
   */
  encode(
    texts: TokenizedTexts,
    spec: EncodingSpec,
    lane: Lane,
    signal: AbortSignal,
    wanted: (row: number) => boolean = () => true,
  ): EncodingWork {
    const rows: number[] = [];
    for (let row = 0; row < texts.lengths.length; row++) if (wanted(row)) rows.push(row);
    const work = new EncodingWork(texts.lengths.length, rows.length, spec, signal);
    const queued: QueuedText[] = [];
    let next = 0;
    for (let row = 0, at = 0; row < texts.lengths.length; at += texts.lengths[row++])
      if (rows[next] === row) {
        queued.push(new QueuedText(texts.ids.subarray(at, at + texts.lengths[row]), work, row));
        next++;
      }
    this.batcher.add(lane, queued);
    this.dispatch();
    return work;
  }

  async close(): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.close()));
  }

  /** Gives a batch to every idle session. */
  private dispatch(): void {
    while (this.idle.length > 0) {
      const batch = this.batcher.next();
      const dropped = this.batcher.takeDropped();
      if (dropped > 0) this.options.observer.dropped(this.options.model, dropped);
      if (batch === undefined) return;
      const session = this.idle.pop() as Session;
      void this.run(session, batch.lane, batch.texts).finally(() => {
        this.idle.push(session);
        this.dispatch();
      });
    }
  }

  private async run(session: Session, lane: Lane, texts: QueuedText[]): Promise<void> {
    const { observer, model } = this.options;
    const now = performance.now();
    for (const { work } of texts) work.startedAt ||= now;
    try {
      const request = toRequest(texts);
      const tokens = request.ids.length;
      const transfer = [request.ids.buffer, request.lengths.buffer, request.specOf.buffer] as ArrayBuffer[];
      let longest = 0;
      for (const text of texts) longest = Math.max(longest, text.length);
      const { vectors, failed, ms, fallBack } = await session.request(request, transfer);
      for (const i of failed) texts[i].work.failed.push(texts[i].row);
      let at = 0;
      for (const { work, row } of texts) {
        work.fill(row, vectors, at);
        at += work.spec.dimension;
      }
      observer.batch({ model, lane, texts: texts.length, tokens, paddedTokens: longest * texts.length, ms });
      if (fallBack !== undefined) {
        this.currentDevice = fallBack.to;
        observer.fellBack(model, fallBack.from, fallBack.to.name, fallBack.to.reason);
      }
    } catch (error) {
      if (!(error instanceof WorkerCrash)) return texts.forEach(({ work }) => work.fail(error as Error));
      // The batch goes to another session, or to the restarted one; twice in a row, and the batch is the cause.
      const again = texts.filter((text) => text.attempts++ === 0);
      for (const text of texts) if (text.attempts > 1) text.work.fail(workerUnavailable());
      this.batcher.putBack(lane, again);
    }
  }
}

function toRequest(texts: readonly QueuedText[]): EncoderRequest {
  const lengths = Int32Array.from(texts, (text) => text.length);
  const ids = new Int32Array(lengths.reduce((total, length) => total + length, 0));
  let at = 0;
  for (const text of texts) {
    ids.set(text.ids, at);
    at += text.length;
  }
  const specs: EncodingSpec[] = [];
  const specOf = Uint16Array.from(texts, ({ work }) => {
    const known = specs.indexOf(work.spec);
    return known >= 0 ? known : specs.push(work.spec) - 1;
  });
  return { ids, lengths, specs, specOf };
}
