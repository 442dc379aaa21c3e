/** @jest-environment ./test/environments/onnx.js */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random, row, squaredEuclidean } from '@cairn/numerics';
import fc from 'fast-check';
import { doShare, SoloCrew, type Crew, type Phase } from './crew.js';
import { fitKMeans, type KMeansOptions } from './fit-kmeans.js';
import golden from './golden-lloyd.json';
import { sourceHash } from './kernels/simd-kernels.js';
import { lloyd } from './lloyd.js';
import { Products } from './products.js';
import { ClusteringRefusal } from './refusal.js';
import { withNorms } from './rows.js';
import { nextBlock } from './run-state.js';
import { Workbench } from './workbench.js';

jest.setTimeout(60_000); // many runs; a busy machine takes its time
const never = () => {};
let products: Products;
beforeAll(async () => (products = await Products.create()));
afterAll(() => products.release());
const solo = () => new SoloCrew(new Workbench(products), never);

/** Several shares with memory of their own that take turns whenever one waits, as threads would. */
class Team implements Crew {
  private readonly benches: Workbench[];
  constructor(readonly slots: number) {
    this.benches = Array.from({ length: slots }, () => new Workbench(products));
  }
  async run(phase: Phase): Promise<void> {
    phase.state.counters[nextBlock] = 0;
    await Promise.all(this.benches.map((bench, slot) => doShare(phase, slot, bench, never)));
  }
  allocate(bytes: number): SharedArrayBuffer {
    return new SharedArrayBuffer(bytes);
  }
}

/** Rows around a few middles. */
function groupedRows(seed: number, count: number, dimension: number, groups: number, spread = 0.6): Float32Array {
  const random = new Random(seed);
  const middles = Float32Array.from({ length: groups * dimension }, () => random.normal());
  return Float32Array.from(
    { length: count * dimension },
    (_, at) => middles[(Math.floor(at / dimension) % groups) * dimension + (at % dimension)] + spread * random.normal(),
  );
}

const fit = (values: Float32Array, dimension: number, options: KMeansOptions, crew: Crew = solo()) =>
  fitKMeans(values.slice(), dimension, options, crew);

describe('fitKMeans beside scikit-learn', () => {
  const cases = golden.runs.flatMap(({ name, dimension, points, cases }) =>
    cases.map((expected) => ({ name, dimension, points, expected, weighted: expected.weights !== null })),
  );

  it.each(cases)(
    'goes the same way from the same start: $name, k = $expected.k, weighted: $weighted',
    async ({ dimension, points, expected }) => {
      const values = Float32Array.from(points);
      const init = Float32Array.from(expected.start.flatMap((i) => points.slice(i * dimension, (i + 1) * dimension)));
      const weights = expected.weights === null ? undefined : Float32Array.from(expected.weights);
      const found = await fit(values, dimension, { clusters: expected.k, init, weights });
      expect([...found.labels]).toEqual(expected.labels);
      expect(found.iterations).toBe(expected.iterations);
      // Rows are centred and kept as float32: what is far away costs the others digits.
      const largest = Math.max(...points.map(Math.abs));
      expect(Math.abs(found.inertia - expected.inertia)).toBeLessThanOrEqual(
        1e-5 * expected.inertia + 1e-6 * largest * Math.sqrt(expected.inertia * values.length) + 1e-9,
      );
      found.centroids.forEach((value, at) =>
        expect(Math.abs(value - expected.centroids[at])).toBeLessThanOrEqual(2e-6 * largest),
      );
    },
  );
});

