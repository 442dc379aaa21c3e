/** How fast a training goes, over its last steps, and how long it will take. */
export class Pace {
  private readonly recent: { readonly at: number; readonly tokens: number }[] = [{ at: performance.now(), tokens: 0 }];
  private done = 0;

  /** @param total tokens that are left */
  constructor(private readonly total: number) {}

  advance(tokens: number): void {
    this.done += tokens;
    this.recent.push({ at: performance.now(), tokens: this.done });
    if (this.recent.length > 50) this.recent.shift();
  }

  now(): { readonly tokensPerSecond: number; readonly etaSeconds: number } {
    const first = this.recent[0];
    const last = this.recent[this.recent.length - 1];
    const tokensPerSecond = (1000 * (last.tokens - first.tokens)) / Math.max(1e-3, last.at - first.at);
    return { tokensPerSecond, etaSeconds: Math.max(0, this.total - this.done) / tokensPerSecond };
  }
}
