import { DomainError } from '@cairn/contracts';
import type { Lane } from './lanes.js';

/** Share of the places that bulk work may take: the rest stays free for somebody who waits. */
const bulkShare = 0.75;

interface Waiting {
  readonly texts: number;
  readonly lane: Lane;
  readonly admit: () => void;
}

/**
 * The bound on texts in the service, waiting or in work. A single request that finds no room is refused at once;
 * a stream waits, and through its back-pressure so does its sender.
 */
export class Admission {
  private inside = 0;
  private readonly queue: Waiting[] = [];
  private textsPerMs = 1;

  /** @param limit texts that may be in the service */
  constructor(private readonly limit: number) {}

  /** Texts in the service now. */
  get occupied(): number {
    return this.inside;
  }

  /** Takes places or throws OVERLOADED with the time after which there is likely to be room. */
  enter(texts: number, lane: Lane): void {
    if (!this.fits(texts, lane)) {
      const excess = this.inside + texts - this.capacity(lane);
      const retryAfterMs = Math.min(30_000, Math.max(50, Math.ceil(excess / this.textsPerMs)));
      throw new DomainError(
        'OVERLOADED',
        `${this.inside} texts are waiting already; try again in ${retryAfterMs} ms.`,
        { retryAfterMs },
      );
    }
    this.inside += texts;
  }

  /** Waits for places, in turn. Rejects when the signal is aborted. */
  async enterInTurn(texts: number, lane: Lane, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.queue.length === 0 && this.fits(texts, lane)) {
      this.inside += texts;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.queue.splice(this.queue.indexOf(waiting), 1);
        reject(signal.reason as Error);
        this.admitWaiting();
      };
      const waiting: Waiting = {
        texts,
        lane,
        admit: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.queue.push(waiting);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Gives places back. `ms`: how long the texts were inside, for the estimate of the rate. */
  leave(texts: number, ms: number): void {
    if (ms > 0 && texts > 0) this.textsPerMs = 0.9 * this.textsPerMs + 0.1 * (this.inside / ms);
    this.inside -= texts;
    this.admitWaiting();
  }

  private admitWaiting(): void {
    while (this.queue.length > 0 && this.fits(this.queue[0].texts, this.queue[0].lane)) {
      const next = this.queue.shift() as Waiting;
      this.inside += next.texts;
      next.admit();
    }
  }

  private capacity(lane: Lane): number {
    return lane === 'bulk' ? Math.floor(this.limit * bulkShare) : this.limit;
  }

  private fits(texts: number, lane: Lane): boolean {
    return this.inside + texts <= this.capacity(lane);
  }
}
