import { filterKey, filterOf } from './cluster-filter.js';
import { checkClustering, completeParameters } from './clustering-input.js';

const refusal = (field: string) => expect.objectContaining({ code: 'INVALID_INPUT', details: { field } }) as Error;
const topicId = '0b6e0000-0000-4000-8000-00000000000a';

describe('checkClustering', () => {
  it('keeps what was given and chooses the scope', () => {
    expect(checkClustering(undefined)).toEqual({ scope: 'unknown' });
    expect(checkClustering({ nClusters: 4, text: ' vpn ' })).toEqual({ scope: 'unknown', nClusters: 4, text: 'vpn' });
    expect(checkClustering({ topicId: topicId.toUpperCase() })).toEqual({ scope: 'all', topicId });
  });

  it.each([
    ['scope', { scope: 'everything' }],
    ['algorithm', { algorithm: 'dbscan' }],
    ['knownTopics', { knownTopics: 'melted' }],
    ['knownTopics', { knownTopics: 'frozen', algorithm: 'hdbscan' }],
    ['map', { map: 'globe' }],
    ['topicId', { topicId: 'x' }],
    ['topicId', { topicId, scope: 'unknown' }],
    ['createdBefore', { createdFromMs: 5, createdBeforeMs: 5 }],
    ['nClusters', { nClusters: 1 }],
    ['nClusters', { nClusters: -3 }],
    ['nClusters', { algorithm: 'hdbscan', nClusters: 3 }],
    ['minClusters', { minClusters: 1 }],
    ['maxClusters', { minClusters: 5, maxClusters: 4 }],
    ['nInit', { nInit: 0 }],
    ['minClusterSize', { minClusterSize: 0 }],
    ['text', { text: 'x'.repeat(1001) }],
    ['text', { text: 'a\0b' }],
    ['seeding', { seeding: 'far' }],
    ['seeding', { seeding: 'parallel', algorithm: 'hdbscan' }],
    ['smallestCluster', { smallestCluster: 0 }],
    ['smallestCluster', { smallestCluster: 5, algorithm: 'bisecting' }],
    ['smallestCluster', { smallestCluster: 5, knownTopics: 'frozen' }],
    ['largestCluster', { smallestCluster: 5, largestCluster: 4 }],
    ['hdbscanMinClusterSize', { hdbscanMinClusterSize: 5 }],
    ['hdbscanMinClusterSize', { hdbscanMinClusterSize: 1, algorithm: 'hdbscan' }],
    ['hdbscanMinSamples', { hdbscanMinSamples: 0, algorithm: 'hdbscan' }],
    ['linkage', { linkage: 'ward' }],
    ['linkage', { linkage: 'single', algorithm: 'hierarchical' }],
  ])('refuses %s of %j', (field, given) => {
    expect(() => checkClustering(given)).toThrow(refusal(field));
  });
});

describe('completeParameters', () => {
  it('fills in every default, so that a run can be repeated from what is stored', () => {
    expect(completeParameters({ scope: 'unknown' }, 300)).toEqual({
      scope: 'unknown',
      algorithm: 'spherical',
      minClusters: 2,
      maxClusters: 34,
      nInit: 10,
      spherical: true,
      seed: 42,
      minClusterSize: 3,
      knownTopics: 'ignore',
      map: 'umap',
    });
    expect(completeParameters({ scope: 'all' }, 50)).toMatchObject({ minClusters: 2, maxClusters: 14 });
    expect(completeParameters({ scope: 'all' }, 500_000)).toMatchObject({ map: 'pca', maxClusters: 500 });
  });

  it('takes a given number of clusters as it is', () => {
    const given = { scope: 'all', nClusters: 7, minClusterSize: 1 };
    expect(completeParameters(given, 7)).toMatchObject({ nClusters: 7, minClusterSize: 1 });
  });

  it('makes one cluster of what is too little for two', () => {
    expect(completeParameters({ scope: 'unknown' }, 5)).toMatchObject({ nClusters: 1 });
    expect(completeParameters({ scope: 'unknown' }, 6)).toMatchObject({ minClusters: 2, maxClusters: 2 });
    expect(completeParameters({ scope: 'unknown' }, 0)).toMatchObject({ nClusters: 1 });
  });

  it('keeps the parameters of an algorithm, and refuses what so many questions cannot meet', () => {
    const given = { scope: 'all', algorithm: 'hdbscan', hdbscanMinClusterSize: 4, hdbscanMinSamples: 2 };
    expect(completeParameters(given, 9)).toMatchObject({ hdbscanMinClusterSize: 4, hdbscanMinSamples: 2 });
    expect(() => completeParameters(given, 3)).toThrow(refusal('hdbscanMinClusterSize'));
    const sizes = { scope: 'all', smallestCluster: 3, largestCluster: 4, nClusters: 2 };
    expect(completeParameters(sizes, 8)).toMatchObject(sizes);
    expect(() => completeParameters(sizes, 5)).toThrow(refusal('smallestCluster'));
    expect(() => completeParameters(sizes, 9)).toThrow(refusal('largestCluster'));
    expect(completeParameters({ scope: 'all', algorithm: 'hierarchical', linkage: 'average' }, 9).linkage).toBe(
      'average',
    );
  });

  it('measures angles unless distances are asked for', () => {
    const spherical = (given: object) => completeParameters({ scope: 'all', ...given }, 9).spherical;
    expect(spherical({ algorithm: 'kmeans' })).toBe(false);
    expect(spherical({ algorithm: 'kmeans', spherical: true })).toBe(true);
    expect(spherical({ algorithm: 'hierarchical' })).toBe(true);
    expect(completeParameters({ scope: 'all', spherical: false }, 9)).toMatchObject({ algorithm: 'kmeans' });
  });

  it('says both numbers when more clusters are asked for than there are questions', () => {
    const given = (numbers: object) => () => completeParameters({ scope: 'all', ...numbers }, 6);
    expect(given({ nClusters: 7 })).toThrow('7 clusters were asked for, and the scope "all" has 6 questions');
    expect(given({ minClusters: 7 })).toThrow('7 clusters');
    expect(given({ maxClusters: 7 })()).toMatchObject({ maxClusters: 6 });
  });
});

describe('filterKey', () => {
  it('is one text for equal filters, as jsonb writes it', () => {
    expect(filterKey(filterOf({ scope: 'unknown' }))).toBe('{"scope": "unknown"}');
    const key = filterKey(filterOf({ topicId, text: 'vpn "x"', source: 'mail' }));
    expect(key).toBe(`{"text": "vpn \\"x\\"", "scope": "all", "source": "mail", "topicId": "${topicId}"}`);
    expect(key).toBe(filterKey(filterOf({ source: 'mail', text: 'vpn "x"', topicId, nClusters: 5 })));
  });
});
