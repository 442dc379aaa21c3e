/** @jest-environment ./test/environments/onnx.js */
import { adjustedRandIndex, Random, row, squaredEuclidean } from '@cairn/numerics';
import fc from 'fast-check';
import { CentroidDistances, exactNearest } from './centroid-distances.js';
import { SoloCrew } from './crew.js';
import golden from './golden.json';
import { seedCentroids } from './kmeans-plus-plus.js';
import { bestRestart, orderClusters, runRestart } from './kmeans.js';
import { lloyd, nearestCentroids, type Clustering } from './lloyd.js';
import { prepareRows } from './prepare-rows.js';
import { withNorms, type Rows } from './rows.js';

const never = () => {};
let distances: CentroidDistances;
beforeAll(async () => (distances = await CentroidDistances.create()));
afterAll(() => distances.release());
const crew = () => new SoloCrew(distances.bench, never);

const rowsOf = (dimension: number, ...values: number[]) => withNorms(Float32Array.from(values), dimension);

function normalRows(seed: number, count: number, dimension: number, spherical = false): Rows {
  const random = new Random(seed);
  const values = Float32Array.from({ length: count * dimension }, () => random.normal());
  if (spherical) prepareRows(values, dimension, true, 0);
  return withNorms(values, dimension);
}

async function fit(
  rows: Rows,
  clusters: number,
  options: { restarts?: number; seed?: number; spherical?: boolean } = {},
) {
  const { restarts = 10, seed = 42, spherical = false } = options;
  const all: Clustering[] = [];
  for (let restart = 0; restart < restarts; restart++)
    all.push(await runRestart(rows, { clusters, seed, restart, maxIter: 300, tolerance: 0, spherical }, crew()));
  return orderClusters(bestRestart(all), rows.dimension);
}

const shapes = fc.record({
  seed: fc.integer(),
  count: fc.integer({ min: 6, max: 60 }),
  dimension: fc.integer({ min: 1, max: 6 }),
  clusters: fc.integer({ min: 1, max: 6 }),
  spherical: fc.boolean(),
});

