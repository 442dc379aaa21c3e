/** @jest-environment ./test/environments/onnx.js */
import { CentroidDistances, prepareRows, type Rows, withNorms } from '@cairn/kmeans';
import { adjustedRandIndex, dot, Random, row, squaredEuclidean } from '@cairn/numerics';
import fc from 'fast-check';
import { PairwiseDistances } from '../distances/pairwise.js';
import { bisectingKMeans } from './bisecting.js';
import { cutAtCount, cutAtHeight } from './cut.js';
import golden from './golden.json';
import { linkRows, type Linkage } from './link-rows.js';
import { topicTree } from './topic-tree.js';

jest.setTimeout(60_000);

const never = () => {};
const pairwise = new PairwiseDistances();
afterAll(() => pairwise.release());

const ones = (count: number) => new Float64Array(count).fill(1);

async function link(values: Float32Array, dimension: number, linkage: Linkage, spherical: boolean, weights?: number[]) {
  const prepared = Float32Array.from(values);
  const { scale } = prepareRows(prepared, dimension, spherical, 0);
  const rows = withNorms(prepared, dimension);
  const w = weights === undefined ? ones(rows.count) : Float64Array.from(weights);
  return linkRows(rows, w, { linkage, spherical, scale }, pairwise, never, never);
}

