import { dot } from './distance.js';
import { guideOf, guideRows } from './guide.js';
import { row } from './matrix.js';
import { Random } from './random.js';

const dimension = 6;

/** Topics differ in the last three columns, rows of a topic in the first one; nothing happens in the others. */
function labelledRows(count: number): { values: Float32Array; topics: Int32Array } {
  const random = new Random(1);
  const means = Float32Array.from({ length: 8 * dimension }, (_, at) => (at % dimension > 2 ? random.normal() : 0));
  const topics = Int32Array.from({ length: count }, (_, i) => 100 + (i % 8));
  const values = Float32Array.from({ length: count * dimension }, (_, at) => {
    const spread = at % dimension === 0 ? 2 : 0.1;
    return means[(topics[Math.floor(at / dimension)] - 100) * dimension + (at % dimension)] + spread * random.normal();
  });
  return { values, topics };
}

/** Sum of the variances of rows around the means of their topics, or of all, in some columns. */
function variance(values: Float32Array, topics: ArrayLike<number>): number {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < topics.length; i++) groups.set(topics[i], [...(groups.get(topics[i]) ?? []), i]);
  let sum = 0;
  for (const members of groups.values())
    for (let j = 0; j < dimension; j++) {
      const mean = members.reduce((total, i) => total + values[i * dimension + j], 0) / members.length;
      for (const i of members) sum += (values[i * dimension + j] - mean) ** 2;
    }
  return sum / topics.length;
}

describe('guideOf', () => {
  it('sees what the formulas give', () => {
    // Worked out apart, with NumPy: OAS covariance within two topics, Cholesky factor, covariance of all rows in that space,
    // its eigenvectors weighed by (eigenvalue / largest) ^ 0.3; products of seen rows, which no sign of an axis changes.
    const examples = [1, 2, 3, 5, 2, 1, 0, 1, 4, 4, 1, 0];
    const rows = Float32Array.of(...examples, 6, 1, 7, 2, -3, 0, 2, -4, 5, 5);
    const guide = guideOf(Float32Array.from(examples), 2, [0, 0, 0, 1, 1, 1], rows)!;
    expect(guide.shrinkage).toBeCloseTo(0.7846975088967977, 12);
    const seen = new Float32Array(rows.length);
    guideRows(rows, guide, false, seen);
    const product = (a: number, b: number) => dot(row(seen, 2, a), row(seen, 2, b));
    [2.5506086585280103, 0.5497412473345317, 0.6444928014014721, 3.7321787944307094].forEach((value, other) =>
      expect(product(0, other)).toBeCloseTo(value, 5),
    );
    [12.14373866566151, 15.11918448061715, -18.365125369659662].forEach((value, other) =>
      expect(product(6, 6 + other)).toBeCloseTo(value, 4),
    );
  });

  it('makes more of what tells topics apart than of what differs within them', () => {
    const { values, topics } = labelledRows(4000);
    const seen = new Float32Array(values.length);
    guideRows(values, guideOf(values, dimension, topics, values)!, false, seen);
    const one = topics.map(() => 0);
    const share = (rows: Float32Array) => variance(rows, topics) / variance(rows, one);
    expect(share(values)).toBeGreaterThan(0.5);
    expect(share(seen)).toBeLessThan(0.02);
  });

  it('gives rows unit length where angles count, in place as well', () => {
    const { values, topics } = labelledRows(50);
    const guide = guideOf(values, dimension, topics, values)!;
    const seen = new Float32Array(values.length);
    guideRows(values, guide, true, seen);
    for (let i = 0; i < 50; i++) expect(dot(row(seen, dimension, i), row(seen, dimension, i))).toBeCloseTo(1, 5);
    guideRows(values, guide, true, values);
    expect(values).toEqual(seen);
  });

  it('learns nothing where no topic has two examples', () => {
    expect(guideOf(Float32Array.of(1, 0, 0, 1), 2, [1, 2], Float32Array.of(1, 0, 0, 1, 1, 1))).toBeUndefined();
  });

  it('sees rows that do not vary at all', () => {
    const same = Float32Array.of(1, 2, 1, 2);
    const seen = new Float32Array(4);
    guideRows(same, guideOf(Float32Array.of(1, 0, 0, 1), 2, [1, 1], same)!, true, seen);
    expect([...seen]).toEqual([0, 0, 0, 0]);
  });
});
