import * as fc from 'fast-check';
import type { Lane } from './lanes.js';
import { paddedCost, TokenBatcher } from './token-batcher.js';

interface Text {
  readonly id: number;
  readonly length: number;
  cancelled: boolean;
}

const budgets = (tokenBudget: number, sharedTokenBudget = tokenBudget) => ({ tokenBudget, sharedTokenBudget });
let nextId = 0;
const text = (length: number): Text => ({ id: nextId++, length, cancelled: false });
const ids = (texts: readonly Text[]) => texts.map(({ id }) => id).sort((a, b) => a - b);

function drain(batcher: TokenBatcher<Text>) {
  const batches: { lane: Lane; texts: Text[] }[] = [];
  for (let batch = batcher.next(); batch !== undefined; batch = batcher.next()) batches.push(batch);
  return batches;
}

const lengths = fc.array(fc.integer({ min: 2, max: 256 }), { maxLength: 1200 });
const budget = fc.integer({ min: 1, max: 2048 });

describe('TokenBatcher', () => {
  it('loses and doubles no text', () => {
    fc.assert(
      fc.property(lengths, lengths, budget, (interactive, bulk, tokenBudget) => {
        const batcher = new TokenBatcher<Text>(budgets(tokenBudget));
        const given = { interactive: interactive.map(text), bulk: bulk.map(text) };
        batcher.add('interactive', given.interactive);
        batcher.add('bulk', given.bulk);
        const batches = drain(batcher);
        expect(ids(batches.flatMap(({ texts }) => texts))).toEqual(ids([...given.interactive, ...given.bulk]));
        for (const lane of ['interactive', 'bulk'] as const)
          expect([batcher.texts(lane), batcher.tokens(lane)]).toEqual([0, 0]);
      }),
    );
  });

  it('keeps the budget; only a text above it goes alone', () => {
    fc.assert(
      fc.property(lengths, budget, (given, tokenBudget) => {
        const batcher = new TokenBatcher<Text>(budgets(tokenBudget));
        batcher.add('bulk', given.map(text));
        for (const { texts } of drain(batcher)) {
          expect(texts.length).toBeGreaterThan(0);
          if (texts.length > 1) expect(paddedCost(texts)).toBeLessThanOrEqual(tokenBudget);
        }
      }),
    );
  });

  it('always takes the oldest text of the lane', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 256 }), { minLength: 1, maxLength: 900 }), (given) => {
        const waiting = given.map(text);
        const batcher = new TokenBatcher<Text>(budgets(512));
        batcher.add('interactive', waiting);
        const left = new Set(waiting);
        for (const { texts } of drain(batcher)) {
          const [oldest] = left;
          expect(texts).toContain(oldest);
          for (const taken of texts) left.delete(taken);
        }
      }),
    );
  });

  it('puts texts of similar length together', () => {
    const batcher = new TokenBatcher<Text>(budgets(512));
    batcher.add('bulk', [10, 200, 11, 198, 9, 201].map(text));
    const batches = drain(batcher).map(({ texts }) => texts.map(({ length }) => length).sort((a, b) => a - b));
    expect(batches).toEqual([[9, 10, 11], [200, 201], [198]]);
  });

  it('drops cancelled texts before they cost anything', () => {
    const batcher = new TokenBatcher<Text>(budgets(512));
    const waiting = [8, 8, 8].map(text);
    batcher.add('interactive', waiting);
    waiting[1].cancelled = true;
    expect(drain(batcher).flatMap(({ texts }) => ids(texts))).toEqual(ids([waiting[0], waiting[2]]));
    expect([batcher.takeDropped(), batcher.takeDropped()]).toEqual([1, 0]);
    const all = [8, 9].map(text);
    batcher.add('bulk', all);
    for (const gone of all) gone.cancelled = true;
    expect(batcher.next()).toBeUndefined();
  });

  it('serves interactive texts first, and bulk ones a fifth of the cost while both wait', () => {
    const batcher = new TokenBatcher<Text>(budgets(100));
    batcher.add(
      'bulk',
      Array.from({ length: 100 }, () => text(10)),
    );
    batcher.add(
      'interactive',
      Array.from({ length: 400 }, () => text(10)),
    );
    const lanes = drain(batcher).map(({ lane }) => lane);
    expect(lanes.slice(0, 10)).toEqual([
      ...['interactive', 'interactive', 'interactive', 'interactive', 'bulk'],
      ...['interactive', 'interactive', 'interactive', 'interactive', 'bulk'],
    ]);
    expect(lanes.filter((lane) => lane === 'bulk')).toHaveLength(10);
  });

  it('keeps bulk batches short while interactive texts come, and their share of the cost a fifth', () => {
    let now = 0;
    const batcher = new TokenBatcher<Text>(budgets(100, 20), () => now);
    const add = (lane: Lane, count: number) =>
      batcher.add(
        lane,
        Array.from({ length: count }, () => text(10)),
      );
    add('bulk', 1000);
    expect(batcher.next()?.texts).toHaveLength(10);
    add('interactive', 2000);
    const batches = Array.from({ length: 240 }, () => batcher.next()!);
    const texts = (lane: Lane) => batches.filter((b) => b.lane === lane).reduce((sum, b) => sum + b.texts.length, 0);
    expect(batches.filter(({ lane }) => lane === 'bulk').every((batch) => batch.texts.length === 2)).toBe(true);
    expect(texts('bulk') / texts('interactive')).toBeCloseTo(1 / 4, 1);
    while (batcher.texts('interactive') > 0) batcher.next();
    expect(batcher.next()?.texts).toHaveLength(2);
    now = 6000;
    expect(batcher.next()?.texts).toHaveLength(10);
  });

  it('gives texts that were put back before all others', () => {
    const batcher = new TokenBatcher<Text>(budgets(30));
    batcher.add(
      'bulk',
      Array.from({ length: 6 }, () => text(10)),
    );
    const first = batcher.next();
    batcher.putBack('bulk', first?.texts ?? []);
    expect(ids(batcher.next()?.texts ?? [])).toEqual(ids(first?.texts ?? []));
  });
});
