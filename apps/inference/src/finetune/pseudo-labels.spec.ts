/** @jest-environment ./test/environments/onnx.js */
import { adjustedRandIndex, Random } from '@cairn/numerics';
import { noLabel } from './no-label.js';
import { PseudoLabels } from './pseudo-labels.js';

const [count, dimension, groups] = [120, 12, 4];
const truth = Int32Array.from({ length: count }, (_, i) => i % groups);

/** Four directions, of which text i is near number i % 4. */
function vectorsOf(spread: number, seed = 3): Float32Array {
  const random = new Random(seed);
  const directions = Float32Array.from({ length: groups * dimension }, () => random.normal());
  return Float32Array.from(
    { length: count * dimension },
    (_, at) =>
      directions[(Math.floor(at / dimension) % groups) * dimension + (at % dimension)] + spread * random.normal(),
  );
}

const settings = { clusters: groups, confident: 1, neighbours: 0, seed: 1 };
/** Five texts of each of the first two groups, as classes 1 and 0. */
const known = Int32Array.from({ length: count }, (_, i) => (i < 20 && i % groups < 2 ? 1 - (i % groups) : noLabel));

describe('PseudoLabels', () => {
  it('finds clusters, those of known classes under their numbers', async () => {
    const pseudo = new PseudoLabels(known, 2, settings);
    expect(await pseudo.find(vectorsOf(0.3), dimension)).toBe(1);
    expect(adjustedRandIndex(truth, pseudo.labels)).toBe(1);
    truth.forEach((group, i) => {
      if (group < 2) expect(pseudo.labels[i]).toBe(1 - group);
      else expect(pseudo.labels[i]).toBeGreaterThanOrEqual(2);
    });
  });

  it('keeps the number of each cluster when the space has changed, and says how much moved', async () => {
    const pseudo = new PseudoLabels(
      known.map(() => noLabel),
      0,
      settings,
    );
    await pseudo.find(vectorsOf(0.3), dimension);
    const before = pseudo.labels.slice();
    // Another space altogether: what a new clustering would number anew.
    expect(await pseudo.find(vectorsOf(0.3, 9), dimension)).toBe(0);
    expect(pseudo.labels).toEqual(before);
    // Six texts have changed sides.
    const moved = vectorsOf(0.3, 9);
    for (let i = 0; i < 24; i += 4) moved.copyWithin(i * dimension, (i + 1) * dimension, (i + 2) * dimension);
    expect(await pseudo.find(moved, dimension)).toBeCloseTo(6 / count);
    expect(pseudo.labels[0]).toBe(before[1]);
  });

  it('never takes a known text out of its class', async () => {
    const wrong = known.slice();
    wrong[2] = 0; // though it lies among others
    const pseudo = new PseudoLabels(wrong, 2, { ...settings, confident: 0.1 });
    await pseudo.find(vectorsOf(0.1), dimension);
    expect([pseudo.labels[2], pseudo.trusted[2]]).toEqual([0, 0]);
    expect(pseudo.labels[6]).not.toBe(0);
  });

  it('trusts the share of each cluster that is nearest to its centroid', async () => {
    const vectors = vectorsOf(0.3);
    // Text 3 lies between its group and the next one.
    for (let j = 0; j < dimension; j++) vectors[3 * dimension + j] += 0.9 * vectors[4 * dimension + j];
    const pseudo = new PseudoLabels(
      known.map(() => noLabel),
      0,
      { ...settings, confident: 0.5 },
    );
    await pseudo.find(vectors, dimension);
    for (let cluster = 0; cluster < groups; cluster++) {
      const own = pseudo.labels.filter((label) => label === cluster).length;
      expect(pseudo.trusted.filter((label) => label === cluster)).toHaveLength(Math.ceil(own / 2));
    }
    expect(pseudo.trusted[3]).toBe(noLabel);
  });

  it('compares as known topics vary: what differs within them says nothing', async () => {
    const random = new Random(7);
    // Groups differ by 2 in the first two components; all vary by 4 in the third.
    const vectors = Float32Array.from({ length: count * dimension }, (_, at) => {
      const group = Math.floor(at / dimension) % groups;
      const place = at % dimension;
      const mean = place === 0 ? 2 * (group % 2) : place === 1 ? 2 * Math.floor(group / 2) : 0;
      return mean + (place === 2 ? 4 : 0.1) * random.normal();
    });
    const examples = truth.map((group, i) => (i < 60 && group < 2 ? group : noLabel));
    const agreement = async (labels: Int32Array, classes: number) => {
      const pseudo = new PseudoLabels(labels, classes, settings);
      await pseudo.find(vectors.slice(), dimension);
      return adjustedRandIndex(truth, pseudo.labels);
    };
    expect(await agreement(examples, 2)).toBeGreaterThan(0.8);
    const unguided = truth.map(() => noLabel);
    expect(await agreement(unguided, 0)).toBeLessThan(0.5);
  });

  it('takes the nearest texts to be alike, and of known ones those of their class', async () => {
    const pseudo = new PseudoLabels(known, 2, { ...settings, neighbours: 3 });
    const vectors = vectorsOf(0.3);
    await pseudo.find(vectors, dimension);
    const cosine = (a: number, b: number) => {
      let sum = 0;
      for (let j = 0; j < dimension; j++) sum += vectors[a * dimension + j] * vectors[b * dimension + j];
      return sum;
    };
    const random = new Random(1);
    for (const text of [40, 41, 42, 43]) {
      const others = [...truth.keys()].filter((i) => i !== text).sort((a, b) => cosine(text, b) - cosine(text, a));
      expect([...pseudo.nearest.subarray(3 * text, 3 * text + 3)]).toEqual(others.slice(0, 3));
      expect(others.slice(0, 3)).toContain(pseudo.partner(text, random));
      expect(pseudo.areAlike(text, others[2])).toBe(true);
      expect(pseudo.areAlike(others[1], text)).toBe(true);
      expect(pseudo.areAlike(text, others.at(-1)!)).toBe(false);
    }
    // Known: 0 and 16 are of class 1, and 1 of class 0.
    expect(pseudo.areAlike(0, 16)).toBe(true);
    expect(pseudo.areAlike(0, 1)).toBe(false);
    expect(known[pseudo.partner(0, random)]).toBe(1);
  });

  it('goes on from what a checkpoint kept', async () => {
    const pseudo = new PseudoLabels(known, 2, settings);
    await pseudo.find(vectorsOf(1.2), dimension);
    const resumed = new PseudoLabels(known, 2, settings);
    resumed.restore(new Map(pseudo.arrays()));
    expect(resumed.labels).toEqual(pseudo.labels);
    const changes = [pseudo, resumed].map((one) => one.find(vectorsOf(1.1), dimension));
    const [own, after] = await Promise.all(changes);
    expect(after).toBe(own);
    expect(own).toBeLessThan(1);
    expect(resumed.arrays()).toEqual(pseudo.arrays());
    expect(() => resumed.restore(new Map())).toThrow(/no clusters of these texts/);
  });

  it('refuses texts that all have one vector', async () => {
    const pseudo = new PseudoLabels(known, 2, settings);
    const found = pseudo.find(new Float32Array(count * dimension).fill(1), dimension);
    await expect(found).rejects.toMatchObject({ name: 'Refusal', field: 'texts' });
  });
});
