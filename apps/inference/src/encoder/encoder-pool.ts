import { join } from 'node:path';
import type { Lane } from '../batching/lanes.js';
import { TokenBatcher, type Batchable } from '../batching/token-batcher.js';
import { RestartingWorker, WorkerCrash } from '../threads/restarting-worker.js';
import { workerUnavailable } from '../threads/retry-once.js';
import type { TokenizedTexts } from '../tokenization/encode-texts.js';
import type { EncoderAnswer, EncoderData, EncoderRequest } from './encoder.worker.js';
import { EncodingWork } from './encoding-work.js';

type Session = RestartingWorker<EncoderData, EncoderRequest, EncoderAnswer, Record<string, never>>;

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

/** The sessions of one encoder, each in its own thread, fed from one queue. */
export class EncoderPool {
  private readonly batcher: TokenBatcher<QueuedText>;
  private readonly idle: Session[];

  private constructor(
    private readonly sessions: readonly Session[],
    private readonly dimension: number,
    tokenBudget: number,
  ) {
    this.batcher = new TokenBatcher(tokenBudget);
    this.idle = [...sessions];
  }

  /** @throws INVALID_INPUT if the ONNX file is not an encoder */
  static async start(
    data: EncoderData,
    sessionCount: number,
    tokenBudget: number,
    onCrash: (error: Error) => void,
  ): Promise<EncoderPool> {
    const file = join(__dirname, 'encoder.worker.js');
    const started = await Promise.allSettled(
      Array.from({ length: sessionCount }, (): Promise<Session> => RestartingWorker.start(file, data, onCrash)),
    );
    const sessions = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const failure = started.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) {
      await Promise.all(sessions.map((session) => session.close()));
      throw failure.reason;
    }
    return new EncoderPool(sessions, data.dimension, tokenBudget);
  }

  /**
   * Queues texts and waits for their vectors. Batches form across requests.
   * @param mode how they are pooled, see rowMode
   */
  encode(texts: TokenizedTexts, mode: number, lane: Lane, signal: AbortSignal): EncodingWork {
    const work = new EncodingWork(texts.lengths.length, this.dimension, mode, signal);
    const queued: QueuedText[] = [];
    let at = 0;
    texts.lengths.forEach((length, row) => {
      queued.push(new QueuedText(texts.ids.subarray(at, at + length), work, row));
      at += length;
    });
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
      if (batch === undefined) return;
      const session = this.idle.pop() as Session;
      void this.run(session, batch.lane, batch.texts).finally(() => {
        this.idle.push(session);
        this.dispatch();
      });
    }
  }

  private async run(session: Session, lane: Lane, texts: QueuedText[]): Promise<void> {
    const now = performance.now();
    for (const { work } of texts) work.startedAt ||= now;
    try {
      const request = toRequest(texts);
      const transfer = [request.ids.buffer, request.lengths.buffer, request.modes.buffer] as ArrayBuffer[];
      const { vectors, failed } = await session.request(request, transfer);
      for (const i of failed) texts[i].work.failed.push(texts[i].row);
      texts.forEach(({ work, row }, i) => work.fill(row, vectors, i));
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
  return { ids, lengths, modes: Uint8Array.from(texts, (text) => text.work.mode) };
}
