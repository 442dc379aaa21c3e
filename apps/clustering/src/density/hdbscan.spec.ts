/** @jest-environment ./test/environments/onnx.js */
import { withNorms } from '@cairn/kmeans';
import { adjustedRandIndex, Random, row, squaredEuclidean } from '@cairn/numerics';
import fc from 'fast-check';
import { nearestNeighbours } from '../distances/neighbours.js';
import { PairwiseDistances } from '../distances/pairwise.js';
import golden from './golden.json';
import { hdbscan, type HdbscanOptions } from './hdbscan.js';
import type { Selection } from './select-clusters.js';

jest.setTimeout(60_000);

const never = () => {};
const pairwise = new PairwiseDistances();
afterAll(() => pairwise.release());

const defaults = { selection: 'eom' as Selection, epsilon: 0, allowSingleCluster: false, scale: 1 };
const fit = (values: ArrayLike<number>, dimension: number, options: Partial<HdbscanOptions>) =>
  hdbscan(
    withNorms(Float32Array.from(values), dimension),
    { ...defaults, minClusterSize: 5, minSamples: 5, ...options },
    pairwise,
    never,
    never,
  );

describe('hdbscan', () => {
  const runs = [
    ...golden.runs.map((run) => ({ ...run, values: golden.points, dimension: golden.dimension, what: 'blobs' })),
    ...golden.ties.map((run) => ({ ...run, values: golden.grid, dimension: 2, what: 'grids' })),
  ];
  it.each(runs)(
    'finds in $what what the definitions give: size $minClusterSize, samples $minSamples, $selection',
    async ({ values, dimension, minClusterSize, minSamples, selection, ...expected }) => {
      const options = { minClusterSize, minSamples, selection: selection as Selection };
      const found = await fit(values, dimension, options);
      found.dendrogram.heights.forEach((height, i) => expect(height).toBeCloseTo(expected.heights[i], 5));
      expect(found.clusters).toBe(expected.stabilities.length);
      expected.labels.forEach((label, i) => expect(found.labels[i] < 0).toBe(label < 0));
      expect(adjustedRandIndex(found.labels, expected.labels)).toBe(1);
      found.probabilities.forEach((probability, i) => expect(probability).toBeCloseTo(expected.probabilities[i], 4));
      const kept = [...found.tree.stability].filter((stability) =>
        expected.stabilities.some((other) => Math.abs(other / stability - 1) < 1e-4),
      );
      expect(kept.length).toBeGreaterThanOrEqual(expected.stabilities.length);
    },
  );

  it('spans the rows with the least total length, whatever they are', async () => {
    const shapes = fc.record({
      seed: fc.integer(),
      count: fc.integer({ min: 2, max: 120 }),
      grid: fc.boolean(),
      minSamples: fc.integer({ min: 1, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, count, grid, minSamples }) => {
        const random = new Random(seed);
        // Several far groups, larger than the lists of neighbours, so that lists alone do not suffice.
        const value = (i: number) => (i % 3) * 50 + (grid ? random.below(4) : random.normal());
        const values = Float32Array.from({ length: 2 * count }, (_, at) => value(at >> 1));
        const { dendrogram } = await fit(values, 2, { minClusterSize: 2, minSamples });
        const expected = primLengths(values, 2, minSamples).sort((a, b) => a - b);
        expect(dendrogram.heights.length).toBe(count - 1);
        dendrogram.heights.forEach((height, i) => expect(height).toBeCloseTo(expected[i], 9));
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  it('keeps clusters of very different size and density, and leaves out what is between', async () => {
    const random = new Random(3);
    const groups = [
      { at: 0, count: 400, spread: 0.2 },
      { at: 10, count: 60, spread: 1 },
      { at: 20, count: 12, spread: 0.05 },
    ];
    const values = groups.flatMap(({ at, count, spread }) =>
      Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? at : 0) + spread * random.normal()),
    );
    values.push(5, 30, 15, -30, -20, 9);
    const { labels, clusters, probabilities } = await fit(values, 2, { minClusterSize: 8, minSamples: 4 });
    expect(clusters).toBe(3);
    const truth = groups.flatMap(({ count }, group) => Array<number>(count).fill(group));
    const inside = truth.map((_, i) => i).filter((i) => labels[i] >= 0);
    expect(inside.length).toBeGreaterThan(0.9 * truth.length);
    expect(
      adjustedRandIndex(
        inside.map((i) => truth[i]),
        inside.map((i) => labels[i]),
      ),
    ).toBe(1);
    expect([...labels.slice(-3)]).toEqual([-1, -1, -1]);
    expect([...probabilities.slice(-3)]).toEqual([0, 0, 0]);
  });

  it('does not split below epsilon', async () => {
    const values = [0, 0.1, 0.2, 0.3, 1, 1.1, 1.2, 1.3, 50, 50.1, 50.2, 50.3];
    const options = { minClusterSize: 3, minSamples: 2, selection: 'leaf' as const };
    expect((await fit(values, 1, options)).clusters).toBe(3);
    expect([...(await fit(values, 1, { ...options, epsilon: 2 })).labels]).toEqual([...Array(8).fill(0), 1, 1, 1, 1]);
  });

  it('may take all rows for one cluster only where that is allowed', async () => {
    const random = new Random(4);
    const values = Array.from({ length: 100 }, () => random.normal());
    const options = { minClusterSize: 30 };
    expect((await fit(values, 2, options)).clusters).toBe(0);
    expect(await fit(values, 2, { ...options, allowSingleCluster: true })).toMatchObject({
      clusters: 1,
      labels: new Int32Array(50),
    });
  });

  it('tells equal rows nothing, and stays finite', async () => {
    const equal = await fit(new Float32Array(20).fill(3), 1, {});
    expect(equal.clusters).toBe(0);
    const two = await fit([...Array<number>(12).fill(1), ...Array<number>(8).fill(5), 9], 1, {});
    expect([...two.labels]).toEqual([...Array<number>(12).fill(0), ...Array<number>(8).fill(1), -1]);
    expect([...two.tree.stability].every(Number.isFinite)).toBe(true);
  });

  it('refuses more than there is', async () => {
    const values = new Float32Array(10);
    const refused = (options: Partial<HdbscanOptions>, field: string) =>
      expect(fit(values, 1, options)).rejects.toMatchObject({ field });
    await refused({ minClusterSize: 11 }, 'min_cluster_size');
    await refused({ minClusterSize: 1 }, 'min_cluster_size');
    await refused({ minSamples: 11 }, 'min_samples');
  });
});

describe('nearestNeighbours', () => {
  it('lists the nearest others, in order, where there are more rows than a tile', async () => {
    const random = new Random(6);
    const values = Float32Array.from({ length: 5000 * 3 }, () => random.normal());
    const rows = withNorms(values, 3);
    const { indices, squared } = await nearestNeighbours(rows, 5, pairwise, never, never);
    for (let i = 0; i < 5000; i += 250) {
      const all = Array.from({ length: 5000 }, (_, j) => squaredEuclidean(row(values, 3, i), row(values, 3, j)));
      const order = all.map((_, j) => j).filter((j) => j !== i);
      order.sort((a, b) => all[a] - all[b]);
      expect([...indices.subarray(i * 5, i * 5 + 5)]).toEqual(order.slice(0, 5));
      expect([...squared.subarray(i * 5, i * 5 + 5)]).toEqual(order.slice(0, 5).map((j) => all[j]));
    }
  });
});

/** Lengths of the edges of a minimum spanning tree of mutual reachability, by Prim's algorithm on all distances. */
function primLengths(values: Float32Array, dimension: number, minSamples: number): number[] {
  const count = values.length / dimension;
  const distance = (i: number, j: number) =>
    Math.sqrt(squaredEuclidean(row(values, dimension, i), row(values, dimension, j)));
  const cores = Array.from({ length: count }, (_, i) => {
    const all = Array.from({ length: count }, (_, j) => distance(i, j)).sort((a, b) => a - b);
    return all[minSamples - 1];
  });
  const nearest = new Float64Array(count).fill(Infinity);
  const inside = new Uint8Array(count);
  const lengths: number[] = [];
  for (let last = 0, step = 1; step < count; step++) {
    inside[last] = 1;
    let next = -1;
    for (let i = 0; i < count; i++) {
      if (inside[i]) continue;
      nearest[i] = Math.min(nearest[i], Math.max(distance(last, i), cores[last], cores[i]));
      if (next < 0 || nearest[i] < nearest[next]) next = i;
    }
    lengths.push(nearest[next]);
    last = next;
  }
  return lengths;
}