describe('linkRows', () => {
  it.each(golden.trees)('makes the tree of SciPy: $linkage, spherical $spherical', async (tree) => {
    const found = await link(
      Float32Array.from(golden.points),
      golden.dimension,
      tree.linkage as Linkage,
      tree.spherical,
    );
    expect([...found.first]).toEqual(tree.first);
    expect([...found.second]).toEqual(tree.second);
    expect([...found.sizes]).toEqual(tree.sizes);
    found.heights.forEach((height, i) => expect(height).toBeCloseTo(tree.heights[i], 5));
    const weights = ones(found.leaves);
    expect(adjustedRandIndex(cutAtCount(found, 5, weights).labels, tree.labels)).toBe(1);
    const cut = cutAtHeight(found, tree.height, weights);
    expect(adjustedRandIndex(cut.labels, tree.labelsAtHeight)).toBe(1);
    expect(cut.height).toBeLessThanOrEqual(tree.height);
  });

  /** The definition, pair by pair: the closest two clusters merge until one is left. */
  function naive(rows: Rows, linkage: Linkage, spherical: boolean): number[] {
    const { values, dimension, count } = rows;
    const at = (i: number) => row(values, dimension, i);
    const distance = (a: number[], b: number[]): number => {
      if (linkage === 'ward') {
        const mean = (of: number[]) =>
          Float64Array.from({ length: dimension }, (_, j) => of.reduce((sum, i) => sum + at(i)[j], 0) / of.length);
        return Math.sqrt(((2 * a.length * b.length) / (a.length + b.length)) * squaredEuclidean(mean(a), mean(b)));
      }
      const pairs = a.flatMap((i) =>
        b.map((j) => (spherical ? 1 - dot(at(i), at(j)) : Math.sqrt(squaredEuclidean(at(i), at(j))))),
      );
      return linkage === 'complete' ? Math.max(...pairs) : pairs.reduce((sum, x) => sum + x, 0) / pairs.length;
    };
    const clusters = Array.from({ length: count }, (_, i) => [i]);
    const heights: number[] = [];
    while (clusters.length > 1) {
      let [best, first, second] = [Infinity, 0, 0];
      for (let a = 0; a < clusters.length; a++)
        for (let b = a + 1; b < clusters.length; b++) {
          const between = distance(clusters[a], clusters[b]);
          if (between < best) [best, first, second] = [between, a, b];
        }
      heights.push(best);
      clusters[first].push(...clusters.splice(second, 1)[0]);
    }
    return heights;
  }

  const linkages = fc.constantFrom<Linkage>('ward', 'average', 'complete');
  it('merges at the heights that the definition gives, whatever the rows', async () => {
    const shapes = fc.record({
      seed: fc.integer(),
      count: fc.integer({ min: 2, max: 24 }),
      dimension: fc.integer({ min: 2, max: 5 }),
      linkage: linkages,
      spherical: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, count, dimension, linkage, spherical }) => {
        const random = new Random(seed);
        const values = Float32Array.from({ length: count * dimension }, () => random.normal());
        const found = await link(values, dimension, linkage, spherical);
        const prepared = Float32Array.from(values);
        const { scale } = prepareRows(prepared, dimension, spherical, 0);
        const expected = naive(withNorms(prepared, dimension), linkage, spherical);
        const divisor = spherical ? 1 : scale;
        found.heights.forEach((height, i) => expect(height).toBeCloseTo(expected[i] / divisor, 5));
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('gives a whole tree of rising heights where most rows are equal, and where all are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), {
          minLength: 1,
          maxLength: 40,
        }),
        linkages,
        fc.boolean(),
        async (rows, linkage, spherical) => {
          const found = await link(Float32Array.from(rows.flat()), 2, linkage, spherical);
          expect(found.heights.length).toBe(rows.length - 1);
          found.heights.forEach((height, i) =>
            expect(height).toBeGreaterThanOrEqual(i === 0 ? 0 : found.heights[i - 1]),
          );
          expect(cutAtCount(found, 1, ones(rows.length)).sizes[0]).toBe(rows.length);
          const kinds = new Set(rows.map(String)).size;
          if (!spherical) expect([...found.heights].filter((height) => height === 0).length).toBe(rows.length - kinds);
        },
      ),
      { seed: 6, numRuns: 80 },
    );
  });

  it('takes a weighted row for that many rows at one place', async () => {
    const values = [0, 0, 3, 1, 7, 0, 7.5, 4];
    const weights = [3, 1, 2, 4];
    const repeated = weights.flatMap((times, i) =>
      Array<number[]>(times)
        .fill(values.slice(2 * i, 2 * i + 2))
        .flat(),
    );
    for (const linkage of ['ward', 'average', 'complete'] as const) {
      const short = await link(Float32Array.from(values), 2, linkage, false, weights);
      const long = await link(Float32Array.from(repeated), 2, linkage, false);
      long.heights.slice(-3).forEach((height, i) => expect(short.heights[i]).toBeCloseTo(height, 5));
      expect(short.sizes[2]).toBe(10);
    }
  });

  it.each(['ward', 'average'] as const)('is not slowed by a crowd around a hub, nor wrong: %s', async (linkage) => {
    // Points on rays from the origin: the one in the middle is everybody's nearest again and again.
    const random = new Random(9);
    const count = 600;
    const values = new Float32Array(count * 16);
    for (let i = 0; i < count; i++) {
      values[i * 16] = 5;
      for (let j = 0; j < 16; j++) values[i * 16 + j] += (random.normal() * i) / count;
    }
    const prepared = Float32Array.from(values);
    prepareRows(prepared, 16, true, 0);
    const rows = withNorms(prepared, 16);
    let steps = 0;
    const options = { linkage, spherical: true, scale: 1 };
    const found = await linkRows(rows, ones(count), options, pairwise, () => steps++, never);
    expect(found.sizes[count - 2]).toBe(count);
    expect(steps).toBeLessThan(2 * count);
  });

  it('stops when it is told to', async () => {
    const values = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i));
    const rows = withNorms(values, 4);
    for (const linkage of ['ward', 'complete'] as const) {
      let calls = 0;
      const stop = () => {
        if (++calls > 5) throw new Error('stopped');
      };
      const options = { linkage, spherical: false, scale: 1 };
      await expect(linkRows(rows, ones(1000), options, pairwise, stop, never)).rejects.toThrow('stopped');
    }
  });
});

