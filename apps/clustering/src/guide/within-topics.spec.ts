import { columnMeans, dot, Random, row } from '@cairn/numerics';
import { guideRows, withinTopics } from './within-topics.js';

const dimension = 6;

/** Rows of topics whose means differ in the last columns, and which vary in the first one 20 times as much as in the others. */
function labelledRows(rows: number, topics: number, seed = 1): { values: Float32Array; topics: Int32Array } {
  const random = new Random(seed);
  const means = Float32Array.from({ length: topics * dimension }, (_, at) =>
    at % dimension > 2 ? random.normal() : 0,
  );
  const labels = Int32Array.from({ length: rows }, (_, i) => 100 + (i % topics));
  const values = Float32Array.from({ length: rows * dimension }, (_, at) => {
    const topic = labels[Math.floor(at / dimension)] - 100;
    const spread = at % dimension === 0 ? 2 : 0.1;
    return means[topic * dimension + (at % dimension)] + spread * random.normal();
  });
  return { values, topics: labels };
}

/** Covariance within topics of rows. */
function covarianceWithin(values: Float32Array, topics: Int32Array): number[][] {
  const groups = new Map<number, number[]>();
  topics.forEach((topic, i) => groups.set(topic, [...(groups.get(topic) ?? []), i]));
  const sums = Array.from({ length: dimension }, () => new Array<number>(dimension).fill(0));
  for (const members of groups.values()) {
    const own = Float32Array.from(members.flatMap((i) => Array.from(row(values, dimension, i))));
    const mean = columnMeans(own, dimension);
    for (let i = 0; i < members.length; i++)
      for (let a = 0; a < dimension; a++)
        for (let b = 0; b < dimension; b++)
          sums[a][b] += (own[i * dimension + a] - mean[a]) * (own[i * dimension + b] - mean[b]);
  }
  return sums.map((line) => line.map((sum) => sum / (topics.length - groups.size)));
}

describe('withinTopics', () => {
  it('gives a space in which topics vary alike in all directions', () => {
    const { values, topics } = labelledRows(4000, 8);
    const guide = withinTopics(values, dimension, topics);
    expect(guide.shrinkage).toBeLessThan(0.01);
    const seen = new Float32Array(values.length);
    guideRows(values, guide, new Float64Array(dimension), false, seen);
    const covariance = covarianceWithin(seen, topics);
    const variance = covariance.reduce((sum, line, a) => sum + line[a], 0) / dimension;
    covariance.forEach((line, a) =>
      line.forEach((value, b) => expect(value / variance).toBeCloseTo(a === b ? 1 : 0, 1)),
    );
  });

  it('has the shrinkage and the factor that the formulas give', () => {
    // Worked out apart, in Python: covariance [[8/3, 8/3], [8/3, 13/3]], OAS with four degrees of freedom, its 2 x 2 factor.
    const values = Float32Array.of(1, 2, 3, 5, 2, 1, 0, 1, 4, 4, 1, 0);
    const { factor, shrinkage } = withinTopics(values, 2, [0, 0, 0, 1, 1, 1]);
    expect(shrinkage).toBeCloseTo(0.7846975088967977, 12);
    [0.9740315714176235, 0, 0.1684134252268031, 1.0113849000677688].forEach((value, at) =>
      expect(factor[at]).toBeCloseTo(value, 10),
    );
  });

  it('changes nothing but the scale where topics vary alike, or too little is known', () => {
    const few = withinTopics(labelledRows(3, 2).values, dimension, [1, 1, 2]);
    expect(few.shrinkage).toBe(1);
    for (let a = 0; a < dimension; a++)
      for (let b = 0; b <= a; b++) expect(few.factor[a * dimension + b]).toBeCloseTo(a === b ? 1 : 0, 12);
  });

  it('centres rows, and gives them unit length where angles count', () => {
    const { values, topics } = labelledRows(50, 3);
    const centre = columnMeans(values, dimension);
    const seen = new Float32Array(values.length);
    guideRows(values, withinTopics(values, dimension, topics), centre, true, seen);
    for (let i = 0; i < 50; i++) expect(dot(row(seen, dimension, i), row(seen, dimension, i))).toBeCloseTo(1, 5);
    const inPlace = values.slice();
    guideRows(inPlace, withinTopics(values, dimension, topics), centre, true, inPlace);
    expect(inPlace).toEqual(seen);
  });

  it.each([
    ['no topic has two', Float32Array.of(1, 0, 0, 1), [1, 2]],
    ['those of one topic are equal', Float32Array.of(1, 0, 1, 0, 0, 1), [1, 1, 2]],
  ])('refuses labels where %s', (_, values, topics) => {
    expect(() => withinTopics(values, 2, topics)).toThrow(expect.objectContaining({ field: 'guides' }));
  });
});
