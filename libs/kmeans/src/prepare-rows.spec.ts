import { norm, row } from '@cairn/numerics';
import fc from 'fast-check';
import { prepareRows } from './prepare-rows.js';

describe('prepareRows', () => {
  it('centres columns and scales by a power of two, and says how to go back', () => {
    const matrices = fc.integer({ min: 1, max: 5 }).chain((dimension) =>
      fc.tuple(
        fc.constant(dimension),
        fc
          .array(
            fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: dimension, maxLength: dimension }),
            {
              minLength: 1,
              maxLength: 20,
            },
          )
          .map((rows) => rows.flat()),
      ),
    );
    fc.assert(
      fc.property(matrices, ([dimension, given]) => {
        const values = Float32Array.from(given);
        const { offset, scale } = prepareRows(values, dimension, false, 1);
        expect(Number.isInteger(Math.log2(scale))).toBe(true);
        const largest = Math.max(...values.map(Math.abs));
        expect(largest === 0 || (largest >= 0.49 && largest <= 1)).toBe(true);
        values.forEach((value, at) => {
          const back = value / scale + offset[at % dimension];
          expect(Math.abs(back - given[at])).toBeLessThanOrEqual(1e-6 / scale);
        });
      }),
      { seed: 31 },
    );
  });

  it('has a tolerance of tol times the mean variance of the columns', () => {
    // Columns 1, 3 and 0, 4: variances 1 and 4; the largest deviation, 2, is scaled to 1.
    const { tolerance, scale, offset } = prepareRows(Float32Array.of(1, 0, 3, 4), 2, false, 0.1);
    expect([...offset]).toEqual([2, 2]);
    expect(scale).toBe(0.5);
    expect(tolerance).toBeCloseTo(0.1 * 2.5 * scale ** 2, 12);
  });

  it('gives unit rows in the spherical case, for the largest and the smallest floats too', () => {
    const values = Float32Array.of(3e38, 3e38, 1e-30, 0, 0, 0, 5, 12);
    const { offset, scale } = prepareRows(values, 2, true, 1);
    expect([...offset, scale]).toEqual([0, 0, 1]);
    const lengths = [0, 1, 2, 3].map((i) => norm(row(values, 2, i)));
    expect(lengths).toEqual([1, 1, 0, 1].map((length) => expect.closeTo(length, 6)));
  });

  it('keeps equal rows equal and takes rows that do not vary', () => {
    const values = Float32Array.of(0.1, 0.1, 0.1);
    expect(prepareRows(values, 1, false, 1)).toMatchObject({ scale: expect.any(Number), tolerance: 0 });
    expect(new Set(values).size).toBe(1);
  });
});
