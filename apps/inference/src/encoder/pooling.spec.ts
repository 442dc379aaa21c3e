import type { EncodingSpec } from './encoding-spec.js';
import { logits } from './forward.js';
import { pool } from './pooling.js';

// [batch 2, seq 3, hidden 2]; the second text has two tokens, its third row is padding that must not count.
const last = new Float32Array([1, 2, 3, 4, 5, 0, 10, 20, 30, 60, 999, 999]);
const first = new Float32Array([0, 0, 0, 0, 3, 0, 0, 0, 10, 0, 999, 999]);
const lengths = new Int32Array([3, 2]);
const states = new Map([
  [0, first],
  [1, last],
]);
const base: EncodingSpec = { layers: [1], combination: 'mean', pooling: 'mean', normalize: false, dimension: 2 };

const pooled = (spec: Partial<EncodingSpec>, given = states) => {
  const { vectors, failed } = pool(given, lengths, [{ ...base, ...spec }], new Uint16Array(2), 3);
  return { vectors: [...vectors], failed };
};

describe('pooling', () => {
  it.each([
    ['mean', [3, 2, 20, 40]],
    ['cls', [1, 2, 10, 20]],
    ['max', [5, 4, 30, 60]],
    ['last', [5, 0, 30, 60]],
  ] as const)('%s looks at tokens, not at padding', (pooling, expected) => {
    expect(pooled({ pooling }).vectors).toEqual(expected);
  });

  it('takes any layer, the mean of several, and several beside each other', () => {
    expect(pooled({ layers: [0] }).vectors).toEqual([1, 0, 5, 0]);
    expect(pooled({ layers: [0, 1] }).vectors).toEqual([2, 1, 12.5, 20]);
    expect(pooled({ layers: [1, 0], combination: 'concat', dimension: 4 }).vectors).toEqual([3, 2, 1, 0, 20, 40, 5, 0]);
    // Token by token: the largest mean, not the mean of the largest.
    expect(pooled({ layers: [0, 1], pooling: 'max' }).vectors).toEqual([4, 2, 20, 30]);
  });

  it('lays several poolings end to end, each counting the same where vectors are normalised', () => {
    const both = { pooling: 'mean+max', dimension: 4 } as const;
    expect(pooled(both).vectors).toEqual([3, 2, 5, 4, 20, 40, 30, 60]);
    const three = { pooling: 'mean+cls+max', layers: [1, 0], combination: 'concat', dimension: 12 } as const;
    expect(pooled(three).vectors.slice(0, 12)).toEqual([3, 2, 1, 0, 1, 2, 0, 0, 5, 4, 3, 0]);
    const [a, b, c, d] = pooled({ ...both, normalize: true }).vectors;
    expect(Math.hypot(a, b)).toBeCloseTo(Math.SQRT1_2, 6);
    expect(Math.hypot(c, d)).toBeCloseTo(Math.SQRT1_2, 6);
    expect(a / b).toBeCloseTo(1.5, 6);
    expect(pooled({ ...both, dimension: 3 }).vectors).toEqual([3, 2, 5, 20, 40, 30]);
  });

  it('cuts before it scales', () => {
    expect(pooled({ dimension: 1, normalize: true }).vectors).toEqual([1, 1]);
    expect(pooled({ layers: [1, 0], combination: 'concat', dimension: 3 }).vectors).toEqual([3, 2, 1, 20, 40, 5]);
    const [a, b] = pooled({ normalize: true }).vectors;
    expect(Math.hypot(a, b)).toBeCloseTo(1, 6);
    expect(a / b).toBeCloseTo(1.5, 6);
  });

  it('takes different specs in one batch', () => {
    const specs = [base, { ...base, layers: [1, 0], combination: 'concat', dimension: 4 } as const];
    const { vectors } = pool(states, lengths, specs, new Uint16Array([1, 0]), 3);
    expect([...vectors]).toEqual([3, 2, 1, 0, 20, 40]);
  });

  it('names rows that are not numbers, and leaves them zero', () => {
    const broken = Float32Array.from(last);
    broken[2] = NaN;
    for (const pooling of ['mean', 'max'] as const) {
      const { vectors, failed } = pooled({ pooling }, new Map([[1, broken]]));
      expect(failed).toEqual([0]);
      expect(vectors.slice(0, 2)).toEqual([0, 0]);
    }
  });

  it('passes the logits of a classifier through', () => {
    const spec = { layers: [logits], dimension: 3 };
    expect(pooled(spec, new Map([[logits, new Float32Array([1, 2, 3, 4, 5, 6])]])).vectors).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