describe('fitKMeans', () => {
  const shapes = fc.record({
    seed: fc.integer(),
    count: fc.integer({ min: 30, max: 2500 }),
    dimension: fc.integer({ min: 1, max: 40 }),
    clusters: fc.integer({ min: 2, max: 30 }),
    spherical: fc.boolean(),
    weighted: fc.boolean(),
    equalRows: fc.boolean(),
  });

  it('gives the same bits for any number of threads, with bounds and without', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, count, dimension, clusters, spherical, weighted, equalRows }) => {
        const values = groupedRows(seed, count, dimension, 7);
        if (equalRows) for (let i = 1; i < count; i += 2) values.copyWithin(i * dimension, 0, dimension);
        const random = new Random(seed);
        const weights = weighted ? Float32Array.from({ length: count }, () => random.below(4) + 0.1) : undefined;
        const options = { clusters, spherical, weights, seed, tol: 0, maxIter: 25 };
        const once = await fit(values, dimension, options);
        for (const [crew, pruning] of [
          [solo(), false],
          [new Team(3), true],
          [new Team(2), false],
        ] as const) {
          const again = await fit(values, dimension, { ...options, pruning }, crew);
          expect(again.labels).toEqual(once.labels);
          expect(again.centroids).toEqual(once.centroids);
          expect(again.inertia).toBe(once.inertia);
        }
      }),
      { seed: 41, numRuns: 15 },
    );
  }, 60_000);

  it('settles rows by bounds, and with many centroids compares some with a few only', async () => {
    const values = groupedRows(2, 6000, 64, 60, 0.5);
    let settled = 0;
    let sparse = 0;
    const onIteration = (iteration: { settled: number; sparse: number }) => {
      settled += iteration.settled;
      sparse += iteration.sparse;
    };
    const options = { clusters: 200, tol: 0, init: 'random' as const };
    const found = await fit(values, 64, { ...options, onIteration });
    expect(settled).toBeGreaterThan(6000);
    expect(sparse).toBeGreaterThan(0);
    expect((await fit(values, 64, { ...options, pruning: false })).labels).toEqual(found.labels);
  });

  it('counts a row of weight 3 as three rows', async () => {
    const values = groupedRows(3, 60, 3, 4);
    const weights = Float32Array.from({ length: 60 }, (_, i) => 1 + (i % 3));
    const repeated = Float32Array.from(
      [...weights.keys()].flatMap((i) => Array.from({ length: weights[i] }, () => [...row(values, 3, i)]).flat()),
    );
    const init = values.slice(0, 4 * 3);
    const once = await fit(values, 3, { clusters: 4, weights, init, tol: 0 });
    const other = await fit(repeated, 3, { clusters: 4, init, tol: 0 });
    expect(once.inertia / other.inertia).toBeCloseTo(1, 5);
    once.centroids.forEach((value, at) => expect(value).toBeCloseTo(other.centroids[at], 5));
  });

  it('leaves frozen centroids where they are and finds the others', async () => {
    const values = groupedRows(4, 400, 5, 5, 0.05);
    const known = Float32Array.from([...row(values, 5, 0), ...row(values, 5, 1)]);
    const { centroids, sizes, labels } = await fit(values, 5, { clusters: 5, frozen: known, restarts: 3 });
    known.forEach((value, at) => expect(centroids[at]).toBeCloseTo(value, 5));
    expect([...sizes]).toEqual([80, 80, 80, 80, 80]);
    expect([labels[0], labels[1]]).toEqual([0, 1]);
  });

  it('starts warm from centroids of an earlier run and is done at once', async () => {
    const values = groupedRows(5, 500, 6, 8);
    const first = await fit(values, 6, { clusters: 8, tol: 0 });
    const again = await fit(values, 6, { clusters: 8, tol: 0, init: first.centroids });
    expect(again.iterations).toBeLessThanOrEqual(2);
    expect(again.labels).toEqual(first.labels);
  });

  it.each(['k-means++', 'k-means||'] as const)(
    'finds groups that lie apart from first centroids by %s',
    async (init) => {
      const values = groupedRows(6, 2000, 8, 20, 0.02);
      for (const spherical of [false, true]) {
        const { sizes } = await fit(values, 8, { clusters: 20, init, spherical, seed: 1 });
        expect(new Set(sizes)).toEqual(new Set([100]));
      }
    },
  );

  it('keeps the lowest inertia of its restarts', async () => {
    const values = groupedRows(7, 300, 4, 9);
    const inertias = await Promise.all(
      [1, 2, 5].map(async (restarts) => (await fit(values, 4, { clusters: 9, restarts })).inertia),
    );
    expect(inertias[1]).toBeLessThanOrEqual(inertias[0]);
    expect(inertias[2]).toBeLessThanOrEqual(inertias[1]);
  });

  it('keeps sizes within bounds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 2, max: 8 }), async (seed, clusters) => {
        const values = groupedRows(seed, 120, 3, 3);
        const minSize = Math.floor(60 / clusters);
        const maxSize = Math.ceil(160 / clusters);
        const { sizes, labels, centroids, inertia } = await fit(values, 3, { clusters, minSize, maxSize });
        for (const size of sizes) {
          expect(size).toBeGreaterThanOrEqual(minSize);
          expect(size).toBeLessThanOrEqual(maxSize);
        }
        const sum = labels.reduce(
          (total, label, i) => total + squaredEuclidean(row(values, 3, i), row(centroids, 3, label)),
          0,
        );
        expect(inertia / sum).toBeCloseTo(1, 4);
      }),
      { seed: 42, numRuns: 15 },
    );
  });

  it.each<[string, Float32Array, number, KMeansOptions, string]>([
    ['NaN', Float32Array.of(0, 1, NaN, 3), 2, { clusters: 2 }, 'vectors'],
    ['infinity', Float32Array.of(0, 1, Infinity, 3), 2, { clusters: 2 }, 'vectors'],
    ['one cluster', Float32Array.of(0, 1, 2, 3), 2, { clusters: 1 }, 'clusters'],
    ['more clusters than rows', Float32Array.of(0, 1, 2, 3), 2, { clusters: 3 }, 'clusters'],
    ['no rows', new Float32Array(0), 2, { clusters: 2 }, 'vectors'],
    ['one row', Float32Array.of(1, 2), 2, { clusters: 2 }, 'vectors'],
    ['equal rows', Float32Array.of(1, 2, 1, 2, 1, 2), 2, { clusters: 2 }, 'vectors'],
    ['rows of other lengths', Float32Array.of(1, 2, 3), 2, { clusters: 2 }, 'dimension'],
    ['a negative weight', Float32Array.of(0, 1, 2), 1, { clusters: 2, weights: Float32Array.of(1, -1, 1) }, 'weights'],
    ['a start of another size', Float32Array.of(0, 1, 2), 1, { clusters: 2, init: Float32Array.of(1) }, 'init'],
    ['sizes too large', Float32Array.of(0, 1, 2), 1, { clusters: 2, minSize: 2 }, 'minSize'],
    ['sizes too small', Float32Array.of(0, 1, 2), 1, { clusters: 2, maxSize: 1 }, 'maxSize'],
  ])('refuses %s', async (_, values, dimension, options, field) => {
    const refusal = fit(values, dimension, options);
    await expect(refusal).rejects.toBeInstanceOf(ClusteringRefusal);
    await expect(refusal).rejects.toMatchObject({ field });
  });
});

describe('products of bytes', () => {
  it('give the labels of products of floats', async () => {
    const floats = Object.create(products, { exactBytes: { value: false } }) as Products;
    const values = groupedRows(8, 3000, 50, 40);
    const rows = withNorms(values, 50);
    const options = { maxIter: 12, tolerance: 0, spherical: false };
    const start = values.slice(0, 64 * 50);
    const expected = await lloyd(rows, start, options, new SoloCrew(new Workbench(floats), never));
    const found = await lloyd(rows, start, options, solo());
    expect(found.labels).toEqual(expected.labels);
    expect(found.centroids).toEqual(expected.centroids);
  });
});

describe('the compiled kernels', () => {
  it('are those of the source (node scripts/build-kernels.mjs makes them)', () => {
    const source = readFileSync(join(__dirname, 'kernels/simd-kernels.as'));
    expect(sourceHash).toBe(createHash('sha256').update(source).digest('hex'));
  });
});
