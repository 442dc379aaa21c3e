import { LaneOrder, type Lane } from './lanes.js';

/** What the batcher needs to know of a text. */
export interface Batchable {
  /** Tokens, special tokens included, after the cut. */
  readonly length: number;
  /** Nobody waits for it any more. */
  readonly cancelled: boolean;
}

/** Texts of a lane that are looked at for a batch; more would sort better and cost more. */
const windowSize = 512;

/**
 * Texts waiting for an encoder, handed out in batches of similar length.
 *
 * A batch costs longest x count, as all its texts are padded to the longest. It holds the oldest text of its lane
 * and the texts nearest to that one in length, as long as its cost stays within the budget; a text above the budget
 * goes alone. There is no wait timer: a batch is made when an encoder is free, and grows while none is.
 */
export class TokenBatcher<T extends Batchable> {
  private readonly waiting: Record<Lane, T[]> = { interactive: [], bulk: [] };
  private readonly order: LaneOrder;

  /** @param tokenBudget padded tokens of one batch */
  constructor(private readonly tokenBudget: number) {
    this.order = new LaneOrder(tokenBudget);
  }

  /** Texts waiting. */
  get size(): number {
    return this.waiting.interactive.length + this.waiting.bulk.length;
  }

  add(lane: Lane, texts: readonly T[]): void {
    for (const text of texts) this.waiting[lane].push(text);
  }

  /** Back to the head of the lane: these have waited already. */
  putBack(lane: Lane, texts: readonly T[]): void {
    this.waiting[lane].unshift(...texts);
  }

  /** The next batch and the lane it is from; undefined when nothing waits. Cancelled texts are dropped here. */
  next(): { readonly lane: Lane; readonly texts: T[] } | undefined {
    this.waiting.interactive = this.waiting.interactive.filter((text) => !text.cancelled);
    this.waiting.bulk = this.waiting.bulk.filter((text) => !text.cancelled);
    const bulkWaits = this.waiting.bulk.length > 0;
    const lane = this.order.next(this.waiting.interactive.length > 0, bulkWaits);
    if (lane === undefined) return undefined;
    const texts = this.takeSimilar(this.waiting[lane]);
    this.order.charge(lane, paddedCost(texts), bulkWaits);
    return { lane, texts };
  }

  /** Removes and returns the oldest text and those nearest to it in length, within the budget. */
  private takeSimilar(lane: T[]): T[] {
    const window = lane.splice(0, windowSize);
    const oldest = window[0];
    const sorted = [...window].sort((a, b) => a.length - b.length);
    let low = sorted.indexOf(oldest);
    let high = low + 1;
    const fits = (from: number, to: number) =>
      from >= 0 &&
      to <= sorted.length &&
      sorted[to - 1].length * (to - from) <= this.tokenBudget &&
      similar(sorted[from].length, sorted[to - 1].length);
    for (;;) {
      const below = fits(low - 1, high);
      const above = fits(low, high + 1);
      if (!below && !above) break;
      if (above && (!below || sorted[high].length - oldest.length < oldest.length - sorted[low - 1].length)) high++;
      else low--;
    }
    const taken = new Set(sorted.slice(low, high));
    lane.unshift(...window.filter((text) => !taken.has(text)));
    return [...taken];
  }
}

/** Padding a text by more than a quarter costs more than the batch of its own that it gets instead. */
function similar(shortest: number, longest: number): boolean {
  return longest - shortest <= 2 + longest / 4;
}

/** Padded tokens of a batch: longest x count. */
export function paddedCost(texts: readonly Batchable[]): number {
  let longest = 0;
  for (const text of texts) longest = Math.max(longest, text.length);
  return longest * texts.length;
}
