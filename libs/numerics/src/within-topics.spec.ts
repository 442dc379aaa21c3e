import { Random } from './random.js';
import { withinTopics as learn } from './within-topics.js';

const dimension = 6;

/** Of labels that say something. */
const withinTopics = (...given: Parameters<typeof learn>) => learn(...given)!;

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

describe('withinTopics', () => {
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

  it.each([
    ['no topic has two', Float32Array.of(1, 0, 0, 1), [1, 2]],
    ['those of one topic are equal', Float32Array.of(1, 0, 1, 0, 0, 1), [1, 1, 2]],
  ])('learns nothing from labels where %s', (_, values, topics) => {
    expect(learn(values, 2, topics)).toBeUndefined();
  });
});
