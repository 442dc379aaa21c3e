import { roundMemory } from './example-memory.js';
import { classifyVectors, unknownScore, type Evidence, type SoftmaxHead } from './softmax-head.js';

const logits = Float64Array.of(Math.log(0.7), Math.log(0.2), Math.log(0.1));
const centroid = { class: 1, cosine: 0.9 };
const recollection = { logits, ownCosine: 0.5, nearestCosine: 0.8, nearestClass: 2 };
const evidence: Evidence = { logits, centroid, recollection };
const head = { temperature: 1, radii: Float32Array.of(0.1, 0.2, 0.3) };

describe('unknownScore', () => {
  it.each([
    ['probability', 0.7],
    ['energy', 0],
    ['centroid', 0.9],
    // Half the radius of the nearest centroid's class away from it.
    ['radius', 0.5],
    ['neighbour', 0.8],
    ['combined', Math.log(0.7 / 0.3) + 4 * 0.5],
  ] as const)('%s', (method, expected) => {
    expect(unknownScore(head, method, evidence, { cosine: 4, energy: 2 })).toBeCloseTo(expected, 6);
  });

  it('looks at calibrated logits', () => {
    const twice = { ...evidence, logits: logits.map((logit) => 2 * logit + 1) };
    const calibrated = { ...head, temperature: 2 };
    expect(unknownScore(calibrated, 'probability', twice)).toBeCloseTo(0.7, 10);
    expect(unknownScore(calibrated, 'energy', twice)).toBeCloseTo(0.5, 10);
    expect(unknownScore(calibrated, 'combined', twice, { cosine: 0, energy: 2 })).toBeCloseTo(
      Math.log(0.7 / 0.3) + 1,
      6,
    );
  });

  it('is finite where a class is certain', () => {
    const certain = { ...evidence, logits: Float64Array.of(1000, 0, 0) };
    expect(Number.isFinite(unknownScore(head, 'combined', certain))).toBe(true);
  });
});

describe('classifyVectors', () => {
  const plain: SoftmaxHead = {
    classes: ['east', 'north'],
    dimension: 2,
    weights: Float32Array.of(1, 0, 0, 1),
    biases: new Float32Array(2),
    centroids: Float32Array.of(1, 0, 0, 1),
    temperature: 1,
    unknown: { method: 'centroid', threshold: 0.8 },
  };
  const vectors = Float32Array.of(3, 4, 1, 0);

  it('says which detector decided, and what is nearest', () => {
    const [between, east] = classifyVectors(plain, vectors, 2);
    expect(between).toMatchObject({
      unknown: false,
      detector: 'centroid',
      nearest: { label: 'north', to: 'centroid' },
    });
    expect(between.nearest?.cosine).toBeCloseTo(0.8, 6);
    expect(east.nearest).toEqual({ label: 'east', cosine: 1, to: 'centroid' });
    const strict = { ...plain, unknown: { method: 'centroid', threshold: 0.81 } as const };
    expect(classifyVectors(strict, vectors, 1).map(({ unknown }) => unknown)).toEqual([true, false]);
  });

  it('lets an example that is near outweigh what the classes have in common', () => {
    // An example of "east" where the linear part says "north".
    const units = Float32Array.of(0.6, 0.8, 0, 1);
    const draft = { centre: new Float64Array(2), units, starts: Int32Array.of(0, 1, 2) };
    const remembering = { ...plain, memory: roundMemory(draft, 10) };
    const [verdict] = classifyVectors(remembering, vectors, 1);
    expect(classifyVectors(plain, vectors, 1)[0].classes[0].label).toBe('north');
    expect(verdict.classes[0].label).toBe('east');
    expect(verdict.nearest).toMatchObject({ label: 'east', to: 'example' });
    expect(verdict.nearest?.cosine).toBeCloseTo(1, 2);
  });
});
