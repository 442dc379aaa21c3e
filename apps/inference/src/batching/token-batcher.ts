import { LaneOrder, type Lane } from './lanes.js';
import { LengthBuckets } from './length-buckets.js';

/** What the batcher needs to know of a text. */
export interface Batchable {
  /** Tokens, special tokens included, after the cut. */
  readonly length: number;
  /** Nobody waits for it any more. */
  readonly cancelled: boolean;
}

/** How large batches may be, in padded tokens. */
export interface BatchBudgets {
  readonly tokenBudget: number;
  /** Of a bulk batch while somebody sends interactive texts: they wait for such a batch to end, not for a full one. */
  readonly sharedTokenBudget: number;
}

/** How long after an interactive text the next one is expected, in milliseconds. */
const attentionMs = 5000;

export interface Batch<T> {
  readonly lane: Lane;
  readonly texts: T[];
}

/**
 * Texts waiting for an encoder, handed out in batches of similar length.
 *
 * A batch costs longest x count, as all its texts are padded to the longest. It holds the oldest text of its lane and
 * the texts nearest to that one in length, as long as its cost stays within the budget; a text above the budget goes
 * alone. There is no wait timer: a batch is made when an encoder is free, and grows while none is. Cancelled texts are
 * dropped here, before they cost anything. A batch in work cannot be interrupted, so bulk batches are short while
 * interactive texts come.
 */
export class TokenBatcher<T extends Batchable> {
  private readonly waiting: Record<Lane, LengthBuckets<T>> = {
    interactive: new LengthBuckets(),
    bulk: new LengthBuckets(),
  };
  private readonly order: LaneOrder;
  private dropped = 0;
  private lastInteractive = -Infinity;

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly budgets: BatchBudgets,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.order = new LaneOrder(budgets.tokenBudget);
  }

  /** Texts waiting in a lane, those that nobody waits for any more included. */
  texts(lane: Lane): number {
    return this.waiting[lane].size;
  }

  /** Tokens waiting in a lane. */
  tokens(lane: Lane): number {
    return this.waiting[lane].tokens;
  }

  add(lane: Lane, texts: readonly T[]): void {
    if (lane === 'interactive' && texts.length > 0) this.lastInteractive = this.now();
    for (const text of texts) this.waiting[lane].push(text);
  }

  /** Back to the head of the lane: these have waited already. */
  putBack(lane: Lane, texts: readonly T[]): void {
    this.waiting[lane].unshift(texts);
  }

  /** How many texts were dropped as cancelled since this was last asked. */
  takeDropped(): number {
    const { dropped } = this;
    this.dropped = 0;
    return dropped;
  }

  /** The next batch and the lane it is from; undefined when nothing waits. */
  next(): Batch<T> | undefined {
    for (;;) {
      const bulkWaits = this.waiting.bulk.size > 0;
      const lane = this.order.next(this.waiting.interactive.size > 0, bulkWaits);
      if (lane === undefined) return undefined;
      const texts = this.takeSimilar(this.waiting[lane], this.budgetOf(lane));
      if (texts.length === 0) continue; // all of them had been cancelled
      this.order.charge(lane, paddedCost(texts), bulkWaits);
      return { lane, texts };
    }
  }

  private budgetOf(lane: Lane): number {
    const { tokenBudget, sharedTokenBudget } = this.budgets;
    return lane === 'bulk' && this.now() - this.lastInteractive < attentionMs ? sharedTokenBudget : tokenBudget;
  }

  /** Removes and returns the oldest text and those nearest to it in length, within the budget. */
  private takeSimilar(lane: LengthBuckets<T>, tokenBudget: number): T[] {
    const taken: T[] = [];
    const take = (length: number, most: number): number => {
      let count = 0;
      while (count < most) {
        const text = lane.shift(length);
        if (text === undefined) break;
        if (text.cancelled) {
          this.dropped++;
          continue;
        }
        taken.push(text);
        count++;
      }
      return count;
    };
    const length = lane.oldestLength();
    if (length === undefined) return taken;
    take(length, Math.max(1, Math.floor(tokenBudget / length)));
    if (taken.length === 0) return taken;
    // Outwards from the length of the oldest, the nearest length first.
    let longest = length;
    let shortest = length;
    let below = lane.nextShorter(length);
    let above = lane.nextLonger(length);
    while (below !== undefined || above !== undefined) {
      const up = above !== undefined && (below === undefined || above - length < length - below);
      const next = (up ? above : below) as number;
      const padded = Math.max(longest, next);
      const room = Math.floor(tokenBudget / padded) - taken.length;
      const fits = room > 0 && similar(Math.min(shortest, next), padded);
      if (fits && take(next, room) > 0) {
        longest = padded;
        shortest = Math.min(shortest, next);
      }
      if (up) above = fits ? lane.nextLonger(next) : undefined;
      else below = fits ? lane.nextShorter(next) : undefined;
    }
    return taken;
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
