import type { CallOptions } from '@cairn/contracts';

/** What waits while another call is under way, waits so long at most. */
const longestWaitMs = 5;

interface Gathered<Item, Result> {
  readonly items: Set<Item>;
  readonly waiting: CallOptions[];
  readonly result: Promise<Result>;
  readonly settle: (result: Promise<Result>) => void;
  readonly late: NodeJS.Timeout | undefined;
}

/**
 * One call for all who want the same at the same time. Nobody joins a call that has begun, so everybody sees what had been
 * written when he asked; who comes while one is under way waits for the next one, together with all others. Alone, a caller
 * waits for nobody. The call goes on as long as somebody waits for it, until the last one's time is over.
 */
export class SharedCall<Item, Result> {
  private next: Gathered<Item, Result> | undefined;
  private underWay = 0;

  /**
   * @param call makes the call, for the items of all who share it, each once
   * @param most items of one call: what is more is another call, beside it
   */
  constructor(
    private readonly call: (items: Item[], options: CallOptions) => Promise<Result>,
    private readonly most = Infinity,
  ) {}

  /** @returns the result for all items that are asked for together, these among them */
  join(items: readonly Item[], options: CallOptions): Promise<Result> {
    if (this.next !== undefined && this.next.items.size + items.length > this.most) this.begin();
    const gathered = (this.next ??= this.gather());
    for (const item of items) gathered.items.add(item);
    gathered.waiting.push(options);
    if (this.underWay === 0) this.begin();
    return gathered.result;
  }

  /** Whether nothing is under way or waits. */
  get idle(): boolean {
    return this.underWay === 0 && this.next === undefined;
  }

  private gather(): Gathered<Item, Result> {
    let settle!: (result: Promise<Result>) => void;
    const result = new Promise<Result>((resolve) => (settle = resolve));
    const late = this.underWay === 0 ? undefined : setTimeout(() => this.begin(), longestWaitMs);
    return { items: new Set(), waiting: [], result, settle, late };
  }

  private begin(): void {
    const gathered = this.next;
    if (gathered === undefined) return;
    this.next = undefined;
    clearTimeout(gathered.late);
    this.underWay++;
    const { options, release } = patienceOf(gathered.waiting);
    const ended = () => {
      release();
      this.underWay--;
      this.begin();
    };
    gathered.settle(this.call([...gathered.items], options).finally(ended));
  }
}

/** The longest time that one of them has, and a signal that all have left. */
function patienceOf(waiting: readonly CallOptions[]): { options: CallOptions; release: () => void } {
  const [first, ...others] = waiting;
  if (others.length === 0) return { options: first, release: () => {} };
  const times = waiting.map(({ deadlineMs = Infinity }) => deadlineMs);
  const longest = Math.max(...times);
  const options = { context: first.context, deadlineMs: longest === Infinity ? undefined : longest };
  const signals = waiting.flatMap(({ signal }) => signal ?? []);
  if (signals.length < waiting.length) return { options, release: () => {} };
  const allLeft = new AbortController();
  let left = 0;
  const leave = () => {
    if (++left === signals.length) allLeft.abort();
  };
  for (const signal of signals)
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  const release = () => signals.forEach((signal) => signal.removeEventListener('abort', leave));
  return { options: { ...options, signal: allLeft.signal }, release };
}
