import fc from 'fast-check';
import { cosine, dot, norm, squaredEuclidean } from './distance.js';
import { columnMeans, firstNonFinite, row, rowRange, takeRows } from './matrix.js';
import { normalizeRows } from './normalize.js';

const vectors = fc.integer({ min: 1, max: 20 }).chain((n) => {
  const vector = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: n, maxLength: n });
  return fc.tuple(vector, vector).map(([a, b]) => [Float64Array.from(a), Float64Array.from(b)]);
});

describe('distances', () => {
  it('agree with a calculation by hand', () => {
    const a = Float32Array.of(1, 2, -2);
    const b = Float32Array.of(4, -2, 10);
    expect(dot(a, b)).toBe(-20);
    expect(squaredEuclidean(a, b)).toBe(9 + 16 + 144);
    expect(norm(a)).toBe(3);
    expect(cosine(a, b)).toBeCloseTo(-20 / (3 * Math.sqrt(120)), 12);
  });

  it('hold the identity |a - b|² = |a|² + |b|² - 2 a·b', () => {
    fc.assert(
      fc.property(vectors, ([a, b]) => {
        const expected = dot(a, a) + dot(b, b) - 2 * dot(a, b);
        expect(Math.abs(squaredEuclidean(a, b) - expected)).toBeLessThanOrEqual(1e-9 * (1 + dot(a, a) + dot(b, b)));
      }),
      { seed: 1 },
    );
  });

  it('have a cosine in [-1, 1] that does not depend on lengths, and 0 for a vector of zeros', () => {
    fc.assert(
      fc.property(vectors, fc.double({ min: 0.5, max: 4, noNaN: true }), ([a, b], factor) => {
        const value = cosine(a, b);
        expect(Math.abs(value)).toBeLessThanOrEqual(1);
        fc.pre(norm(a) > 1e-100 && norm(b) > 1e-100);
        expect(
          cosine(
            a.map((x) => x * factor),
            b,
          ),
        ).toBeCloseTo(value, 9);
      }),
      { seed: 2 },
    );
    expect(cosine(Float64Array.of(0, 0), Float64Array.of(1, 2))).toBe(0);
  });
});

describe('normalizeRows', () => {
  it('gives rows unit length and leaves rows of zeros, even where squares overflow or vanish in float32', () => {
    const matrix = Float32Array.of(3, 4, 0, 0, 1e38, 1e38, 1e-38, 0);
    normalizeRows(matrix, 2);
    const half = Math.fround(Math.SQRT1_2);
    expect([...matrix]).toEqual([Math.fround(0.6), Math.fround(0.8), 0, 0, half, half, 1, 0]);
  });
});

describe('matrices', () => {
  const matrix = Float32Array.of(1, 2, 3, 4, 5, 6);

  it('show rows as views and copy chosen rows', () => {
    const own = matrix.slice();
    row(own, 2, 1)[0] = 30;
    expect([...own]).toEqual([1, 2, 30, 4, 5, 6]);
    expect([...rowRange(own, 2, 1, 3)]).toEqual([30, 4, 5, 6]);
    const taken = takeRows(own, 2, [2, 0]);
    taken[0] = 0;
    expect([...taken]).toEqual([0, 6, 1, 2]);
    expect(own[4]).toBe(5);
  });

  it('have column means, zeros for no rows', () => {
    expect([...columnMeans(matrix, 2)]).toEqual([3, 4]);
    expect([...columnMeans(new Float32Array(0), 2)]).toEqual([0, 0]);
  });

  it('say where a number is not finite', () => {
    expect(firstNonFinite(matrix)).toBe(-1);
    expect(firstNonFinite(Float32Array.of(0, -Infinity, NaN))).toBe(1);
    expect(firstNonFinite(Float32Array.of(0, 1, NaN))).toBe(2);
  });
});
