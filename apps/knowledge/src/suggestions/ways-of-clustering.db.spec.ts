/** Everything a run can be told, through the whole job with the real programs: known topics, algorithms, maps; and a killed worker. */
import { filter, firstValueFrom, lastValueFrom } from 'rxjs';
import type { TestLoop } from '../jobs/test-loop.js';
import type { Database } from '../persistence/database.js';
import { JobWatch } from '../jobs/watch-jobs.js';
import { startProgram } from '../persistence/test-program.js';
import { writeLabels } from '../questions/effective-label.js';
import { readClusterings } from './clustering-record.js';
import { cutClustering, listClusterMembers, listClusters, listMapPoints } from './read-run.js';
import { TestDiscovery, wholePage } from './test-discovery.js';

jest.setTimeout(90_000);

const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field ? { details: { field } } : {}) }) as unknown;

describe('ways of clustering', () => {
  let discovery: TestDiscovery;
  let loop: TestLoop;
  let database: Database;
  beforeAll(async () => {
    discovery = await TestDiscovery.start();
    ({ loop, database } = discovery);
    await discovery.ask(0, 10);
  }, 120_000);
  afterAll(() => loop?.stop(), 60_000);

  it('keeps the centroids of known topics in place, and offers only what is new', async () => {
    const [{ id: topicId }] = await database.rows<{ id: string }>(
      `INSERT INTO topic (slug, title) VALUES ('other', 'Other') RETURNING id`,
    );
    const examples = await discovery.ask(0, 6);
    await database.transaction((sql) =>
      writeLabels(sql, {
        questionIds: examples,
        topicIds: examples.map(() => topicId),
        saidBy: 'import',
        actor: 'test',
      }),
    );
    const id = await discovery.cluster({ nClusters: 4, knownTopics: 'frozen' });
    const { clusters } = await listClusters(database, id, wholePage);
    const ofTopic = clusters.filter((found) => found.topicId === topicId);
    expect(ofTopic).toHaveLength(1);
    expect(ofTopic[0]).toMatchObject({ size: 70, suggestionId: '' });
    expect(ofTopic[0].nearestTopics[0].distance).toBeLessThan(1e-5);
    expect(await loop.countOf(`FROM clustering WHERE id = '${id}' AND known = 70 AND n_clusters = 5`)).toBe(1);
    const warm = await discovery.cluster({ nClusters: 5, knownTopics: 'warm' });
    expect(await loop.countOf(`FROM clustering WHERE id = '${warm}' AND known = 0`)).toBe(1);
  });

  it.each<[string, object]>([
    ['bisecting', {}],
    ['hierarchical', {}],
    ['hierarchical', { linkage: 'average', nClusters: 5 }],
    ['kmeans', { seeding: 'parallel', nClusters: 5 }],
    ['spherical', { guided: true, knownTopics: 'warm', nClusters: 4 }],
  ])('finds the groups with %s and %j', async (algorithm, more) => {
    const id = await discovery.cluster({ algorithm, ...more });
    const { clusters } = await listClusters(database, id, wholePage);
    expect(clusters.map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
    for (const { cohesion, exemplarIds } of clusters) {
      expect(cohesion).toBeGreaterThan(algorithm === 'kmeans' ? 0.5 : 0.8);
      expect(exemplarIds).toHaveLength(5);
    }
    const [run] = await readClusterings(database, [id]);
    expect(run.parameters).toMatchObject({ algorithm, ...more });
    expect(run.dendrogram!.merges).toHaveLength(4);
    expect((await discovery.pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
  });

  it('leaves what lies between groups out with hdbscan, and counts it', async () => {
    const alone = await discovery.ask(7, 4, () => discovery.direction());
    const id = await discovery.cluster({ algorithm: 'hdbscan', hdbscanMinClusterSize: 10, hdbscanMinSamples: 3 });
    const [run] = await readClusterings(database, [id]);
    expect(run).toMatchObject({ n_clusters: 5, k_low: null, questions: 214 });
    expect(run.noise).toBeGreaterThanOrEqual(4);
    expect(run.parameters).toMatchObject({ hdbscanMinClusterSize: 10, hdbscanMinSamples: 3 });
    const { members } = await listClusterMembers(database, id, -1, wholePage);
    expect(members.map(({ questionId }) => questionId)).toEqual(expect.arrayContaining(alone));
    // Groups of 25 and more: the two smallest are noise then.
    const coarse = await discovery.cluster({ algorithm: 'hdbscan', hdbscanMinClusterSize: 35, hdbscanMinSamples: 3 });
    expect((await readClusterings(database, [coarse]))[0].n_clusters).toBeLessThan(5);
    const tooLarge = await discovery.run({ algorithm: 'hdbscan', hdbscanMinClusterSize: 9_999 });
    expect(tooLarge.error).toMatchObject({ code: 'INVALID_INPUT' });
    await database.rows(`UPDATE question SET state = 'archived' WHERE id = ANY ($1::uuid[])`, [alone]);
  });

  it('keeps clusters within the sizes asked for', async () => {
    const id = await discovery.cluster({ nClusters: 6, smallestCluster: 30, largestCluster: 40 });
    const { clusters } = await listClusters(database, id, wholePage);
    expect(clusters).toHaveLength(6);
    for (const { size } of clusters) expect(size >= 30 && size <= 40).toBe(true);
  });

  it('cannot be guided without labels', async () => {
    await database.rows(`UPDATE topic SET state = 'archived'`);
    const { error } = await discovery.run({ guided: true, nClusters: 5 });
    expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(error!.message).toMatch(/^No topic has two labelled questions/);
    await database.rows(`UPDATE topic SET state = 'active'`);
  });

  it('draws a map by UMAP: neighbours stay together', async () => {
    const id = await discovery.cluster({ nClusters: 5, map: 'umap' });
    const { points, total } = await listMapPoints(database, { clusteringId: id, first: 2000, after: 0 });
    expect(total).toBe(210);
    expect((await readClusterings(database, [id]))[0]).toMatchObject({ map_method: 'umap', map_points: 210 });
    let together = 0;
    for (const one of points) {
      const nearest = points
        .filter((other) => other !== one)
        .reduce((best, other) =>
          Math.hypot(other.x - one.x, other.y - one.y) < Math.hypot(best.x - one.x, best.y - one.y) ? other : best,
        );
      if (nearest.clusterIndex === one.clusterIndex) together++;
    }
    expect(together).toBeGreaterThan(200);
  });

  it('draws a map that starts where the questions were, and grows a tree that can be cut', async () => {
    const first = await discovery.cluster({ nClusters: 6, map: 'pca' });
    const points = await listMapPoints(database, { clusteringId: first, first: 50, after: 0 });
    const total = await loop.countOf(`FROM clustering_member WHERE clustering_id = '${first}'`);
    expect(points).toMatchObject({ total, nextAfter: 50 });
    const rest = await listMapPoints(database, { clusteringId: first, first: 2000, after: 50 });
    expect(rest.nextAfter).toBe(0);
    expect(new Set([...points.points, ...rest.points].map(({ questionId }) => questionId)).size).toBe(total);
    const second = await discovery.cluster({ nClusters: 6, map: 'pca' });
    const [{ shift }] = await database.rows<{ shift: number }>(
      `SELECT avg(sqrt((a.x - b.x) ^ 2 + (a.y - b.y) ^ 2)) AS shift
       FROM map_point a JOIN map_point b USING (question_id) WHERE a.clustering_id = $1 AND b.clustering_id = $2`,
      [first, second],
    );
    expect(shift).toBeLessThan(0.01);
    const cut = (given: { groups?: number; height?: number }) =>
      cutClustering(database, { clusteringId: second, ...given });
    const two = await cut({ groups: 2 });
    expect(two.groups).toHaveLength(2);
    expect(two.groups.flatMap(({ clusterIndices }) => clusterIndices).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(two.groups.reduce((sum, { size }) => sum + size, 0)).toBe(total);
    expect(two.merges).toHaveLength(5);
    expect((await cut({ height: two.merges[4].height })).groups).toHaveLength(1);
    expect((await cut({ height: 0 })).groups).toHaveLength(6);
    expect((await cut({})).groups).toHaveLength(6);
    await expect(cut({ groups: 7 })).rejects.toEqual(refusal('INVALID_INPUT', 'groups'));
    await expect(cut({ groups: 2, height: 1 })).rejects.toEqual(refusal('INVALID_INPUT', 'height'));
  });

  it('shows nothing of a run whose worker was killed, and makes it once', async () => {
    const { url } = discovery.loop.test;
    await loop.stopWorker();
    const startWorker = () =>
      startProgram('knowledge/src/main.js', () => ({
        KNOWLEDGE_ROLE: 'worker',
        DATABASE_URL: url,
        DATABASE_KIND: database.kind,
        INFERENCE_ADDRESS: loop.inferenceProgram.address,
        CLUSTERING_ADDRESS: loop.clusteringProgram.address,
      }));
    const visible = async () => [
      await loop.countOf('FROM clustering WHERE finished'),
      await loop.countOf('FROM clustering_member JOIN clustering ON clustering.id = clustering_id WHERE finished'),
      await discovery.snapshot(),
    ];
    const before = await visible();
    const victim = await startWorker();
    const job = await discovery.startRun({ nClusters: 40, nInit: 300 });
    const watch = new JobWatch(database);
    await firstValueFrom(watch.watch(job.id).pipe(filter(({ stage, done }) => stage === 'cluster' && done > 0)));
    await victim.end('SIGKILL');
    expect(await visible()).toEqual(before);
    const successor = await startWorker();
    const ended = await lastValueFrom(watch.watch(job.id));
    await successor.end('SIGTERM');
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(await loop.countOf(`FROM clustering WHERE job_id = '${job.id}'`)).toBe(1);
    expect(await loop.countOf('FROM clustering WHERE NOT finished')).toBe(0);
  }, 120_000);
});
