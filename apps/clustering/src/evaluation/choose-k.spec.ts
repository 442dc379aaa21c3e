import fc from 'fast-check';
import { candidateGrid, chooseK, type Candidate } from './choose-k.js';

const tryWith = (silhouette: (clusters: number) => number, tried: number[] = []) => {
  return (ks: readonly number[]): Promise<Candidate[]> => {
    tried.push(...ks);
    return Promise.resolve(
      ks.map((clusters) => ({ clusters, silhouette: silhouette(clusters), inertia: 1 / clusters })),
    );
  };
};
const ranges = fc
  .tuple(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 0, max: 300 }))
  .map(([min, width]) => [min, min + width]);

describe('chooseK', () => {
  it('finds the peak of a silhouette with one peak, trying each number once and few of them', async () => {
    await fc.assert(
      fc.asyncProperty(ranges, fc.double({ min: 0, max: 1, noNaN: true }), async ([min, max], at) => {
        const peak = min + Math.round(at * (max - min));
        const tried: number[] = [];
        const { best, candidates } = await chooseK(
          min,
          max,
          tryWith((k) => -Math.abs(Math.log(k / peak)), tried),
        );
        expect(best.clusters).toBe(peak);
        expect(new Set(tried).size).toBe(tried.length);
        expect(tried.length).toBeLessThanOrEqual(40);
        expect(candidates.map(({ clusters }) => clusters)).toEqual(tried.sort((a, b) => a - b));
        expect(tried.every((k) => k >= min && k <= max)).toBe(true);
      }),
      { seed: 33 },
    );
  });

  it('prefers fewer clusters among equals', async () => {
    const { best } = await chooseK(
      2,
      30,
      tryWith(() => 0.5),
    );
    expect(best.clusters).toBe(2);
  });

  it('starts from a rising grid with both ends', () => {
    expect(candidateGrid(2, 40)).toEqual([2, 3, 4, 5, 7, 9, 12, 16, 22, 30, 40]);
    expect(candidateGrid(5, 5)).toEqual([5]);
    expect(candidateGrid(2, 3)).toEqual([2, 3]);
  });
});
