import fc from 'fast-check';
import { Random } from './random.js';

const seeds = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** xoshiro128** 1.1 and splitmix64 as their authors' C code has them, in bigints. */
function referenceSequence(seed: bigint, count: number): number[] {
  const m64 = (1n << 64n) - 1n;
  const m32 = (1n << 32n) - 1n;
  let x = seed & m64;
  const splitmix = () => {
    x = (x + 0x9e3779b97f4a7c15n) & m64;
    let z = x;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & m64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & m64;
    return z ^ (z >> 31n);
  };
  const rotl = (v: bigint, k: bigint) => ((v << k) | (v >> (32n - k))) & m32;
  const [first, second] = [splitmix(), splitmix()];
  const s = [first & m32, first >> 32n, second & m32, second >> 32n];
  return Array.from({ length: count }, () => {
    const result = (rotl((s[1] * 5n) & m32, 7n) * 9n) & m32;
    const t = (s[1] << 9n) & m32;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11n);
    return Number(result);
  });
}

describe('Random', () => {
  it('is xoshiro128** 1.1 seeded by splitmix64', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        expect(Array.from({ length: 50 }, () => random.next())).toEqual(referenceSequence(seed, 50));
      }),
      { seed: 3 },
    );
  });

  it('starts splitmix64 as published: seed 1234567 gives 6457827717110365317 and 3203168211198807973', () => {
    // Test vectors of splitmix64, as quoted at rosettacode.org; their 32-bit halves are the generator's state.
    const halves = [6457827717110365317n, 3203168211198807973n].flatMap((v) => [v & 0xffffffffn, v >> 32n]).map(Number);
    expect([...new Random(1234567)['state']]).toEqual(halves);
  });

  it('gives one sequence per seed and stream', () => {
    const draw = (...seed: [number | bigint, ...number[]]) => {
      const random = new Random(...seed);
      return [random.next(), random.next(), random.next()].join();
    };
    const all = [draw(1), draw(2), draw(-1), draw(1, 0), draw(1, 1), draw(2, 0), draw(1, 0, 1), draw(1, 1, 0)];
    expect(new Set(all).size).toBe(all.length);
    expect(draw(7, 3)).toBe(draw(7n, 3));
  });

  it('spreads integers evenly: chi-square over 10 cells below the 0.1 % point', () => {
    const random = new Random(5);
    const cells = new Float64Array(10);
    for (let i = 0; i < 100_000; i++) cells[random.below(10)]++;
    const chiSquare = cells.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(27.9);
  });

  it('draws uniform and normal numbers with the right moments', () => {
    const random = new Random(6);
    const moments = (draw: () => number) => {
      let sum = 0;
      let squares = 0;
      let fourth = 0;
      for (let i = 0; i < 100_000; i++) {
        const x = draw();
        sum += x;
        squares += x * x;
        fourth += x ** 4;
      }
      return [sum / 1e5, squares / 1e5, fourth / 1e5];
    };
    const uniform = moments(() => random.uniform());
    expect(uniform[0]).toBeCloseTo(1 / 2, 2);
    expect(uniform[1]).toBeCloseTo(1 / 3, 2);
    const normal = moments(() => random.normal());
    expect(normal[0]).toBeCloseTo(0, 1);
    expect(normal[1]).toBeCloseTo(1, 1);
    expect(Math.abs(normal[2] - 3)).toBeLessThan(0.15);
  });

  it('shuffles into a permutation and samples different integers in order', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }), (seed, n, count) => {
        const random = new Random(seed);
        const shuffled = random.shuffle(Array.from({ length: n }, (_, i) => i));
        expect(shuffled.slice().sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        if (count > n) return expect(() => random.sample(n, count)).toThrow(RangeError);
        const sample = [...random.sample(n, count)];
        expect(sample).toEqual([...new Set(sample)].sort((a, b) => a - b));
        expect(sample.every((i) => i >= 0 && i < n)).toBe(true);
        expect(sample).toHaveLength(count);
      }),
      { seed: 4 },
    );
  });

  it('chooses by weight and never what has none', () => {
    const random = new Random(8);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[random.weighted([0, 1, 3, 0])]++;
    expect(counts[0] + counts[3]).toBe(0);
    expect(counts[2] / counts[1]).toBeCloseTo(3, 0);
    expect(() => random.weighted([0, 0])).toThrow('positive, finite sum');
    expect(() => random.below(0)).toThrow(RangeError);
  });
});
