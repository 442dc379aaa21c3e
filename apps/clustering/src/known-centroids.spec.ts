import { toVectors, type clusteringV1 } from '@cairn/contracts';
import { knownClusters, prepareKnown, readKnown } from './known-centroids.js';
import { readParameters } from './parameters.js';

const start = (more: Partial<clusteringV1.ClusterStart>): clusteringV1.ClusterStart => ({
  ...{ count: 10, dimension: 2, parameters: undefined },
  ...more,
});
const known = toVectors(Float32Array.of(3, 4, 0, 2), 2);
const refusal = (field: string) => expect.objectContaining({ code: 'INVALID_INPUT', details: { field } }) as Error;

describe('known centroids', () => {
  it('are frozen unless it is said that they may move', () => {
    expect(readKnown(start({}), 2)).toBeUndefined();
    expect(readKnown(start({ known }), 2)).toMatchObject({ count: 2, frozen: true });
    expect(readKnown(start({ known, frozen: false }), 2)).toMatchObject({ frozen: false });
  });

  it('count in n_clusters', () => {
    const clusters = (nClusters: number) => readParameters(start({ known, parameters: { nClusters } }), 1e6).clusters;
    expect(clusters(2)).toBe(2);
    expect(clusters(12)).toBe(12);
    expect(() => clusters(1)).toThrow(refusal('n_clusters'));
    expect(() => clusters(13)).toThrow(refusal('n_clusters'));
  });

  it.each([
    ['another dimension', start({ known: toVectors(new Float32Array(3), 3) })],
    ['NaN', start({ known: toVectors(Float32Array.of(1, NaN), 2) })],
    ['an algorithm that cannot use them', start({ known, algorithm: 'hdbscan' })],
  ])('are refused with %s', (_what, given) => {
    expect(() => readKnown(given, 2)).toThrow(refusal('known'));
  });

  it('are brought into the measure of the rows, and found again where they have not moved', () => {
    const given = readKnown(start({ known }), 2)!;
    const centred = { offset: Float64Array.of(1, 1), scale: 2, tolerance: 0 } as never;
    expect([...prepareKnown(given, centred, 2, false)]).toEqual([4, 6, -2, 2]);
    const unit = prepareKnown(given, { offset: Float64Array.of(0, 0), scale: 1, tolerance: 0 } as never, 2, true);
    [0.6, 0.8, 0, 1].forEach((component, i) => expect(unit[i]).toBeCloseTo(component, 6));
    const centroids = Float32Array.of(0.5, 0.5, unit[2], unit[3], unit[0] + 1e-6, unit[1]);
    expect([...knownClusters(unit, centroids, 2)]).toEqual([-1, 1, -1]);
  });
});
