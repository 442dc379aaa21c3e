/** @jest-environment ./test/environments/onnx.js */
import { normalizeRows, Random } from '@cairn/numerics';
import { keyLimit, splitHeldOut } from './held-out-split.js';
import { classifyVectors } from './softmax-head.js';
import { trainHead, type TrainingProgress, type TrainingSet } from './train-head.js';

const dimension = 16;
const parameters = { l2: undefined, classWeights: true, heldOut: 0.2, maxIterations: 200, seed: 42 };
const silent = () => {};

/** Unit vectors around one random direction a class. */
function clouds(sizes: number[], spread: number, seed: number, classes = sizes.length): TrainingSet {
  const random = new Random(seed);
  const centres = Array.from({ length: dimension * classes }, () => random.normal());
  const labels = Int32Array.from(sizes.flatMap((size, c) => new Array<number>(size).fill(c)));
  const vectors = new Float32Array(labels.length * dimension);
  labels.forEach((label, i) => {
    for (let j = 0; j < dimension; j++)
      vectors[i * dimension + j] = centres[label * dimension + j] + spread * random.normal();
  });
  normalizeRows(vectors, dimension);
  return { vectors, dimension, labels, classCount: classes, classes: sizes.map((_, c) => `topic-${c}`) };
}

describe('trainHead', () => {
  const set = clouds([40, 30, 20, 40, 30, 25], 0.6, 1);

  it('learns classes, calibrates, and tells unknown vectors from known ones', async () => {
    const { head, figures, unknown } = await trainHead(set, parameters, silent);
    expect(figures).toMatchObject({ trainExamples: 148, heldOutExamples: 37 });
    expect(figures.accuracy).toBeGreaterThan(0.9);
    expect(figures.eceAfter).toBeLessThan(0.15);
    expect(figures.classes.reduce((sum, { heldOutExamples }) => sum + heldOutExamples, 0)).toBe(37);
    expect(unknown.auroc).toBeGreaterThan(0.9);
    const foreign = clouds([100], 0.6, 77).vectors;
    const called = classifyVectors(head, foreign, 1).filter((verdict) => verdict.unknown).length;
    expect(called).toBeGreaterThan(60);
    const known = clouds([40, 30, 20, 40, 30, 25], 0.6, 1);
    const kept = classifyVectors(head, known.vectors, 1).filter((verdict) => !verdict.unknown).length;
    expect(kept).toBeGreaterThan(0.7 * known.labels.length);
  });

  it('gives the same head for the same examples and seed, another for another seed', async () => {
    const first = await trainHead(set, parameters, silent);
    expect(await trainHead(set, parameters, silent)).toEqual(first);
    const other = await trainHead(set, { ...parameters, seed: 7 }, silent);
    expect(other.head.temperature).not.toBe(first.head.temperature);
  });

  it('reports progress that never goes back, through all stages to the end', async () => {
    const reports: TrainingProgress[] = [];
    await trainHead(set, parameters, (progress) => reports.push(progress));
    expect([...new Set(reports.map(({ stage }) => stage))]).toEqual(['search', 'fit', 'calibrate', 'unknown', 'refit']);
    reports.slice(1).forEach(({ done }, i) => expect(done).toBeGreaterThanOrEqual(reports[i].done));
    const last = reports[reports.length - 1];
    expect(last.done).toBe(last.total);
  });

  it('works on vectors that are not normalised', async () => {
    const large = { ...set, vectors: set.vectors.map((value) => 1000 * value) };
    const { head, figures } = await trainHead(large, parameters, silent);
    expect(figures.accuracy).toBeGreaterThan(0.9);
    expect(classifyVectors(head, large.vectors.subarray(0, dimension), 1)[0].classes[0].label).toBe('topic-0');
  });

  it('works on two classes, without a claim about the unknown', async () => {
    const { unknown, figures } = await trainHead(clouds([20, 20], 0.5, 3), parameters, silent);
    expect(unknown).toMatchObject({ method: 'centroid', auroc: 0.5 });
    expect(figures.heldOutExamples).toBe(8);
  });

  it('works on one example a class, with nothing held out', async () => {
    const { head, figures } = await trainHead(clouds([1, 1, 1], 0.1, 3), parameters, silent);
    expect(figures).toMatchObject({ trainExamples: 3, heldOutExamples: 0, accuracy: 0 });
    expect(head.temperature).toBe(1);
    expect(head.weights.every(Number.isFinite)).toBe(true);
  });

  it('measures few examples by a cross-validation, in which each is held out once', async () => {
    const few = clouds([5, 5, 5, 5, 5, 5], 0.6, 1);
    const { head, figures } = await trainHead(few, parameters, silent);
    expect(figures).toMatchObject({ trainExamples: 24, heldOutExamples: 30 });
    expect(figures.accuracy).toBeGreaterThan(0.8);
    expect(figures.classes.map(({ heldOutExamples }) => heldOutExamples)).toEqual([5, 5, 5, 5, 5, 5]);
    const fresh = clouds([40, 40, 40, 40, 40, 40], 0.6, 1);
    const verdicts = classifyVectors(head, fresh.vectors, 1);
    const right = verdicts.filter(({ classes }, i) => classes[0].label === fresh.classes[fresh.labels[i]]).length;
    expect(right / verdicts.length).toBeGreaterThan(0.85);
  });

  it('keeps no examples where it is not to', async () => {
    const { head, unknown } = await trainHead(set, { ...parameters, memory: false }, silent);
    expect(head.memory).toBeUndefined();
    expect(['probability', 'energy', 'centroid', 'radius']).toContain(unknown.method);
    expect(classifyVectors(head, set.vectors.subarray(0, dimension), 1)[0].nearest?.to).toBe('centroid');
  });

  it('takes an L1 penalty, and weights of classes', async () => {
    const sparse = await trainHead(set, { ...parameters, l2: 1e-6, l1: 0.01 }, silent);
    expect(sparse.head.weights.filter((weight) => weight === 0).length).toBeGreaterThan(5);
    const mixed = clouds([40, 30, 20, 40, 30, 25], 2, 1);
    const claims = async (weightOf: number[]) => {
      const { head } = await trainHead(mixed, { ...parameters, l2: 0.1, memory: false, weightOf }, silent);
      return classifyVectors(head, mixed.vectors, 1).filter(({ classes }) => classes[0].label === 'topic-2').length;
    };
    expect(await claims([1, 1, 50, 1, 1, 1])).toBeGreaterThan(await claims([1, 1, 1, 1, 1, 1]));
  });

  it('records what was said of held-out texts by fits that had not seen them', async () => {
    const random = new Random(9);
    const keys = Float64Array.from(set.labels, () => Math.floor(random.uniform() * keyLimit));
    const { record, figures } = await trainHead({ ...set, keys }, parameters, silent);
    const held = [...keys.keys()].filter((i) => record!.best[i] >= 0);
    expect(held.length).toBe(figures.heldOutExamples);
    const right = held.filter((i) => record!.best[i] === set.labels[i]).length;
    expect(right / held.length).toBeCloseTo(figures.accuracy, 10);
    // Another seed holds out the same texts.
    const other = await trainHead({ ...set, keys }, { ...parameters, seed: 7 }, silent);
    expect([...keys.keys()].filter((i) => other.record!.best[i] >= 0)).toEqual(held);
    const own = { train: Int32Array.from(keys.keys()).slice(9), heldOut: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8) };
    const given = await trainHead({ ...set, keys, split: own }, parameters, silent);
    expect([...keys.keys()].filter((i) => given.record!.best[i] >= 0)).toEqual([...own.heldOut]);
  });

  it('refuses a single class', async () => {
    await expect(trainHead(clouds([20], 0.5, 3), parameters, silent)).rejects.toThrow(RangeError);
  });
});

describe('splitHeldOut', () => {
  it('holds out the same share of each class; one example stays in training', () => {
    const labels = Int32Array.from([...new Array<number>(20).fill(0), ...new Array<number>(10).fill(1), 2, 3, 3]);
    const { train, heldOut } = splitHeldOut(labels, 4, 0.2, new Random(1));
    const counts = (indices: Int32Array) => [0, 1, 2, 3].map((c) => indices.filter((i) => labels[i] === c).length);
    expect(counts(heldOut)).toEqual([4, 2, 0, 1]);
    expect(counts(train)).toEqual([16, 8, 1, 1]);
    expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual([...labels.keys()]);
  });
});
