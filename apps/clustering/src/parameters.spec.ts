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
      restarts: 10,
      maxIter: 300,
      tol: 1e-4,
      spherical: true,
      seed: 42,
      exemplars: 5,
    });
    expect(start(1000).maxClusters).toBe(40);
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
  ])('refuses a wrong %s: %s vectors, %j', (field, count, parameters, message) => {
    const attempt = () => start(count, parameters);
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', details: { field } }));
    expect(attempt).toThrow(message);
  });

  it('refuses vectors without components', () => {
    expect(() => start(5, {}, 0)).toThrow(expect.objectContaining({ details: { field: 'dimension' } }));
  });
});
