/** What a caller may spend: an operation costs what it may resolve, and at least 1. */
export interface Budget {
  /** Cost units a minute; 0: no limit. */
  readonly perMinute: number;
}

interface Bucket {
  /** Units left when it was last looked at. */
  left: number;
  at: number;
}

const maxBuckets = 50_000;

/**
 * A token bucket per caller: full with a minute's budget, refilled continuously. An operation dearer than the whole
 * bucket passes when it is full and is paid off afterwards, so that no allowed operation is refused for ever.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly budget: Budget,
    private readonly now: () => number = Date.now,
  ) {}

  /** @returns 0 if it may be done, else the milliseconds after which to come back; then nothing was spent */
  spend(caller: string, cost: number): number {
    const { perMinute } = this.budget;
    if (perMinute === 0) return 0;
    const now = this.now();
    const bucket = this.buckets.get(caller) ?? { left: perMinute, at: now };
    const left = Math.min(perMinute, bucket.left + ((now - bucket.at) / 60_000) * perMinute);
    // Asking for nothing tells whether anything is left.
    const missing = Math.min(Math.max(cost, 1), perMinute) - left;
    if (missing > 0) return Math.ceil((missing / perMinute) * 60_000);
    this.keep(caller, { left: left - cost, at: now });
    return 0;
  }

  private keep(caller: string, bucket: Bucket): void {
    // Last in are those used last; who comes back after a minute of rest has a full bucket either way.
    this.buckets.delete(caller);
    this.buckets.set(caller, bucket);
    if (this.buckets.size > maxBuckets) this.buckets.delete(this.buckets.keys().next().value as string);
  }
}
