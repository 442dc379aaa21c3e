/** @jest-environment ./test/environments/onnx.js */
import { prepareRows, withNorms } from '@cairn/kmeans';
import { dot, Random, row, squaredEuclidean } from '@cairn/numerics';
import fc from 'fast-check';
import { PairwiseDistances } from '../distances/pairwise.js';
import golden from '../../../../libs/kmeans/src/golden.json';
import { silhouette } from './silhouette.js';
import { silhouetteWidths } from './silhouette-widths.js';
import { membersOf, stratifiedSample } from './stratified-sample.js';

jest.setTimeout(60_000);

const never = () => {};
const distances = new PairwiseDistances();
afterAll(() => distances.release());

/** Blobs around multiples of 4 in each coordinate, of the given sizes. */
function blobs(sizes: number[], dimension: number, seed: number) {
  const random = new Random(seed);
  const labels = Int32Array.from(sizes.flatMap((size, cluster) => new Array<number>(size).fill(cluster)));
  const values = new Float32Array(labels.length * dimension);
  labels.forEach((cluster, i) => {
    for (let j = 0; j < dimension; j++)
      values[i * dimension + j] = (j % sizes.length === cluster ? 4 : 0) + random.normal();
  });
  return { values, labels };
}

describe('silhouette', () => {
  it.each(golden.runs)(
    'agrees with scikit-learn: k = $k, spherical $spherical',
    async ({ spherical, k, labels, silhouettes }) => {
      const values = Float32Array.from(golden.points);
      if (spherical) prepareRows(values, golden.dimension, true, 0);
      const rows = withNorms(values, golden.dimension);
      const options = { spherical, seed: 1, sampleLimit: 2000 };
      const found = await silhouette(rows, Int32Array.from(labels), k, options, distances, never);
      const mean = (of: number[]) => of.reduce((sum, x) => sum + x, 0) / of.length;
      expect(found.mean).toBeCloseTo(mean(silhouettes), 5);
      for (let cluster = 0; cluster < k; cluster++)
        expect(found.perCluster[cluster]).toBeCloseTo(mean(silhouettes.filter((_, i) => labels[i] === cluster)), 5);
    },
  );

  it('is 0 for one cluster, for clusters of single rows, and where all rows are equal', async () => {
    const options = { spherical: false, seed: 1, sampleLimit: 2000 };
    const of = (values: number[], labels: number[], clusters: number) =>
      silhouette(withNorms(Float32Array.from(values), 1), Int32Array.from(labels), clusters, options, distances, never);
    expect((await of([1, 2, 3], [0, 0, 0], 1)).mean).toBe(0);
    expect((await of([1, 2, 3], [0, 1, 2], 3)).mean).toBe(0);
    expect((await of([1, 1, 1, 1], [0, 0, 1, 1], 2)).mean).toBe(0);
  });

  it.each([true, false])(
    'of a sample is near that of all rows, small clusters included (spherical %s)',
    async (spherical) => {
      const { values, labels } = blobs([500, 300, 12], 6, 3);
      if (spherical) prepareRows(values, 6, true, 0);
      const rows = withNorms(values, 6);
      const all = await silhouette(rows, labels, 3, { spherical, seed: 1, sampleLimit: 5000 }, distances, never);
      const some = await silhouette(rows, labels, 3, { spherical, seed: 1, sampleLimit: 250 }, distances, never);
      if (!spherical) expect(some.mean).not.toBe(all.mean);
      expect(Math.abs(some.mean - all.mean)).toBeLessThan(0.03);
      some.perCluster.forEach((value, cluster) => expect(Math.abs(value - all.perCluster[cluster])).toBeLessThan(0.05));
    },
  );
});

describe('silhouetteWidths', () => {
  /** By the definition, all pairs. */
  function naive(values: Float32Array, dimension: number, labels: Int32Array, clusters: number, spherical: boolean) {
    const at = (i: number) => row(values, dimension, i);
    return Float64Array.from(labels, (label, i) => {
      const sums = new Float64Array(clusters);
      const sizes = new Float64Array(clusters);
      labels.forEach((other, j) => {
        if (other < 0 || j === i) return;
        sums[other] += spherical ? 1 - dot(at(i), at(j)) : Math.sqrt(squaredEuclidean(at(i), at(j)));
        sizes[other]++;
      });
      if (sizes[label] === 0) return 0;
      const means = sums.map((sum, cluster) => sum / sizes[cluster]);
      const b = Math.min(...means.filter((mean, cluster) => cluster !== label && !Number.isNaN(mean)));
      return (b - means[label]) / Math.max(b, means[label]);
    });
  }

  it('are those of the definition, whatever the bounds rule out: far and near clusters, noise, few and many rows', async () => {
    const shapes = fc.record({
      seed: fc.integer(),
      sizes: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 2, maxLength: 8 }),
      dimension: fc.integer({ min: 1, max: 12 }),
      apart: fc.double({ min: 0, max: 6, noNaN: true }),
      offset: fc.constantFrom(0, 30),
      noise: fc.integer({ min: 0, max: 5 }),
      spherical: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, sizes, dimension, apart, offset, noise, spherical }) => {
        const random = new Random(seed);
        const labels = Int32Array.from([
          ...sizes.flatMap((size, cluster) => new Array<number>(size).fill(cluster)),
          ...new Array<number>(noise).fill(-1),
        ]);
        const centers = Float32Array.from({ length: sizes.length * dimension }, () => apart * random.normal());
        const values = Float32Array.from({ length: labels.length * dimension }, (_, position) => {
          const cluster = labels[Math.floor(position / dimension)];
          const center = cluster < 0 ? 0 : centers[cluster * dimension + (position % dimension)];
          return offset + center + random.normal();
        });
        // The angles of points far off in one direction are all but equal, and those of a line are 0 or 180 degrees.
        if (spherical && (offset > 0 || dimension === 1)) return;
        if (spherical) prepareRows(values, dimension, true, 0);
        const looked = Int32Array.from(labels.keys()).filter((i) => labels[i] >= 0);
        const members = membersOf(labels, sizes.length);
        const rows = withNorms(values, dimension);
        const found = await silhouetteWidths(rows, labels, members, looked, spherical, distances, never);
        const expected = naive(values, dimension, labels, sizes.length, spherical);
        found.forEach((width, place) => expect(Math.abs(width - expected[looked[place]])).toBeLessThan(2e-4));
      }),
      { seed: 34, numRuns: 100 },
    );
  });
});

describe('stratifiedSample', () => {
  it('takes different members of each cluster, at least two where there are two, and about as many as asked', () => {
    const clusterings = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(clusterings, fc.integer({ min: 1, max: 300 }), fc.integer(), (sizes, limit, seed) => {
        const labels = Int32Array.from(sizes.flatMap((size, cluster) => new Array<number>(size).fill(cluster)));
        const members = membersOf(new Random(seed).shuffle(labels), sizes.length);
        const sample = stratifiedSample(members, limit, seed);
        sample.forEach((rows, cluster) => {
          expect(new Set(rows).size).toBe(rows.length);
          expect(rows.length).toBeGreaterThanOrEqual(Math.min(2, sizes[cluster]));
          for (const i of rows) expect(labels[i]).toBe(cluster);
        });
        const total = sample.reduce((sum, { length }) => sum + length, 0);
        expect(total).toBeLessThanOrEqual(Math.max(limit, 2 * sizes.length));
        if (labels.length <= limit) expect(total).toBe(labels.length);
        expect(stratifiedSample(members, limit, seed)).toEqual(sample);
      }),
      { seed: 32 },
    );
  });
});
