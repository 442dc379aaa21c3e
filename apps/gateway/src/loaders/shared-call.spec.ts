import type { CallOptions } from '@cairn/contracts';
import { setImmediate as turn } from 'node:timers/promises';
import { SharedCall } from './shared-call.js';

/** A call that ends when it is told to. */
class Held {
  readonly made: { items: string[]; options: CallOptions; end: () => void; fail: (error: Error) => void }[] = [];
  readonly call = (items: string[], options: CallOptions) =>
    new Promise<string>((resolve, reject) =>
      this.made.push({ items, options, end: () => resolve(items.join()), fail: reject }),
    );
}

describe('a shared call', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
  afterEach(() => jest.useRealTimers());

  it('begins at once for one; who comes after it has begun shares the next', async () => {
    const held = new Held();
    const shared = new SharedCall(held.call);
    const first = shared.join(['a'], { deadlineMs: 100 });
    expect(held.made).toHaveLength(1);
    const others = [shared.join(['a'], { deadlineMs: 90 }), shared.join(['b', 'a'], { deadlineMs: 110 })];
    expect(held.made).toHaveLength(1);
    held.made[0].end();
    expect(await first).toBe('a');
    await turn();
    expect(held.made.map(({ items }) => items)).toEqual([['a'], ['a', 'b']]);
    expect(held.made[1].options.deadlineMs).toBe(110);
    held.made[1].end();
    expect(await Promise.all(others)).toEqual(['a,b', 'a,b']);
    await turn();
    expect(shared.idle).toBe(true);
  });

  it('does not wait for a slow one longer than 5 ms', () => {
    const held = new Held();
    const shared = new SharedCall(held.call);
    void shared.join(['slow'], {});
    void shared.join(['next'], {});
    jest.advanceTimersByTime(4);
    expect(held.made).toHaveLength(1);
    jest.advanceTimersByTime(1);
    expect(held.made.map(({ items }) => items)).toEqual([['slow'], ['next']]);
  });

  it('has no more items than it may', () => {
    const held = new Held();
    const shared = new SharedCall(held.call, 3);
    for (const items of [['a'], ['b', 'c'], ['d', 'e'], ['f']]) void shared.join(items, {});
    expect(held.made.map(({ items }) => items)).toEqual([['a'], ['b', 'c']]);
    void shared.join(['g'], {});
    expect(held.made[2].items).toEqual(['d', 'e', 'f']);
  });

  it('fails for those who share it, not for those who come later', async () => {
    const held = new Held();
    const shared = new SharedCall(held.call);
    void shared.join([], {});
    const two = [shared.join(['x'], {}), shared.join(['y'], {})];
    held.made[0].end();
    await turn();
    const later = shared.join(['z'], {});
    held.made[1].fail(new Error('gone'));
    for (const one of two) await expect(one).rejects.toThrow('gone');
    await turn();
    held.made[2].end();
    expect(await later).toBe('z');
  });

  it('is cancelled when all have left, not when some have', async () => {
    const held = new Held();
    const shared = new SharedCall(held.call);
    void shared.join([], {});
    const clients = [1, 2, 3].map(() => new AbortController());
    clients[0].abort();
    for (const { signal } of clients) void shared.join(['x'], { signal });
    held.made[0].end();
    await turn();
    const { signal } = held.made[1].options;
    clients[1].abort();
    expect(signal?.aborted).toBe(false);
    clients[2].abort();
    expect(signal?.aborted).toBe(true);
  });
});
