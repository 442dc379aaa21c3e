import { totalmem } from 'node:os';
import { defaultMemoryLimit, MemoryBudget } from './memory-budget.js';

const mb = 2 ** 20;
const noRoom = (message: string) => ({ code: 'CONFLICT', message, details: { field: 'source' } });

function refusalOf(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: object };
    return { code, message, details };
  }
  return undefined;
}

describe('MemoryBudget', () => {
  it('books up to its limit and not a byte more', () => {
    const budget = new MemoryBudget(100 * mb);
    const first = budget.book('first', 60 * mb, []);
    budget.book('second', 40 * mb, []);
    expect(budget.free).toBe(0);
    expect(refusalOf(() => budget.book('third', 1, []))).toBeDefined();
    first.release();
    first.release();
    expect(budget.free).toBe(60 * mb);
    expect(first.bytes).toBe(0);
  });

  it('says what is needed, what is free and what could go', () => {
    const budget = new MemoryBudget(1500 * mb);
    budget.book('small', 1400 * mb, []);
    const others = [
      { id: 'small', bytes: 1400 * mb },
      { id: 'tiny', bytes: 3 * mb },
    ];
    expect(refusalOf(() => budget.book('large', 200 * mb, others))).toEqual(
      noRoom(
        'large needs 200 MB of memory; 100 MB of the 1,500 MB for models are free. Unload small (1,400 MB) or tiny (3 MB), or raise MODEL_MEMORY_LIMIT_MB.',
      ),
    );
    expect(refusalOf(() => budget.book('large', 2000 * mb, []))).toEqual(
      noRoom(
        'large needs 2,000 MB of memory; 100 MB of the 1,500 MB for models are free. Raise MODEL_MEMORY_LIMIT_MB.',
      ),
    );
  });

  it('changes a booking within what is free and what it holds itself', () => {
    const budget = new MemoryBudget(100 * mb);
    budget.book('other', 30 * mb, []);
    const booking = budget.book('model', 20 * mb, []);
    booking.change(70 * mb, []);
    expect(budget.free).toBe(0);
    expect(refusalOf(() => booking.change(71 * mb, []))).toMatchObject({ code: 'CONFLICT' });
    expect(booking.bytes).toBe(70 * mb);
    booking.change(10 * mb, []);
    expect(budget.free).toBe(60 * mb);
  });
});

describe('defaultMemoryLimit', () => {
  it('is a share of what the process may have', () => {
    expect(defaultMemoryLimit()).toBeGreaterThan(0);
    expect(defaultMemoryLimit()).toBeLessThanOrEqual(0.6 * totalmem());
  });
});
