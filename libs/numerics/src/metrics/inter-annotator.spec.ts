import fc from 'fast-check';
import { cohenKappa, krippendorffAlpha } from './inter-annotator.js';

describe('krippendorffAlpha', () => {
  it('is 0.691 for the example with three coders that many implementations quote', () => {
    // Three coders, fifteen units, "." for missing: nominal alpha 0.691 (Wikipedia, "Krippendorff's alpha").
    const coders = ['.....34121133.3', '1.213343.......', '..21344.21133.4'];
    const units: number[] = [];
    const values: number[] = [];
    for (const coder of coders)
      [...coder].forEach((value, unit) => {
        if (value === '.') return;
        units.push(unit);
        values.push(Number(value));
      });
    expect(krippendorffAlpha(units, values)).toBeCloseTo(0.691, 3);
  });

  it('is 1 where everybody agrees, and undefined where nobody met', () => {
    expect(krippendorffAlpha([0, 0, 1, 1], [3, 3, 5, 5])).toBe(1);
    expect(krippendorffAlpha([0, 0], [2, 2])).toBe(1);
    expect(krippendorffAlpha([0, 1], [2, 2])).toBeNaN();
    expect(krippendorffAlpha([], [])).toBeNaN();
  });

  it('does not care about the order of people or the names of labels', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(3)), { minLength: 1 }), (pairs) => {
        const of = (entries: [number, number][], rename: (value: number) => number) =>
          krippendorffAlpha(
            entries.map(([unit]) => unit),
            entries.map(([, value]) => rename(value)),
          );
        const alpha = of(pairs, (value) => value);
        const other = of([...pairs].reverse(), (value) => 7 - value);
        if (Number.isNaN(alpha)) return expect(other).toBeNaN();
        expect(other).toBeCloseTo(alpha, 10);
        expect(alpha).toBeLessThanOrEqual(1);
      }),
    ));
});

describe('cohenKappa', () => {
  it('is 0.4 for the example of 50 proposals', () => {
    // Both yes 20, A yes B no 5, A no B yes 10, both no 15 (Wikipedia, "Cohen's kappa").
    const table: [number, number, number][] = [
      [1, 1, 20],
      [1, 0, 5],
      [0, 1, 10],
      [0, 0, 15],
    ];
    const first = table.flatMap(([a, , count]) => Array<number>(count).fill(a));
    const second = table.flatMap(([, b, count]) => Array<number>(count).fill(b));
    expect(cohenKappa(first, second)).toBeCloseTo(0.4, 10);
    expect(cohenKappa(second, first)).toBeCloseTo(0.4, 10);
  });

  it('is 1 for equal labels and refuses lists of different length', () => {
    expect(cohenKappa([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(cohenKappa([1, 1], [1, 1])).toBe(1);
    expect(cohenKappa([], [])).toBeNaN();
    expect(() => cohenKappa([1], [])).toThrow(RangeError);
  });
});
