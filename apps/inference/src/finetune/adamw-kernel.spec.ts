import { Random } from '@cairn/numerics';
import { adamWLoop } from './adamw.js';

const [scale, keep, rate, correction, beta1, beta2, epsilon] = [0.7, 0.999, 2e-3, 1.3, 0.9, 0.999, 1e-8];

function lists(length: number, seed: number): Float32Array[] {
  const random = new Random(seed);
  const list = (of: () => number) => Float32Array.from({ length }, of);
  return [
    list(() => random.normal()),
    list(() => random.normal() / 10),
    list(() => random.normal() / 10),
    list(() => random.uniform() / 100),
  ];
}

describe('the kernel of AdamW', () => {
  // A part of four, a copy by a loop and by a view, and more than is worked on at once.
  it.each([1, 3, 4, 511, 512, 8191, 8192, 8195, 20_001])('takes the step of the definition for %i values', (count) => {
    const [w, g, m, v] = lists(count + 7, count);
    const [wBefore, mBefore, vBefore] = [w.slice(), m.slice(), v.slice()];
    adamWLoop(w, 5, g, 2, m, v, count, scale, keep, rate, correction, beta1, beta2, epsilon);
    let worst = 0;
    for (let i = 5; i < 5 + count; i++) {
      const x = g[i - 3] * scale;
      const mean = beta1 * mBefore[i] + (1 - beta1) * x;
      const square = beta2 * vBefore[i] + (1 - beta2) * x * x;
      const weight = wBefore[i] * keep - (rate * mean) / (Math.sqrt(square) * correction + epsilon);
      const differences = [(m[i] - mean) / (Math.abs(mean) + 0.1), (v[i] - square) / square, w[i] - weight];
      worst = Math.max(worst, ...differences.map(Math.abs));
    }
    // Weights lie below 4, where a rounding is 2^-23.
    expect(worst).toBeLessThan(4 * 2 ** -23);
    for (const [after, before] of [
      [w, wBefore],
      [m, mBefore],
      [v, vBefore],
    ])
      expect([...after.subarray(0, 5), ...after.subarray(5 + count)]).toEqual([
        ...before.subarray(0, 5),
        ...before.subarray(5 + count),
      ]);
  });

  it('gives a parameter the same bits wherever it lies, so that rows and whole tables agree', () => {
    const [w, g, m, v] = lists(1000, 3);
    const [w2, m2, v2] = [w.slice(), m.slice(), v.slice()];
    adamWLoop(w, 0, g, 0, m, v, 1000, scale, keep, rate, correction, beta1, beta2, epsilon);
    for (let row = 0; row < 1000; row += 10)
      adamWLoop(w2, row, g, row, m2, v2, 10, scale, keep, rate, correction, beta1, beta2, epsilon);
    expect(w2).toEqual(w);
    expect(v2).toEqual(v);
  });

  it('passes on what is not a number, and keeps it from its neighbours', () => {
    const [w, g, m, v] = lists(8, 4);
    g[3] = NaN;
    adamWLoop(w, 0, g, 0, m, v, 8, scale, keep, rate, correction, beta1, beta2, epsilon);
    expect([...w].map(Number.isNaN)).toEqual([false, false, false, true, false, false, false, false]);
  });
});
