import fc from 'fast-check';
import { chooseSpread } from './choose-spread.js';

const unit = (...angles: number[]) =>
  Float32Array.from(angles.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]));
const rowsOf = (choices: ReturnType<typeof chooseSpread>) => choices.map(({ row }) => row);
const none = new Float32Array(0);

describe('chooseSpread', () => {
  it('takes the most uncertain first, then what is unlike it', () => {
    const candidates = unit(0, 1, 90, 180);
    expect(rowsOf(chooseSpread(candidates, Float32Array.of(0.9, 1, 0.8, 0.8), none, 2, 3))).toEqual([1, 3, 2]);
  });

  it('leaves out what is like a labelled one as long as there is anything else', () => {
    const chosen = chooseSpread(unit(0, 90), Float32Array.of(1, 0.1), unit(0), 2, 2);
    expect(rowsOf(chosen)).toEqual([1, 0]);
    expect(chosen[0].distance).toBeCloseTo(1, 5);
    expect(chosen[1].distance).toBeCloseTo(0, 5);
  });

  it('prefers the uncertain among what is equally far', () => {
    expect(rowsOf(chooseSpread(unit(90, 270), Float32Array.of(0.4, 0.6), unit(0), 2, 1))).toEqual([1]);
  });

  it('chooses each row once, and without weights never worse than twice the best cover', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 359 }), { minLength: 1, maxLength: 9 }),
        fc.nat(4),
        (angles, k) => {
          const candidates = unit(...angles);
          const count = Math.min(k + 1, angles.length);
          const chosen = rowsOf(chooseSpread(candidates, new Float32Array(angles.length).fill(1), none, 2, count));
          expect(new Set(chosen).size).toBe(count);
          // Chords are a metric, the cosine distance is half their square.
          const chord = (a: number, b: number) =>
            Math.hypot(candidates[2 * a] - candidates[2 * b], candidates[2 * a + 1] - candidates[2 * b + 1]);
          const radius = (centres: readonly number[]) =>
            Math.max(...angles.map((_, row) => Math.min(...centres.map((centre) => chord(row, centre)))));
          const best = Math.min(...subsets(angles.length, count).map(radius));
          expect(radius(chosen)).toBeLessThanOrEqual(2 * best + 1e-3);
        },
      ),
    ));
});

function subsets(n: number, size: number): number[][] {
  if (size === 0) return [[]];
  return Array.from({ length: n }, (_, last) => last).flatMap((last) =>
    last < size - 1 ? [] : subsets(last, size - 1).map((rest) => [...rest, last]),
  );
}