describe('k-means', () => {
  it('solves four points by hand: two pairs, centroids in their middles', async () => {
    const { labels, centroids, inertia } = await fit(rowsOf(2, 0, 0, 10, 0, 0, 1, 10, 1), 2);
    expect([...labels]).toEqual([0, 1, 0, 1]);
    expect([...centroids]).toEqual([0, 0.5, 10, 0.5]);
    expect(inertia).toBe(1);
  });

  it('takes the angle only in the spherical case', async () => {
    const values = Float32Array.of(1, 0, 100, 1, 0, 1, 1, 100);
    prepareRows(values, 2, true, 0);
    const { labels, centroids } = await fit(withNorms(values, 2), 2, { spherical: true });
    expect([...labels]).toEqual([0, 0, 1, 1]);
    for (const index of [0, 1]) {
      const centroid = row(centroids, 2, index);
      expect(squaredEuclidean(centroid, Float32Array.of(0, 0))).toBeCloseTo(1, 6);
      // The mean direction of 0 and arctan(1 / 100).
      expect(Math.min(...centroid)).toBeCloseTo(Math.sin(Math.atan(0.01) / 2), 6);
    }
  });

  it.each(golden.runs.filter(({ spherical }) => !spherical))(
    'reaches the inertia of scikit-learn with k = $k',
    async ({ k, labels, inertia }) => {
      const found = await fit(rowsOf(golden.dimension, ...golden.points), k, { restarts: 20 });
      expect(found.inertia / inertia).toBeCloseTo(1, 5);
      expect(adjustedRandIndex(found.labels, labels)).toBe(1);
    },
  );

  it('goes the way of scikit-learn from the same start', async () => {
    const rows = rowsOf(golden.dimension, ...golden.points);
    const options = { maxIter: 500, tolerance: 0, spherical: false };
    const found = await lloyd(rows, Float32Array.from(golden.lloyd.start), options, crew());
    expect([...found.labels]).toEqual(golden.lloyd.labels);
    expect(found.iterations).toBe(golden.lloyd.iterations);
    expect(found.inertia / golden.lloyd.inertia).toBeCloseTo(1, 6);
    found.centroids.forEach((value, j) => expect(value).toBeCloseTo(golden.lloyd.centroids[j], 5));
  });

  it('equals a plain implementation in double precision', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, count, dimension, clusters, spherical }) => {
        const rows = normalRows(seed, count, dimension, spherical);
        const start = rows.values.slice(0, clusters * dimension);
        const expected = plainLloyd(rows, start, spherical);
        fc.pre(expected !== undefined);
        const options = { maxIter: 300, tolerance: 0, spherical };
        const found = await lloyd(rows, start, options, crew());
        expect([...found.labels]).toEqual(expected!.labels);
        found.centroids.forEach((value, j) => expect(value).toBeCloseTo(expected!.centroids[j], 5));
      }),
      { seed: 21, numRuns: 40 },
    );
  });

  it('never raises the inertia from one iteration to the next', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, count, dimension, clusters, spherical }) => {
        const rows = normalRows(seed, count, dimension, spherical);
        const start = rows.values.slice(0, clusters * dimension);
        let last = Infinity;
        for (let maxIter = 1; maxIter <= 8; maxIter++) {
          const options = { maxIter, tolerance: 0, spherical };
          const { inertia } = await lloyd(rows, start, options, crew());
          expect(inertia).toBeLessThanOrEqual(last * (1 + 1e-6) + 1e-12);
          last = inertia;
        }
      }),
      { seed: 22, numRuns: 20 },
    );
  });

  it('gives every row a cluster of its own when there are as many clusters as rows', async () => {
    for (const spherical of [false, true]) {
      const { labels, inertia } = await fit(normalRows(1, 25, 8, spherical), 25, { spherical, restarts: 1 });
      expect([...labels].sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i));
      expect(inertia).toBeLessThan(1e-10);
    }
  });

  it('gives equal rows one cluster, and no empty ones', async () => {
    const rows = rowsOf(2, 1, 2, 1, 2, 1, 2, 5, 5, 5, 5, 7, 0);
    const { labels, centroids } = await fit(rows, 5);
    expect([...labels]).toEqual([0, 0, 0, 1, 1, 2]);
    expect([...centroids]).toEqual([1, 2, 5, 5, 7, 0]);
    const same = await fit(rowsOf(3, ...new Array(15).fill(0.1)), 3);
    expect([...same.labels]).toEqual([0, 0, 0, 0, 0]);
  });

  it('repairs clusters that are empty at the start with the rows farthest from their centroids', async () => {
    const rows = rowsOf(1, 0, 1, 2, 100, 200);
    const start = Float32Array.of(1, 1000, 2000);
    const found = await lloyd(rows, start, { maxIter: 300, tolerance: 0, spherical: false }, crew());
    expect([...orderClusters(found, 1).labels]).toEqual([0, 0, 0, 1, 2]);
    expect(found.inertia).toBe(2);
  });

  it('repeats itself with one seed and differs with another', async () => {
    const rows = normalRows(3, 200, 4);
    const once = await fit(rows, 12, { restarts: 1, seed: 5 });
    expect(await fit(rows, 12, { restarts: 1, seed: 5 })).toEqual(once);
    expect((await fit(rows, 12, { restarts: 1, seed: 6 })).inertia).not.toBe(once.inertia);
  });

  it('ends when it is interrupted', async () => {
    const stop = () => {
      throw new Error('enough');
    };
    const options = { clusters: 3, seed: 1, restart: 0, maxIter: 10, tolerance: 0, spherical: false };
    await expect(runRestart(normalRows(4, 50, 3), options, new SoloCrew(distances.bench, stop))).rejects.toThrow(
      'enough',
    );
  });
});

