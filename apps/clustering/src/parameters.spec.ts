import type { clusteringV1 } from '@cairn/contracts';
import { readParameters } from './parameters.js';

const start = (count: number, parameters: clusteringV1.KMeansParameters = {}, dimension = 4) =>
  readParameters({ count, dimension, parameters }, 2 ** 20);

describe('readParameters', () => {
  it('fills in the defaults of the contract', () => {
    expect(readParameters({ count: 100, dimension: 4, parameters: undefined }, 2 ** 20)).toEqual({
      count: 100,
      dimension: 4,
      algorithm: 'kmeans',
      hierarchical: {},
      hdbscan: {},
      clusters: undefined,
      minClusters: 2,
      maxClusters: 20,
      init: 'k-means++',
      sizes: undefined,
      guides: 0,
      spooled: false,
      restarts: 10,
      maxIter: 300,
      tol: 1e-4,
      spherical: true,
      seed: 42,
      exemplars: 5,
    });
    expect(start(1000).maxClusters).toBe(63);
    expect(start(200_000, {}, 1).maxClusters).toBe(500);
    expect(start(3)).toMatchObject({ minClusters: 2, maxClusters: 2 });
    expect(start(50, { minClusters: 30 })).toMatchObject({ minClusters: 30, maxClusters: 30 });
    expect(start(5, { nClusters: 5 }).clusters).toBe(5);
  });

  it.each<[string, number, clusteringV1.KMeansParameters, RegExp]>([
    ['count', 0, { nClusters: 2 }, /nothing to cluster/],
    ['count', -1, {}, /nothing to cluster/],
    ['count', 2 ** 20, {}, /16777216 bytes; at most 1048576/],
    ['n_clusters', 5, { nClusters: 6 }, /6 clusters cannot be made from 5 vectors/],
    ['n_clusters', 5, { nClusters: 0 }, /from 1 to 5; got 0/],
    ['min_clusters', 5, { minClusters: 1 }, /got 1/],
    ['min_clusters', 5, { minClusters: 6, maxClusters: 9 }, /6 clusters cannot be made from 5/],
    ['max_clusters', 50, { minClusters: 6, maxClusters: 5 }, /below min_clusters/],
    ['n_init', 5, { nInit: 0 }, /got 0/],
    ['max_iter', 5, { maxIter: -3 }, /got -3/],
    ['tol', 5, { tol: -1 }, /at least 0/],
    ['tol', 5, { tol: NaN }, /at least 0/],
    ['seed', 5, { seed: 2 ** 60 }, /seed/],
    ['init', 5, { init: 'farthest' }, /"k-means\+\+", "k-means\|\|"; got "farthest"/],
    ['min_size', 5, { minSize: 0 }, /from 1 to 5; got 0/],
    ['min_size', 5, { minSize: 1.5 }, /got 1.5/],
    ['min_size', 5, { nClusters: 3, minSize: 2 }, /3 clusters of at least 2 need 6 vectors; there are 5/],
    ['min_size', 10, { minSize: 4, maxSize: 4 }, /No number of clusters of 4 to 4 vectors/],
    ['max_size', 5, { minSize: 2, maxSize: 1 }, /at least 2, the least size; got 1/],
    ['max_size', 9, { nClusters: 2, maxSize: 4 }, /hold 8 vectors; there are 9/],
  ])('refuses a wrong %s: %s vectors, %j', (field, count, parameters, message) => {
    const attempt = () => start(count, parameters);
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', details: { field } }));
    expect(attempt).toThrow(message);
  });

  it('clusters from disk what is too much for memory, where it can', () => {
    const large = { count: 2 ** 20, dimension: 4, parameters: undefined };
    expect(readParameters(large, 2 ** 20, 2 ** 24).spooled).toBe(true);
    expect(readParameters(large, 2 ** 24, 2 ** 24).spooled).toBe(false);
    for (const refused of [large, { ...large, algorithm: 'bisecting' }, { ...large, parameters: { minSize: 2 } }])
      expect(() => readParameters(refused, 2 ** 20, refused === large ? 2 ** 23 : 2 ** 24)).toThrow(
        expect.objectContaining({ details: { field: 'count' } }),
      );
  });

  it('looks only for numbers of clusters whose sizes can be kept', () => {
    expect(start(100, { minSize: 10 })).toMatchObject({
      minClusters: 2,
      maxClusters: 10,
      sizes: { min: 10, max: 100 },
    });
    expect(start(100, { maxSize: 9 })).toMatchObject({ minClusters: 12, maxClusters: 20, sizes: { min: 1, max: 9 } });
    expect(start(100, { nClusters: 4, minSize: 20, maxSize: 30 }).sizes).toEqual({ min: 20, max: 30 });
  });

  it('refuses for other algorithms what only k-means can', () => {
    for (const [field, parameters] of [
      ['init', { init: 'k-means||' }],
      ['min_size', { minSize: 2 }],
      ['max_size', { maxSize: 2 }],
    ] as const)
      expect(() => readParameters({ count: 9, dimension: 2, parameters, algorithm: 'bisecting' }, 2 ** 20)).toThrow(
        expect.objectContaining({ details: { field } }),
      );
  });

  it('refuses vectors without components', () => {
    expect(() => start(5, {}, 0)).toThrow(expect.objectContaining({ details: { field: 'dimension' } }));
  });
});
