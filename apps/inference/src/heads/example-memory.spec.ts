/** @jest-environment ./test/environments/onnx.js */
import { Random } from '@cairn/numerics';
import { classesToLookAt, nearestOfClasses, recall, recollect, remember, roundMemory } from './example-memory.js';
import { RegressionEngine } from './regression-engine.js';

const engine = new RegressionEngine();
afterAll(() => engine.close());
const dimension = 24;
const random = new Random(4);
const examples = {
  vectors: Float32Array.from({ length: 90 * dimension }, () => random.normal()),
  dimension,
  labels: Int32Array.from({ length: 90 }, (_, i) => i % 3),
  classCount: 4,
};
const centre = Float64Array.from({ length: dimension }, () => 0.3 * random.normal());

/** Cosine of two vectors, both seen from the centre, in double precision. */
function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let j = 0; j < dimension; j++) {
    const [x, y] = [a[j] - centre[j], b[j] - centre[j]];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}
const rowOf = (vectors: Float32Array, i: number) => vectors.subarray(i * dimension, (i + 1) * dimension);

describe('the memory of a head', () => {
  const draft = remember(examples, centre, new Random(1));
  const asked = Float32Array.from({ length: 5 * dimension }, () => random.normal());

  it('knows how near the nearest example of each class is', async () => {
    const nearest = await nearestOfClasses(engine, draft, asked);
    for (let i = 0; i < 5; i++)
      for (let c = 0; c < 4; c++) {
        const own = Array.from(examples.labels.keys()).filter((row) => examples.labels[row] === c);
        const expected = Math.max(-1, ...own.map((row) => cosine(rowOf(asked, i), rowOf(examples.vectors, row))));
        expect(nearest[i * 4 + c]).toBeCloseTo(expected, 5);
      }
    expect(nearest[3]).toBe(-1);
  });

  it('says nearly the same once it is rounded to eight bits', async () => {
    const memory = roundMemory(draft, 2);
    const logits = Float64Array.of(0.1, 0.5, 0.2, -1);
    const nearest = await nearestOfClasses(engine, draft, asked);
    for (let i = 0; i < 5; i++) {
      const { logits: lifted, ownCosine, nearestCosine } = recall(memory, logits, rowOf(asked, i));
      for (let c = 0; c < 4; c++) expect(lifted[c]).toBeCloseTo(logits[c] + 2 * nearest[i * 4 + c], 1);
      expect(nearestCosine).toBeCloseTo(Math.max(...nearest.subarray(i * 4, i * 4 + 4)), 2);
      expect(ownCosine).toBeLessThanOrEqual(nearestCosine);
    }
  });

  it('keeps at most 100 examples of a class, the same for the same seed', () => {
    const many = {
      vectors: Float32Array.from({ length: 150 * 2 }, (_, i) => Math.sin(i)),
      dimension: 2,
      labels: new Int32Array(150),
      classCount: 1,
    };
    const kept = remember(many, new Float64Array(2), new Random(3));
    expect([...kept.starts]).toEqual([0, 100]);
    expect(remember(many, new Float64Array(2), new Random(3))).toEqual(kept);
  });
});

describe('classesToLookAt', () => {
  it('takes the best classes, at least five and until 500 examples are seen', () => {
    const logits = Float64Array.from({ length: 10 }, (_, c) => c);
    const starts = (size: number) => Int32Array.from({ length: 11 }, (_, c) => c * size);
    expect(classesToLookAt(logits, starts(100))).toEqual([9, 8, 7, 6, 5]);
    expect(classesToLookAt(logits, starts(80))).toEqual([9, 8, 7, 6, 5, 4, 3]);
    expect(classesToLookAt(logits, starts(1))).toHaveLength(10);
  });
});

describe('recollect', () => {
  it('lifts classes by their nearest examples; those not looked at like the least similar', () => {
    const starts = Int32Array.from({ length: 8 }, (_, c) => c * 100);
    const logits = Float64Array.of(5, 4.5, 3, 2, 1, 0, -1);
    const cosines = [0.1, 0.6, 0.9, -0.2, 0];
    const found = recollect(logits, { starts, weight: 2 }, (c) => cosines[c]);
    expect([...found.logits]).toEqual([5.2, 5.7, 4.8, 1.6, 1, -0.4, -1.4]);
    expect(found).toMatchObject({ ownCosine: 0.6, nearestCosine: 0.9, nearestClass: 2 });
  });
});
