import { pool, rowMode } from './pooling.js';

// [batch 2, seq 3, dimension 2]; the second text has two tokens, its third row is padding that must not count.
const hidden = Float32Array.from([1, 2, 3, 4, 5, 9, 10, 20, 30, 40, 777, 888]);
const lengths = Int32Array.from([3, 2]);
const rows = (modes: number[]) => pool(hidden, lengths, Uint8Array.from(modes), 3, 2);

describe('pool', () => {
  it('takes the mean over the attention mask', () => {
    expect([...rows([rowMode('mean', false), rowMode('mean', false)]).vectors]).toEqual([3, 5, 20, 30]);
  });

  it('takes the first token for cls', () => {
    expect([...rows([rowMode('cls', false), rowMode('cls', false)]).vectors]).toEqual([1, 2, 10, 20]);
  });

  it('scales to unit length where asked, row by row', () => {
    const { vectors } = rows([rowMode('mean', true), rowMode('cls', false)]);
    expect(Math.hypot(vectors[0], vectors[1])).toBeCloseTo(1, 6);
    expect(vectors[0] / vectors[1]).toBeCloseTo(3 / 5, 6);
    expect([...vectors.subarray(2)]).toEqual([10, 20]);
  });

  it('lists rows that are not finite and leaves them zero', () => {
    const broken = Float32Array.from(hidden);
    broken[2] = NaN;
    const { vectors, failed } = pool(broken, lengths, Uint8Array.from([0, 0]), 3, 2);
    expect(failed).toEqual([0]);
    expect([...vectors]).toEqual([0, 0, 20, 30]);
  });
});