describe('cuts and trees', () => {
  const line = Float32Array.of(0, 1, 10, 11, 13, 100);

  it('cut at every number of clusters and every height, larger clusters first', async () => {
    const tree = await link(line, 1, 'average', false);
    const weights = ones(6);
    expect([...cutAtCount(tree, 3, weights).labels]).toEqual([1, 1, 0, 0, 0, 2]);
    expect([...cutAtHeight(tree, 1, weights).labels]).toEqual([0, 0, 1, 1, 2, 3]);
    expect(cutAtHeight(tree, 0.5, weights).clusters).toBe(6);
    expect(cutAtHeight(tree, 1e9, weights)).toMatchObject({ clusters: 1, sizes: Float64Array.of(6) });
    for (const bad of [0, 7, 1.5])
      expect(() => cutAtCount(tree, bad, weights)).toThrow(expect.objectContaining({ field: 'n_clusters' }));
    for (const bad of [-1, NaN])
      expect(() => cutAtHeight(tree, bad, weights)).toThrow(expect.objectContaining({ field: 'height' }));
  });

  it('have every number of clusters nested in the next', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 30 }), async (xs) => {
        const tree = await link(Float32Array.from(xs), 1, 'ward', false);
        const weights = ones(xs.length);
        for (let k = 1; k < xs.length; k++) {
          const [coarse, fine] = [cutAtCount(tree, k, weights), cutAtCount(tree, k + 1, weights)];
          expect(fine.clusters).toBe(k + 1);
          expect(new Set(fine.labels).size).toBe(k + 1);
          const parents = new Set([...fine.labels].map((label, i) => `${label} in ${coarse.labels[i]}`));
          expect(parents.size).toBe(k + 1);
        }
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  it('shows the clusters of a cut as a tree, merges of one level together', async () => {
    // Two groups of three pairs each; the pairs of a group are equally far apart.
    const triangle = (x: number) => [x, 0, x + 0.1, 0, x + 10, 0, x + 10.1, 0, x + 5, 8.66, x + 5.1, 8.66];
    const tree = await link(Float32Array.from([...triangle(0), ...triangle(100)]), 2, 'average', false);
    const cut = cutAtCount(tree, 6, ones(12));
    const nodes = topicTree(tree, cut);
    expect(nodes.map(({ parent, size }) => [parent, size])).toEqual([
      [-1, 12],
      ...[0, 0].map((parent) => [parent, 6]),
      ...[1, 1, 1, 2, 2, 2].map((parent) => [parent, 2]),
    ]);
    expect(nodes.map(({ cluster }) => cluster).sort()).toEqual([-1, -1, -1, 0, 1, 2, 3, 4, 5]);
    expect(topicTree(tree, cutAtCount(tree, 1, ones(12)))).toMatchObject([{ parent: -1, size: 12, cluster: 0 }]);
    const single = await link(Float32Array.of(1, 2), 2, 'ward', false);
    expect(topicTree(single, cutAtCount(single, 1, ones(1)))).toEqual([{ parent: -1, height: 0, size: 1, cluster: 0 }]);
  });
});

describe('bisectingKMeans', () => {
  let distances: CentroidDistances;
  beforeAll(async () => (distances = await CentroidDistances.create()));
  afterAll(() => distances.release());
  const options = { clusters: 4, seed: 4, restarts: 20, maxIter: 300, tolerance: 0, spherical: false };

  it('halves as scikit-learn does', async () => {
    const rows = withNorms(Float32Array.from(golden.points), golden.dimension);
    const { labels, inertia } = await bisectingKMeans(rows, options, distances, never, never);
    expect(adjustedRandIndex(labels, golden.bisecting.labels)).toBe(1);
    expect(inertia / golden.bisecting.inertia).toBeCloseTo(1, 4);
  });

  it('stops where there are no more different rows', async () => {
    const rows = withNorms(Float32Array.of(1, 1, 1, 2, 2, 9), 1);
    const { labels, centroids } = await bisectingKMeans(rows, options, distances, never, never);
    expect([...labels]).toEqual([0, 0, 0, 1, 1, 2]);
    expect([...centroids]).toEqual([1, 2, 9]);
    const equal = withNorms(Float32Array.of(3, 3), 1);
    expect([...(await bisectingKMeans(equal, options, distances, never, never)).labels]).toEqual([0, 0]);
  });
});
