/** @jest-environment ./test/environments/onnx.js */
import { Random } from '@cairn/numerics';
import { SoloCrew } from './crew.js';
import { fitKMeans } from './fit-kmeans.js';
import { Products } from './products.js';
import { streamKMeans, type VectorSource } from './stream-kmeans.js';
import { Workbench } from './workbench.js';

jest.setTimeout(60_000); // tens of thousands of rows; a busy machine takes its time
let products: Products;
beforeAll(async () => (products = await Products.create()));
afterAll(() => products.release());
const solo = () => new SoloCrew(new Workbench(products), () => {});
const dimension = 6;

function rowsAround(seed: number, count: number, groups: number, spread: number): Float32Array {
  const random = new Random(seed);
  const middles = Float32Array.from({ length: groups * dimension }, () => 3 * random.normal());
  return Float32Array.from(
    { length: count * dimension },
    (_, at) => middles[(Math.floor(at / dimension) % groups) * dimension + (at % dimension)] + spread * random.normal(),
  );
}

const cut = (values: Float32Array, rows: number): VectorSource => ({
  dimension,
  async *blocks() {
    for (let at = 0; at < values.length; at += rows * dimension) yield values.slice(at, at + rows * dimension);
  },
});

async function labelsOf(stream: { labels(): AsyncGenerator<Int32Array> }): Promise<number[]> {
  const all: number[] = [];
  for await (const part of stream.labels()) all.push(...part);
  return all;
}

describe('streamKMeans', () => {
  it.each([false, true])(
    'equals k-means in memory bit for bit, however it is cut (spherical: %s)',
    async (spherical) => {
      const values = rowsAround(1, 20_000, 9, 1.5);
      const init = values.slice(0, 12 * dimension);
      const options = { clusters: 12, init, spherical, tol: 0 };
      const expected = await fitKMeans(values.slice(), dimension, { ...options, maxIter: 6 }, solo());
      for (const rows of [17, 4096, 20_000]) {
        const found = await streamKMeans(cut(values, rows), { ...options, maxPasses: 6 }, solo());
        expect(found.centroids).toEqual(expected.centroids);
        expect(found.sizes).toEqual(expected.sizes);
        expect(found.inertia / expected.inertia).toBeCloseTo(1, 12);
        expect(await labelsOf(found)).toEqual([...expected.labels]);
      }
    },
    60_000,
  );

  it.each([false, true])('finds groups that lie apart without a start (mini-batch: %s)', async (miniBatch) => {
    const values = rowsAround(2, 40_000, 10, 0.05);
    const found = await streamKMeans(cut(values, 1000), { clusters: 10, miniBatch, maxPasses: 5 }, solo());
    expect([...found.sizes]).toEqual(new Array(10).fill(4000));
    expect(found.inertia / (40_000 * dimension * 0.05 ** 2)).toBeCloseTo(1, 1);
  });

  it('refuses what it cannot cluster', async () => {
    const refused = (values: Float32Array, clusters = 2) => streamKMeans(cut(values, 5), { clusters }, solo());
    await expect(refused(new Float32Array(0))).rejects.toMatchObject({ field: 'vectors' });
    await expect(refused(new Float32Array(12).fill(NaN))).rejects.toMatchObject({ field: 'vectors' });
    await expect(refused(new Float32Array(13))).rejects.toMatchObject({ field: 'dimension' });
    await expect(refused(rowsAround(3, 4, 2, 1), 5)).rejects.toMatchObject({ field: 'clusters' });
    await expect(refused(rowsAround(3, 4, 2, 1), 1)).rejects.toMatchObject({ field: 'clusters' });
  });
});
