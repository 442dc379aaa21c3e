/** @jest-environment ./test/environments/onnx.js */
import { normalizeRows, Random } from '@cairn/numerics';
import { drawTogether, nearestRows, none } from './nearest-rows.js';
import { Products } from './products.js';

const dimension = 8;

function unitRows(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  const rows = Float32Array.from({ length: count * dimension }, () => random.normal());
  normalizeRows(rows, dimension);
  return rows;
}

describe('nearestRows', () => {
  let products: Products;
  beforeAll(async () => {
    products = await Products.create();
  });
  afterAll(() => products.release());

  it('finds what comparing with every row finds, where all clusters are looked at', async () => {
    const count = 700; // one cluster of more rows than are multiplied at once
    const vectors = unitRows(count, 1);
    const labels = Int32Array.from({ length: count }, (_, i) => (i < 400 ? 0 : 1 + (i % 4)));
    const found = await nearestRows(products, vectors, dimension, labels, unitRows(5, 2), 7);
    for (let text = 0; text < count; text += 37) {
      const cosines = Array.from({ length: count }, (_, other) => {
        let sum = 0;
        for (let j = 0; j < dimension; j++) sum += vectors[text * dimension + j] * vectors[other * dimension + j];
        return sum;
      });
      const expected = [...cosines.keys()].filter((other) => other !== text).sort((a, b) => cosines[b] - cosines[a]);
      expect([...found.subarray(7 * text, 7 * text + 7)]).toEqual(expected.slice(0, 7));
    }
  });

  it('says where there are no more', async () => {
    const found = await nearestRows(products, unitRows(3, 3), dimension, Int32Array.of(0, 1, 0), unitRows(2, 4), 4);
    for (let text = 0; text < 3; text++) {
      const own = [...found.subarray(4 * text, 4 * text + 4)];
      expect(own.slice(0, 2).sort()).toEqual([0, 1, 2].filter((other) => other !== text));
      expect(own.slice(2)).toEqual([none, none]);
    }
  });
});

describe('drawTogether', () => {
  it('moves rows towards the mean of their nearest, in unit length', () => {
    // Rows 0 and 1 are each other's nearest, row 2 has none.
    const rows = Float32Array.of(1, 0, 0, 1, -1, 0);
    const drawn = drawTogether(rows, 2, Int32Array.of(1, 0, none));
    // Once: (1, 2) / sqrt 5 and (2, 1) / sqrt 5; twice: (5, 4) and (4, 5) / sqrt 41.
    [5, 4, 4, 5].forEach((value, at) => expect(drawn[at]).toBeCloseTo(value / Math.sqrt(41), 6));
    expect([...drawn.subarray(4)]).toEqual([-1, 0]);
    expect([...rows]).toEqual([1, 0, 0, 1, -1, 0]);
  });
});
