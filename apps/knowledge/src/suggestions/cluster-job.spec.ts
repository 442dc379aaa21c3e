import { completeParameters } from './cluster-job.js';

describe('completeParameters', () => {
  it('fills in every default, so that a run can be repeated from what is stored', () => {
    expect(completeParameters(undefined, 'unknown', 300)).toEqual({
      scope: 'unknown',
      minClusters: 2,
      maxClusters: 40,
      nInit: 10,
      spherical: true,
      seed: 42,
      minClusterSize: 3,
    });
    expect(completeParameters(undefined, 'all', 50)).toMatchObject({ minClusters: 2, maxClusters: 10 });
  });

  it('takes a given number of clusters as it is', () => {
    const given = { scope: 'all', nClusters: 7, minClusterSize: 1 };
    expect(completeParameters(given, 'all', 7)).toMatchObject({ nClusters: 7, minClusterSize: 1 });
  });

  it('makes one cluster of what is too little for two', () => {
    expect(completeParameters(undefined, 'unknown', 5)).toMatchObject({ nClusters: 1 });
    expect(completeParameters(undefined, 'unknown', 6)).toMatchObject({ minClusters: 2, maxClusters: 2 });
  });

  it('says both numbers when more clusters are asked for than there are questions', () => {
    const given = (numbers: object) => () => completeParameters({ scope: 'all', ...numbers }, 'all', 6);
    expect(given({ nClusters: 7 })).toThrow('7 clusters were asked for, and the scope "all" has 6 questions');
    expect(given({ minClusters: 7 })).toThrow('7 clusters');
    expect(given({ maxClusters: 7 })()).toMatchObject({ maxClusters: 6 });
  });
});
