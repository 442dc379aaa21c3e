/** Runs that follow one another, with the real programs: what they find, keep, tell and leave behind. */
import { adjustedRandIndex, normalizedMutualInformation } from '@cairn/numerics';
import { filter, firstValueFrom, lastValueFrom } from 'rxjs';
import { cancelJob } from '../jobs/job-store.js';
import type { TestLoop } from '../jobs/test-loop.js';
import type { Database } from '../persistence/database.js';
import { JobWatch } from '../jobs/watch-jobs.js';
import { compareClusterings, listMovedQuestions } from './compare-runs.js';
import { readClusterings } from './clustering-record.js';
import { listClusterChanges, listClusterMembers, listClusters } from './read-run.js';
import { nowhere, TestDiscovery, wholePage, words } from './test-discovery.js';

jest.setTimeout(90_000);

const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field ? { details: { field } } : {}) }) as unknown;

describe('runs', () => {
  let discovery: TestDiscovery;
  let loop: TestLoop;
  let database: Database;
  beforeAll(async () => {
    discovery = await TestDiscovery.start();
    ({ loop, database } = discovery);
  }, 120_000);
  afterAll(() => loop?.stop(), 60_000);

  it('finds the groups, names them, and keeps every figure of the run', async () => {
    const id = await discovery.cluster();
    const { clusters, pageInfo } = await listClusters(database, id, wholePage);
    expect(clusters.map(({ size }) => size)).toEqual([60, 50, 40, 30, 20]);
    expect(pageInfo!.total).toBe(5);
    for (const [group, { title, cohesion, exemplarIds }] of clusters.entries()) {
      expect(title.toLowerCase()).toContain(words[group]);
      expect(cohesion).toBeGreaterThan(0.8);
      expect(exemplarIds).toHaveLength(5);
    }
    const { members } = await listClusterMembers(database, id, 4, wholePage);
    expect(members).toHaveLength(20);
    expect(new Set(members.map(({ clusterIndex }) => clusterIndex))).toEqual(new Set([4]));
    expect(await loop.countOf(`FROM clustering_member WHERE clustering_id = '${id}'`)).toBe(200);
    expect((await discovery.pending()).map(({ size }) => size)).toEqual([60, 50, 40, 30, 20]);
  });

  it('chooses a number by itself, and keeps the interval and the curve', async () => {
    const id = await discovery.cluster({});
    const [run] = await readClusterings(database, [id]);
    expect(run).toMatchObject({ n_clusters: 5, k_low: 5, k_high: 5 });
    expect(run.parameters).toMatchObject({ minClusters: 2, maxClusters: 28 });
    expect(run.candidates.map(({ nClusters }) => nClusters)).toEqual(expect.arrayContaining([2, 4, 5, 6, 28]));
    const [five] = run.candidates.filter(({ nClusters }) => nClusters === 5);
    expect(five.stability).toBeCloseTo(1, 6);
    expect(five.gap).toBeGreaterThan(0);
    expect((await discovery.pending()).map(({ size }) => size)).toEqual([60, 50, 40, 30, 20]);
  });

  it('is the same suggestion in the next run, with what was decided and named', async () => {
    const [rejected, renamed] = [await discovery.about(3), await discovery.about(2)];
    await discovery.reject(rejected);
    await discovery.rename(renamed, 'Harbours and ports');
    await discovery.ask(0, 10);
    const before = await discovery.all();
    const id = await discovery.cluster();
    const after = await discovery.all();
    expect(after.map((suggestion) => suggestion.id).sort()).toEqual(before.map((suggestion) => suggestion.id).sort());
    expect(await discovery.kindsOfChange(id)).toEqual(Array.from({ length: 5 }, () => 'continued'));
    const { changes } = await listClusterChanges(database, id, wholePage);
    for (const { overlap, drift } of changes) {
      expect(overlap).toBe(1);
      expect(drift).toBeLessThan(0.01);
    }
    expect(await discovery.about(0)).toMatchObject({ size: 70, clustering_id: id });
    expect(await discovery.about(2)).toMatchObject({ title: 'Harbours and ports', renamed: true, clustering_id: id });
    expect(await discovery.about(3, 'rejected')).toMatchObject({ id: rejected.id, version: rejected.version + 1 });
    const { clusters } = await listClusters(database, id, wholePage);
    expect(clusters.map(({ suggestionId }) => suggestionId)).toContain(rejected.id);
  });

  it('shows the newest figures when a rejection is undone', async () => {
    const rejected = await discovery.about(3, 'rejected');
    await discovery.undo(rejected.id);
    const [last] = await database.rows<{ id: string }>('SELECT id FROM clustering ORDER BY seq DESC LIMIT 1');
    expect(await discovery.about(3)).toMatchObject({
      id: rejected.id,
      clustering_id: last.id,
      decided_by: null,
      reason: '',
    });
  });

  it('tells births, splits, mergers and deaths', async () => {
    await discovery.ask(5, 25);
    const born = await discovery.cluster({ nClusters: 6 });
    expect(await discovery.kindsOfChange(born)).toEqual(
      [...Array.from({ length: 5 }, () => 'continued'), 'born'].sort(),
    );
    const merged = await discovery.cluster({ nClusters: 3 });
    expect((await discovery.kindsOfChange(merged)).filter((kind) => kind === 'merged')).toHaveLength(3);
    const again = await discovery.cluster({ nClusters: 6 });
    expect((await discovery.kindsOfChange(again)).filter((kind) => kind === 'split').length).toBeGreaterThan(0);
    const gone = await database.rows<{ id: string }>(
      `UPDATE question SET state = 'archived' WHERE text LIKE '%${words[5]}%' RETURNING id`,
    );
    expect(gone).toHaveLength(25);
    const died = await discovery.cluster();
    const { changes } = await listClusterChanges(database, died, wholePage);
    expect(changes.filter(({ kind }) => kind === 'died').map(({ previousTitle }) => previousTitle)).toEqual([
      expect.stringMatching(new RegExp(words[5], 'i')),
    ]);
    expect((await discovery.pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
  });

  it('compares two runs: agreement, corresponding clusters, questions that moved', async () => {
    const [one, other] = [
      await discovery.cluster({ nClusters: 6 }),
      await discovery.cluster({ nClusters: 4, seed: 5 }),
    ];
    const labels = await database.rows<{ a: number; b: number }>(
      `SELECT a.cluster_index AS a, b.cluster_index AS b FROM clustering_member a
       JOIN clustering_member b USING (question_id) WHERE a.clustering_id = $1 AND b.clustering_id = $2`,
      [one, other],
    );
    const compared = await compareClusterings(database, { clusteringId: one, otherId: other });
    const [a, b] = [labels.map((row) => row.a), labels.map((row) => row.b)];
    expect(compared.ari).toBeCloseTo(adjustedRandIndex(a, b), 12);
    expect(compared.nmi).toBeCloseTo(normalizedMutualInformation(a, b), 12);
    expect(compared).toMatchObject({ shared: labels.length, onlyHere: 0, onlyThere: 0 });
    expect(compared.matches.filter(({ index, otherIndex }) => index != null && otherIndex != null)).toHaveLength(4);
    const moved = await listMovedQuestions(database, { clusteringId: one, otherId: other }, wholePage);
    expect(moved.pageInfo!.total).toBe(compared.moved);
    expect(moved.questions.length).toBe(Math.min(100, compared.moved));
    expect(compared.moved).toBeGreaterThan(0);
    const same = { clusteringId: one, otherId: one };
    await expect(compareClusterings(database, same)).rejects.toEqual(refusal('INVALID_INPUT', 'otherId'));
    const unknown = { clusteringId: one, otherId: nowhere };
    await expect(compareClusterings(database, unknown)).rejects.toEqual(refusal('NOT_FOUND', 'id'));
  });

  it('clusters what a filter selects, and says what is wrong with one', async () => {
    await database.rows(`INSERT INTO topic (slug, title) VALUES ('other', 'Other')`);
    const ofText = await discovery.cluster({ text: words[2], nClusters: 2 });
    expect(await loop.countOf(`FROM clustering_member WHERE clustering_id = '${ofText}'`)).toBe(40);
    const recent = await discovery.cluster({ createdBeforeMs: Date.now() + 60_000, nClusters: 6 });
    expect(await loop.countOf(`FROM clustering_member WHERE clustering_id = '${recent}'`)).toBeGreaterThan(200);
    const ofNobody = await discovery.run({ topicId: nowhere, scope: 'all' });
    expect(ofNobody.error).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(nowhere) as string,
    });
    // A run over other questions leaves the suggestions of this one as they are.
    expect((await discovery.pending()).length).toBeGreaterThanOrEqual(4);
  });

  it('says that there is nothing to cluster, and makes no run', async () => {
    const before = await loop.countOf('FROM clustering');
    const [{ id: topicId }] = await database.rows<{ id: string }>(`SELECT id FROM topic WHERE slug = 'other'`);
    const nothing = async (parameters: object, message: string) =>
      expect((await discovery.run(parameters)).error).toEqual({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(new RegExp(`^There is nothing to cluster: ${message}`)) as string,
      });
    await nothing({ createdFromMs: Date.now() + 60_000 }, 'no question meets the conditions; look at createdFrom');
    await nothing({ topicId, scope: 'all' }, 'no question meets the conditions; look at topicId');
    await nothing({ text: 'never said' }, 'no question meets the conditions; look at text');
    expect(await loop.countOf('FROM clustering')).toBe(before);
  });

  it('leaves nothing behind of a run that cannot be made', async () => {
    const before = [
      await loop.countOf('FROM clustering'),
      await loop.countOf('FROM clustering_member'),
      await discovery.snapshot(),
    ];
    const tooMany = await discovery.run({ nClusters: 9_999 });
    expect(tooMany.error).toMatchObject({ code: 'INVALID_INPUT' });
    expect([
      await loop.countOf('FROM clustering'),
      await loop.countOf('FROM clustering_member'),
      await discovery.snapshot(),
    ]).toEqual(before);
  });

  it('makes do with one question, and with questions that are all the same', async () => {
    await discovery.ask(7, 1);
    const one = await discovery.cluster({ text: words[7] });
    expect(await loop.countOf(`FROM clustering WHERE id = '${one}' AND questions = 1 AND n_clusters = 1`)).toBe(1);
    const [same] = [discovery.near(discovery.directions[7])];
    await discovery.ask(7, 9, () => same);
    const equal = await discovery.cluster({ text: words[7], nClusters: 4 });
    const { clusters } = await listClusters(database, equal, wholePage);
    expect(clusters.length).toBeLessThanOrEqual(2);
    expect(clusters.reduce((sum, { size }) => sum + size, 0)).toBe(10);
  });

  it('ends a cancelled run without a trace', async () => {
    const before = [await loop.countOf('FROM clustering'), await loop.countOf('FROM clustering_member')];
    const job = await discovery.startRun({ nClusters: 60, nInit: 500 });
    const watch = new JobWatch(database);
    await firstValueFrom(watch.watch(job.id).pipe(filter(({ stage }) => stage === 'cluster')));
    await cancelJob(database, job.id);
    expect(await lastValueFrom(watch.watch(job.id))).toMatchObject({ state: 'cancelled' });
    expect([await loop.countOf('FROM clustering'), await loop.countOf('FROM clustering_member')]).toEqual(before);
  });
});
