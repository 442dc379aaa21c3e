/** @jest-environment ./test/environments/onnx.js */
import { withNorms } from '@cairn/kmeans';
import { Random } from '@cairn/numerics';
import fc from 'fast-check';
import { PairwiseDistances } from '../distances/pairwise.js';
import { alignMap, normaliseMap } from './align-maps.js';
import { fairRows } from './fair-rows.js';
import golden from './golden.json';
import { principalAxes } from './principal-axes.js';
import { projectRows, type ProjectOptions } from './project-rows.js';

jest.setTimeout(60_000);

const never = () => {};
const pairwise = new PairwiseDistances();
afterAll(() => pairwise.release());

describe('principalAxes', () => {
  it('are those of scikit-learn, up to their sign', () => {
    const rows = withNorms(Float32Array.from(golden.points), golden.dimension);
    const { scores, explained } = principalAxes(rows, 2, 1, never);
    explained.forEach((share, axis) => expect(share).toBeCloseTo(golden.explained[axis], 9));
    for (const axis of [0, 1]) {
      const sign = Math.sign(scores[axis] * golden.scores[axis]);
      for (let i = 0; 2 * i < scores.length; i++)
        expect(sign * scores[2 * i + axis]).toBeCloseTo(golden.scores[2 * i + axis], 5);
    }
    expect(principalAxes(rows, 2, 99, never).scores[0]).toBeCloseTo(scores[0], 6);
  });

  it('stay finite where there is nothing to see', () => {
    for (const values of [
      [1, 2, 3],
      [5, 5, 5, 5, 5, 5],
      [1, 0, 0, 2, 0, 0],
    ]) {
      const { scores, explained } = principalAxes(withNorms(Float32Array.from(values), 3), 2, 1, never);
      expect([...scores, ...explained].every(Number.isFinite)).toBe(true);
    }
    expect([...principalAxes(withNorms(Float32Array.of(1, 2, 6), 1), 2, 1, never).explained]).toEqual([1, 0]);
  });
});