describe('greedy k-means++', () => {
  it('puts one centroid into each of the groups that lie far apart', async () => {
    const random = new Random(9);
    const groups = 8;
    const values = Float32Array.from({ length: groups * 20 * 2 }, (_, at) => {
      const group = Math.floor(at / 2) % groups;
      return 100 * (at % 2 === 0 ? group % 3 : Math.floor(group / 3)) + random.normal();
    });
    for (let seed = 0; seed < 10; seed++) {
      const centroids = await seedCentroids(withNorms(values, 2), { clusters: groups }, new Random(seed), crew());
      const cells = Array.from({ length: groups }, (_, c) => [...row(centroids, 2, c)].map((x) => Math.round(x / 100)));
      expect(new Set(cells.map(String)).size).toBe(groups);
    }
  });
});

describe('CentroidDistances', () => {
  it('labels exactly as double precision does, also where float32 cannot tell centroids apart', async () => {
    const hard = fc.record({
      seed: fc.integer(),
      dimension: fc.integer({ min: 1, max: 40 }),
      offset: fc.constantFrom(0, 1, 1e3, 1e6),
      spread: fc.constantFrom(1, 1e-3, 1e-6),
    });
    await fc.assert(
      fc.asyncProperty(hard, async ({ seed, dimension, offset, spread }) => {
        const random = new Random(seed);
        const draw = (rows: number) =>
          Float32Array.from({ length: rows * dimension }, () => offset + spread * random.normal());
        const rows = withNorms(draw(60), dimension);
        const centroids = draw(7);
        const labels = await nearestCentroids(rows, centroids, crew());
        const expected = Array.from(labels, (_, i) =>
          exactNearest(row(rows.values, dimension, i), centroids, dimension),
        );
        expect([...labels]).toEqual(expected);
      }),
      { seed: 23, numRuns: 60 },
    );
  });

  it('gives the lower index in a tie, and distances of zero between equal rows', async () => {
    const rows = rowsOf(3, 0.1, 0.2, 0.3, 0.7, 0.1, 0.9);
    const twice = Float32Array.of(0.5, 0.5, 0.5, 0.1, 0.2, 0.3, 0.1, 0.2, 0.3);
    const labels = await nearestCentroids(rows, twice, crew());
    expect([...labels]).toEqual([1, 0]);
    const squared: number[][] = [];
    await distances.toPoints(rows, twice, never, (_, toAll) => squared.push([...toAll]));
    expect(squared[0].slice(1)).toEqual([0, 0]);
    expect(squared[1][0]).toBeCloseTo(0.04 + 0.16 + 0.16, 5);
  });

  it('goes on after the first block of rows', async () => {
    // 1,025 rows of 1,024 components are one row more than a block holds.
    const values = new Float32Array(1025 * 1024);
    for (let i = 0; i < 1025; i++) values[i * 1024 + (i % 3)] = 1 + i / 1025;
    const rows = withNorms(values, 1024);
    const labels = await nearestCentroids(rows, values.slice(0, 3 * 1024), crew());
    expect([...labels]).toEqual(Array.from(labels, (_, i) => i % 3));
  });
});

/** Lloyd's algorithm as in a textbook; undefined where a cluster becomes empty, which the textbook leaves open. */
function plainLloyd(rows: Rows, start: Float32Array, spherical: boolean) {
  const { values, count, dimension } = rows;
  const at = (i: number) => [...row(values, dimension, i)];
  let centroids: number[][] = Array.from({ length: start.length / dimension }, (_, c) => [...row(start, dimension, c)]);
  let labels: number[] = [];
  for (let iteration = 0; iteration < 300; iteration++) {
    const next = Array.from({ length: count }, (_, i) => {
      const toAll = centroids.map((centroid) => centroid.reduce((sum, x, j) => sum + (x - at(i)[j]) ** 2, 0));
      return toAll.indexOf(Math.min(...toAll));
    });
    if (next.every((label, i) => label === labels[i])) break;
    labels = next;
    const members = centroids.map((_, c) => labels.flatMap((label, i) => (label === c ? [at(i)] : [])));
    if (members.some(({ length }) => length === 0)) return undefined;
    centroids = members.map((own) => {
      const mean = own[0].map((_, j) => own.reduce((sum, x) => sum + x[j], 0) / own.length);
      const length = spherical ? Math.hypot(...mean) || 1 : 1;
      return mean.map((x) => x / length);
    });
  }
  return { labels, centroids: centroids.flat() };
}
