import type { EncodingSpec } from './encoding-spec.js';

/** The texts of one request on their way through the encoder. */
export class EncodingWork {
  /** `[count, spec.dimension]`, row-major; filled row by row as batches come back. */
  readonly vectors: Float32Array;
  /** Rows whose vector is not finite. */
  readonly failed: number[] = [];
  /** Resolves when the last row is in; rejects when the request is cancelled or a batch fails. */
  readonly done: Promise<void>;
  /** When the first of its batches began, in milliseconds of `performance.now()`; 0 before. */
  startedAt = 0;
  private missing: number;
  private ended = false;
  private resolve: () => void;
  private reject: (error: Error) => void;

  /**
   * @param count rows of `vectors`
   * @param texts how many of them come from the encoder; the others stay zero
   * @param spec what is wanted of each text
   * @param signal aborted when nobody waits for the vectors any more
   */
  constructor(
    count: number,
    texts: number,
    readonly spec: EncodingSpec,
    private readonly signal: AbortSignal,
  ) {
    this.vectors = new Float32Array(count * spec.dimension);
    this.missing = texts;
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    if (texts === 0) this.resolve();
    if (signal.aborted) this.onAbort();
    else signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Nobody waits for it: cancelled or failed. */
  get over(): boolean {
    return this.ended;
  }

  /** Takes the vector that begins at `from` of a batch's vectors as row `row`. */
  fill(row: number, vectors: Float32Array, from: number): void {
    const { dimension } = this.spec;
    this.vectors.set(vectors.subarray(from, from + dimension), row * dimension);
    if (--this.missing === 0) this.settle(() => this.resolve());
  }

  fail(error: Error): void {
    this.settle(() => this.reject(error));
  }

  private readonly onAbort = () => this.fail(this.signal.reason as Error);

  private settle(settle: () => void): void {
    if (this.ended) return;
    this.ended = true;
    this.signal.removeEventListener('abort', this.onAbort);
    settle();
  }
}