describe('alignMap', () => {
  const maps = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 8, maxLength: 60 });
  it('undoes every turn, reflection, scale and move', () => {
    fc.assert(
      fc.property(maps, fc.double({ min: 0, max: 7, noNaN: true }), fc.boolean(), (given, angle, mirrored) => {
        const before = Float64Array.from(given.slice(0, 2 * Math.floor(given.length / 2)));
        const map = before.map((_, at) => {
          const [x, y] = [before[at - (at % 2)], before[at - (at % 2) + 1] * (mirrored ? -1 : 1)];
          const turned =
            at % 2 === 0 ? x * Math.cos(angle) - y * Math.sin(angle) : x * Math.sin(angle) + y * Math.cos(angle);
          return 3 * turned + 17;
        });
        // A row that was nowhere before is carried along.
        const known = Float64Array.from(before);
        known[0] = NaN;
        const { shared } = alignMap(map, known);
        expect(shared).toBe(before.length / 2 - 1);
        // All others in one place leave the first one's place open.
        const places = new Set(Array.from({ length: shared }, (_, i) => `${before[2 * i + 2]} ${before[2 * i + 3]}`));
        map.forEach((value, at) => {
          if (places.size > 2 || at > 1) expect(value).toBeCloseTo(before[at], 3);
        });
      }),
      { seed: 13 },
    );
  });

  it('leaves the map alone where hardly anything is shared', () => {
    const map = Float64Array.of(1, 2, 3, 4, 5, 6);
    expect(alignMap(map, Float64Array.of(9, 9, 8, 8, NaN, NaN))).toEqual({ shared: 2, shift: 0 });
    expect([...map]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('fairRows', () => {
  it('takes about as many as asked, some of every label, and most of those that were there before', () => {
    const labels = Int32Array.from({ length: 2000 }, (_, i) => (i < 5 ? 7 : i < 100 ? -1 : i % 3));
    const placed = Uint8Array.from(labels, (_, i) => (i % 10 === 0 ? 1 : 0));
    const rows = fairRows(2000, labels, placed, 300, 4);
    expect(rows.length).toBeLessThanOrEqual(305);
    expect(rows.length).toBeGreaterThan(200);
    expect(new Set(rows).size).toBe(rows.length);
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
    expect(rows.filter((i) => labels[i] === 7).length).toBe(5);
    expect(rows.filter((i) => labels[i] === -1).length).toBeGreaterThan(20);
    const old = rows.filter((i) => placed[i]).length;
    expect(old).toBeGreaterThan(150);
    expect(old).toBeLessThan(rows.length);
    expect([...fairRows(2000, labels, placed, 300, 4)]).toEqual([...rows]);
    expect(fairRows(50, undefined, undefined, 50, 1).length).toBe(50);
    expect(fairRows(5000, undefined, undefined, 100, 1).length).toBe(100);
  });
});

describe('projectRows', () => {
  const options: ProjectOptions = {
    method: 'umap',
    neighbours: 10,
    minDist: 0.1,
    epochs: 60,
    seed: 3,
    previous: undefined,
  };
  /** Four groups of rows, in turn, in eight dimensions. */
  const values = (count: number) => {
    const random = new Random(21);
    const corners = Float32Array.from({ length: 32 }, () => 5 * random.normal());
    return Float32Array.from(
      { length: count * 8 },
      (_, at) => corners[(Math.floor(at / 8) % 4) * 8 + (at % 8)] + random.normal(),
    );
  };
  const project = (count: number, more: Partial<ProjectOptions> = {}) =>
    projectRows(withNorms(values(count), 8), { ...options, ...more }, pairwise, never, never);

  it('keeps groups together and apart from the others, the same each time', async () => {
    const { map, neighboursKept, explained } = await project(120);
    const radius = (i: number, j: number) => Math.hypot(map[2 * i] - map[2 * j], map[2 * i + 1] - map[2 * j + 1]);
    let farthestInside = 0;
    let nearestOutside = Infinity;
    for (let i = 0; i < 120; i++)
      for (let j = 0; j < i; j++)
        if (i % 4 === j % 4) farthestInside = Math.max(farthestInside, radius(i, j));
        else nearestOutside = Math.min(nearestOutside, radius(i, j));
    expect(nearestOutside).toBeGreaterThan(farthestInside / 4);
    // Among 29 others of a group, half of 15 neighbours would be kept at random.
    expect(neighboursKept).toBeGreaterThan(0.6);
    expect(explained).toEqual([]);
    expect([...(await project(120)).map]).toEqual([...map]);
    const copy = Float64Array.from(map);
    normaliseMap(copy).forEach((value, at) => expect(value).toBeCloseTo(map[at], 9));
  });

  it('stays where it was when a few rows are added, nearer than a map made anew', async () => {
    const before = await project(120);
    const previous = new Float64Array(2 * 130).fill(NaN);
    previous.set(before.map);
    const after = await project(130, { previous, seed: 77 });
    expect(after.aligned).toBe(120);
    expect(after.shift).toBeLessThan(0.3);
    const anew = await project(130, { seed: 77 });
    expect(after.shift).toBeLessThan(alignMap(anew.map, previous).shift);
    // A new row is among its group.
    const distance = (i: number, j: number) =>
      Math.hypot(after.map[2 * i] - after.map[2 * j], after.map[2 * i + 1] - after.map[2 * j + 1]);
    for (let i = 120; i < 130; i++) {
      const nearest = Array.from({ length: 120 }, (_, j) => j).sort((a, b) => distance(i, a) - distance(i, b))[0];
      expect(nearest % 4).toBe(i % 4);
    }
  });

  it.each([1, 2, 3, 4, 5])('places %i rows', async (count) => {
    for (const method of ['umap', 'pca'] as const) {
      const { map, neighboursKept } = await project(count, { method });
      expect(map.length).toBe(2 * count);
      expect([...map, neighboursKept].every(Number.isFinite)).toBe(true);
    }
  });

  it('places equal rows', async () => {
    const rows = withNorms(new Float32Array(40 * 3).fill(2), 3);
    const { map } = await projectRows(rows, options, pairwise, never, never);
    expect([...map].every(Number.isFinite)).toBe(true);
  });

  it('gives the principal axes when asked', async () => {
    const { map, explained } = await project(100, { method: 'pca' });
    expect(explained[0]).toBeGreaterThan(explained[1]);
    expect(map[0]).not.toBe(0);
  });
});
