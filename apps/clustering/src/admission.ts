import { DomainError } from '@cairn/contracts';

/** A call that finds the waiting room full is told to come back after this time. */
const retryAfterMs = 5_000;

/** Lets a few calls hold their vectors in memory at once; a few more wait, the others are turned away. */
export class Admission {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly places: number,
    private readonly waitingPlaces: number,
  ) {}

  /**
   * Waits for a place; returns the function that gives it back.
   * @throws OVERLOADED at once if too many wait already; the signal's reason if it is aborted while waiting
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.inside < this.places) this.inside++;
    else {
      if (this.waiting.length >= this.waitingPlaces)
        throw new DomainError('OVERLOADED', 'Too many clusterings are waiting; try again in a few seconds.', {
          retryAfterMs,
        });
      await this.wait(signal);
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.waiting.shift();
      if (next === undefined) this.inside--;
      else next();
    };
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(admit), 1);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(admit);
    });
  }
}
