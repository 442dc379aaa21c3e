/**
 * The program as it is deployed: built into a folder of its own, started as a process, called over gRPC. Worker
 * threads need built files, so this is also where the worker pool is tested.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClusteringClient, toVectors, unpackFloat32, type clusteringV1 } from '@cairn/contracts';
import { adjustedRandIndex, Random, squaredEuclidean } from '@cairn/numerics';

const root = join(__dirname, '../../..');
const built = join(root, 'dist', 'specs', `clustering-${process.pid}`);
const programs: ChildProcess[] = [];

async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

/** Starts the program; gives its address once it says that it is ready. */
async function startProgram(settings: Record<string, string> = {}): Promise<string> {
  const address = await freeAddress();
  const env = { ...process.env, CLUSTERING_ADDRESS: address, LOG_LEVEL: 'warn', ...settings };
  const program = fork(join(built, 'apps/clustering/src/main.js'), { env, execArgv: [], stdio: 'inherit' });
  programs.push(program);
  const [message] = (await once(program, 'message')) as [unknown];
  expect(message).toEqual({ type: 'ready' });
  return address;
}

interface Call {
  readonly parameters?: clusteringV1.KMeansParameters;
  readonly dimension?: number;
  /** What `start` announces, if it is not the truth. */
  readonly count?: number;
  /** Vectors in a message. */
  readonly chunk?: number;
  readonly start?: Partial<clusteringV1.ClusterStart>;
  /** Of each vector. */
  readonly weights?: readonly number[];
  /** Labelled vectors that guide. */
  readonly guides?: { readonly values: Float32Array; readonly topics: readonly number[] };
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: clusteringV1.ClusterProgress) => void;
}

async function cluster(address: string, values: Float32Array, call: Call = {}) {
  const { parameters, dimension = 4, chunk = 100, signal } = call;
  const client = createClusteringClient(address);
  const stream = client.cluster({ signal });
  const send = async () => {
    const count = call.count ?? values.length / dimension;
    const { guides, weights = [] } = call;
    const announced = { count, dimension, parameters, exemplars: 3, guides: guides?.topics.length };
    await stream.send({ start: { ...announced, ...call.start } });
    if (guides !== undefined)
      await stream.send({ guides: { vectors: toVectors(guides.values, dimension), topics: guides.topics } });
    for (let at = 0; at < values.length; at += chunk * dimension)
      await stream.send({
        vectors: toVectors(values.slice(at, at + chunk * dimension), dimension),
        weights: weights.slice(at / dimension, at / dimension + chunk),
      });
    stream.end();
  };
  const sending = send().catch(() => {}); // what went wrong is told to the reader
  const progress: clusteringV1.ClusterProgress[] = [];
  const labels: number[] = [];
  const distances: number[] = [];
  let summary: clusteringV1.ClusterSummary | undefined;
  try {
    for await (const message of stream) {
      if (message.progress) {
        progress.push(message.progress);
        call.onProgress?.(message.progress);
      }
      summary = message.summary ?? summary;
      if (message.assignments) {
        expect(summary).toBeDefined();
        expect(message.assignments.offset).toBe(labels.length);
        labels.push(...message.assignments.labels);
        distances.push(...message.assignments.distances);
      }
    }
    await sending;
  } finally {
    client.close();
  }
  return { progress, labels, distances, summary: summary! };
}

/** Rows around one of `groups` corners, groups in turn. */
function groupedRows(count: number, groups: number, dimension = 4, spread = 0.4): Float32Array {
  const random = new Random(77);
  const corners = Float32Array.from({ length: groups * dimension }, () => 4 * random.normal());
  return Float32Array.from(
    { length: count * dimension },
    (_, at) => corners[(Math.floor(at / dimension) % groups) * dimension + (at % dimension)] + spread * random.normal(),
  );
}

jest.setTimeout(60_000);

let address: string;
beforeAll(async () => {
  const swc = join(root, 'node_modules/.bin/swc');
  const options = ['--ignore', '**/*.spec.ts', '--quiet'];
  execFileSync(swc, ['apps/clustering', 'libs', '-d', built, ...options], { cwd: root, stdio: 'pipe' });
  address = await startProgram();
});

afterAll(async () => {
  const ends = programs.filter(({ exitCode }) => exitCode === null).map((program) => once(program, 'exit'));
  for (const program of programs) program.kill('SIGTERM');
  for (const [code] of await Promise.all(ends)) expect(code).toBe(0);
  rmSync(built, { recursive: true, force: true });
});

describe('the clustering program', () => {
  it('reports progress, then a summary, then the label of every vector', async () => {
    const values = groupedRows(9000, 5);
    const { progress, summary, labels, distances } = await cluster(address, values, {
      parameters: { nClusters: 5, spherical: false, nInit: 4, seed: 7 },
    });
    const truth = Array.from({ length: 9000 }, (_, i) => i % 5);
    expect(adjustedRandIndex(truth, labels)).toBe(1);
    expect(summary).toMatchObject({ nClusters: 5, seed: 7, candidates: [] });

    expect([...new Set(progress.map(({ stage }) => stage))]).toEqual(['receive', 'fit', 'evaluate']);
    expect(progress.filter(({ stage }) => stage === 'receive').at(-1)).toMatchObject({ done: 9000, total: 9000 });
    const fits = progress.filter(({ stage }) => stage === 'fit');
    expect(fits.map(({ done, total }) => `${done}/${total}`)).toEqual(['0/4', '1/4', '2/4', '3/4', '4/4']);
    expect(fits.at(-1)!.inertia).toBeCloseTo(summary.inertia, 6);

    // The figures of the summary follow from labels, vectors and centroids.
    let inertia = 0;
    for (const found of summary.clusters) {
      const centroid = unpackFloat32(found.centroid);
      const members = [...labels.keys()].filter((i) => labels[i] === found.index);
      expect(members).toHaveLength(found.size);
      const squared = members.map((i) => squaredEuclidean(values.subarray(4 * i, 4 * i + 4), centroid));
      squared.forEach((distance, m) => expect(distances[members[m]]).toBeCloseTo(Math.sqrt(distance), 4));
      const sum = squared.reduce((total, distance) => total + distance, 0);
      inertia += sum;
      expect(found.cohesion).toBeCloseTo(1 / (1 + Math.sqrt(sum / found.size)), 5);
      const nearestFirst = members.map((_, m) => m).sort((a, b) => squared[a] - squared[b]);
      // The medoid, and two others of those near it.
      expect(found.exemplars[0]).toBe(members[nearestFirst[0]]);
      expect(new Set(found.exemplars).size).toBe(3);
      const near = new Set(nearestFirst.slice(0, 60).map((m) => members[m]));
      for (const exemplar of found.exemplars) expect(near).toContain(exemplar);
      expect(found.silhouette).toBeGreaterThan(0.5);
    }
    expect(summary.inertia / inertia).toBeCloseTo(1, 5);
    expect(summary.clusters.map(({ size }) => size)).toEqual([1800, 1800, 1800, 1800, 1800]);
  });

  it('finds the number of clusters, and says what it tried', async () => {
    const { summary, progress } = await cluster(address, groupedRows(600, 6, 12), {
      dimension: 12,
      parameters: { nInit: 2 },
    });
    expect(summary.nClusters).toBe(6);
    const tried = summary.candidates.map(({ nClusters }) => nClusters);
    expect(tried).toEqual([...tried].sort((a, b) => a - b));
    expect(tried).toEqual(expect.arrayContaining([2, 5, 6, 7, 48]));
    const best = summary.candidates.reduce((a, b) => (b.silhouette > a.silhouette ? b : a));
    expect(best.nClusters).toBe(6);
    const { choice } = summary;
    expect(choice).toMatchObject({ nClusters: 6, clustered: true, sampled: 600 });
    expect(choice!.low).toBeLessThanOrEqual(6);
    expect(choice!.high).toBeGreaterThanOrEqual(6);
    expect(choice!.curve.map(({ nClusters }) => nClusters)).toEqual(tried);
    expect(choice!.curve.find(({ nClusters }) => nClusters === 6)!.stability).toBeGreaterThan(0.95);
    expect(progress.filter(({ stage }) => stage === 'search').at(-1)).toMatchObject({
      done: tried.length,
      total: tried.length,
    });
    expect(progress.some(({ stage }) => stage === 'compare')).toBe(true);
  });

  it('keeps the sizes of clusters within bounds, with a number that allows it', async () => {
    const values = groupedRows(300, 3);
    const sizesOf = async (parameters: clusteringV1.KMeansParameters) =>
      (await cluster(address, values, { parameters })).summary.clusters.map(({ size }) => size);
    expect(await sizesOf({ nClusters: 4, minSize: 60, maxSize: 90 })).toEqual([90, 90, 60, 60]);
    const chosen = await sizesOf({ maxSize: 50 });
    expect(chosen.length).toBeGreaterThanOrEqual(6);
    expect(Math.max(...chosen)).toBeLessThanOrEqual(50);
    await expect(sizesOf({ nClusters: 4, minSize: 80 })).rejects.toMatchObject({ details: { field: 'min_size' } });
  });

  it('draws first centroids in parallel, and finds the same groups', async () => {
    const values = groupedRows(2000, 40, 16);
    const parameters = { nClusters: 40, nInit: 3 };
    const draw = async (init: string) =>
      (await cluster(address, values, { dimension: 16, parameters: { ...parameters, init } })).labels;
    const [one, other] = [await draw('k-means++'), await draw('k-means||')];
    expect(adjustedRandIndex(one, other)).toBeGreaterThan(0.95);
    expect(one).not.toEqual([]);
  });

  it('weighs vectors as if they came more than once', async () => {
    const values = groupedRows(60, 3, 4, 2);
    const weights = Array.from({ length: 60 }, (_, i) => 1 + (i % 4));
    const often = Float32Array.from(
      weights.flatMap((n, i) => Array.from({ length: n }, () => [...values.slice(4 * i, 4 * i + 4)]).flat()),
    );
    const parameters = { nClusters: 3, spherical: false, nInit: 20, tol: 0 };
    const weighed = await cluster(address, values, { parameters, weights });
    const repeated = await cluster(address, often, { parameters });
    const labels = weights.flatMap((n, i) => Array.from({ length: n }, () => weighed.labels[i]));
    expect(adjustedRandIndex(labels, repeated.labels)).toBe(1);
    expect(weighed.summary.inertia / repeated.summary.inertia).toBeCloseTo(1, 6);
    const refused = (given: Call) => expect(cluster(address, values, { parameters, ...given })).rejects;
    const field = (name: string) => ({ code: 'INVALID_INPUT', details: { field: name } });
    await refused({ weights: weights.slice(1) }).toMatchObject(field('weights'));
    await refused({ weights: weights.map((n) => n - 2) }).toMatchObject(field('weights'));
    await refused({ weights: weights.map(() => 0) }).toMatchObject(field('weights'));
    await refused({ weights, start: { algorithm: 'bisecting' } }).toMatchObject(field('weights'));
  });

  it('is guided by labelled vectors to what sets topics apart', async () => {
    // The first component varies most and says nothing of the group; two topics are labelled.
    const random = new Random(5);
    const group = (i: number) => i % 4;
    const made = (count: number) =>
      Float32Array.from({ length: count * 4 }, (_, at) => {
        const [i, j] = [Math.floor(at / 4), at % 4];
        if (j === 0) return 6 * random.normal();
        return (j === 1 ? group(i) : j === 2 ? group(i) % 2 : 0) * 1.5 + 0.15 * random.normal();
      });
    const values = made(400);
    const truth = Array.from({ length: 400 }, (_, i) => group(i));
    const guides = { values: made(80), topics: truth.slice(0, 80) };
    const call = { parameters: { nClusters: 4, spherical: false, nInit: 5 } };
    const alone = await cluster(address, values, call);
    const guided = await cluster(address, values, { ...call, guides });
    expect(adjustedRandIndex(truth, alone.labels)).toBeLessThan(0.5);
    expect(adjustedRandIndex(truth, guided.labels)).toBe(1);
    expect(guided.summary.shrinkage).toBeLessThan(0.5);
    // Clusters are told in the measure of the vectors: their centroids are the means of their members.
    for (const { index, centroid, size } of guided.summary.clusters) {
      const members = [...guided.labels.keys()].filter((i) => guided.labels[i] === index);
      expect(members).toHaveLength(size);
      const mean = [0, 1, 2, 3].map((j) => members.reduce((sum, i) => sum + values[4 * i + j], 0) / size);
      unpackFloat32(centroid).forEach((value, j) => expect(value).toBeCloseTo(mean[j], 3));
    }
    expect(guided.progress.map(({ stage }) => stage)).toContain('guide');
    const density = await cluster(address, values, { ...call, guides, start: { algorithm: 'hdbscan' } });
    expect(density.summary.nClusters).toBe(4);
    const known = toVectors(Float32Array.from([0, 0, 0, 0]), 4);
    const frozen = await cluster(address, values, { ...call, guides, start: { known, frozen: true } });
    const stays = frozen.summary.clusters.find((one) => one.known === 0);
    expect(Array.from(unpackFloat32(stays!.centroid), Math.abs).every((value) => value < 1e-4)).toBe(true);
    const refused = (topics: number[], start = {}) =>
      expect(cluster(address, values, { ...call, guides: { ...guides, topics }, start })).rejects;
    await refused(guides.topics.map((_, i) => i)).toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'guides' },
    });
    await refused(guides.topics.slice(1)).toMatchObject({ details: { field: 'guides' } });
    await refused(guides.topics, { guides: 90 }).toMatchObject({ details: { field: 'guides' } });
  });

  it('clusters from disk what is too much for its memory, and leaves nothing there', async () => {
    const CLUSTERING_SPOOL = mkdtempSync(join(tmpdir(), 'spool-'));
    const small = await startProgram({ CLUSTERING_MEMORY: '1', CLUSTERING_DISK: '8', CLUSTERING_SPOOL });
    const values = groupedRows(20_000, 6, 16);
    const truth = Array.from({ length: 20_000 }, (_, i) => i % 6);
    for (const spherical of [true, false]) {
      const call = { dimension: 16, parameters: { spherical, nInit: 3 } };
      const { summary, labels, distances, progress } = await cluster(small, values, call);
      expect(summary.nClusters).toBe(6);
      expect(adjustedRandIndex(truth, labels)).toBe(1);
      expect(summary.choice).toMatchObject({ nClusters: 6, sampled: 7050 });
      const whole = await cluster(address, values, { ...call, parameters: { ...call.parameters, nClusters: 6 } });
      expect(adjustedRandIndex(whole.labels, labels)).toBe(1);
      expect(summary.inertia / whole.summary.inertia).toBeCloseTo(1, 6);
      for (const found of summary.clusters) {
        const { exemplars, ...same } = whole.summary.clusters.find(
          ({ exemplars: [row] }) => labels[row] === found.index,
        )!;
        expect(found.size).toBe(same.size);
        expect(found.cohesion).toBeCloseTo(same.cohesion, 4);
        expect(found.separation).toBeCloseTo(same.separation, 4);
        expect(found.silhouette).toBeCloseTo(same.silhouette, 1);
        expect(found.exemplars[0]).toBe(exemplars[0]);
      }
      whole.distances.forEach((distance, i) => expect(distances[i]).toBeCloseTo(distance, 4));
      expect(progress.map(({ stage }) => stage)).toEqual(
        expect.arrayContaining(['receive', 'search', 'fit', 'evaluate']),
      );
    }
    const refused = await cluster(small, values, { dimension: 16, start: { algorithm: 'bisecting' } }).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', details: { field: 'count' } });
    const bad = values.slice();
    bad[16 * 19_000 + 3] = Infinity;
    await expect(cluster(small, bad, { dimension: 16 })).rejects.toMatchObject({ details: { field: 'vectors' } });
    expect(readdirSync(CLUSTERING_SPOOL)).toEqual([]);
  });

  it('gives the same bits for one seed, whatever the chunks and the number of threads', async () => {
    const values = groupedRows(1500, 8, 16, 3);
    const call = { dimension: 16, parameters: { maxClusters: 12, nInit: 3 } };
    const expected = await cluster(address, values, call);
    expect(expected.summary.clusters.length).toBeGreaterThan(1);
    for (const CLUSTERING_THREADS of ['1', '3']) {
      const other = await startProgram({ CLUSTERING_THREADS });
      for (const chunk of [7, 1500]) {
        const { summary, labels, distances } = await cluster(other, values, { ...call, chunk });
        expect({ summary, labels, distances }).toEqual({
          summary: expected.summary,
          labels: expected.labels,
          distances: expected.distances,
        });
      }
    }
    const once = (seed: number) =>
      cluster(address, values, { dimension: 16, parameters: { nClusters: 40, nInit: 1, seed } });
    expect((await once(1)).summary.inertia).not.toBe((await once(2)).summary.inertia);
  });

  it.each([1, 2, 3, 4, 7])('clusters %s vectors without being told how many clusters', async (count) => {
    const { labels, summary } = await cluster(address, groupedRows(count, 2));
    expect(labels).toHaveLength(count);
    expect(summary.nClusters).toBe(new Set(labels).size);
    expect(summary.nClusters).toBe(count < 3 ? 1 : 2);
  });

  it('clusters equal vectors, and as many vectors as clusters', async () => {
    const equal = await cluster(address, new Float32Array(40).fill(0.3), { parameters: { nClusters: 3 } });
    expect(equal.labels).toEqual(new Array(10).fill(0));
    expect(equal.summary).toMatchObject({ nClusters: 1, silhouette: 0 });
    const own = await cluster(address, groupedRows(12, 12), { parameters: { nClusters: 12, spherical: false } });
    expect(new Set(own.labels).size).toBe(12);
    expect(own.summary.inertia).toBeCloseTo(0, 8);
    const zeros = await cluster(address, new Float32Array(40), { parameters: { nClusters: 2 } });
    expect(zeros.labels).toEqual(new Array(10).fill(0));
  });

  it('survives numbers at the ends of float32', async () => {
    const values = groupedRows(60, 3).map((value) => (value / 20) * 3e38);
    const { labels, summary } = await cluster(address, values, { parameters: { nClusters: 3, spherical: false } });
    expect(
      adjustedRandIndex(
        Array.from(labels, (_, i) => i % 3),
        labels,
      ),
    ).toBe(1);
    expect(Number.isFinite(summary.inertia)).toBe(true);
  });

  const rows = groupedRows(10, 2);
  const withNaN = rows.slice();
  withNaN[4 * 7 + 2] = NaN;
  it.each<[string, Float32Array, Call, string, RegExp]>([
    ['more clusters than vectors', rows, { parameters: { nClusters: 11 } }, 'n_clusters', /11 clusters.*10 vectors/],
    ['no vectors', new Float32Array(0), { parameters: { nClusters: 2 } }, 'count', /count is 0/],
    ['fewer vectors than announced', rows, { count: 12 }, 'count', /announced 12 vectors; 10 came/],
    ['more vectors than announced', rows, { count: 9, chunk: 2 }, 'count', /announced 9 vectors; 10 came/],
    ['a component that is not a number', withNaN, { chunk: 3 }, 'vectors', /Component 2 of vector 7 is NaN/],
    ['an infinite component', rows.map((x, i) => (i === 5 ? -Infinity : x)), {}, 'vectors', /vector 1 is -Infinity/],
    ['more than it may hold', rows, { count: 2 ** 30 }, 'count', /at most 8589934592/],
  ])('refuses %s', async (_, values, call, field, message) => {
    const error: unknown = await cluster(address, values, call).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'INVALID_INPUT', details: { field }, message: expect.stringMatching(message) });
  });

  it('refuses vectors of another dimension than announced, and vectors before the start', async () => {
    const client = createClusteringClient(address);
    const read = async (messages: Parameters<ReturnType<typeof client.cluster>['send']>[0][]) => {
      const call = client.cluster();
      for (const message of messages) await call.send(message);
      for await (const _ of call);
    };
    const vectors = toVectors(new Float32Array(6), 3);
    await expect(read([{ start: { count: 2, dimension: 4 } }, { vectors }])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'dimension' },
    });
    await expect(read([{ vectors }])).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'start' } });
    const short = { ...vectors, count: 3 };
    await expect(read([{ start: { count: 2, dimension: 3 } }, { vectors: short }])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'vectors' },
    });
    client.close();
  });

  it('stops working when the call is cancelled, at any stage', async () => {
    const single = await startProgram({ CLUSTERING_THREADS: '1', CLUSTERING_RUNS: '1', CLUSTERING_WAITING: '0' });
    const values = groupedRows(5000, 50, 32, 4);
    for (const stage of ['receive', 'search', 'fit']) {
      const controller = new AbortController();
      const endless = stage === 'search' ? {} : { nClusters: 300 };
      const cancelled = cluster(single, values, {
        dimension: 32,
        count: stage === 'receive' ? 6000 : 5000,
        parameters: { ...endless, nInit: 1000, tol: 0 },
        signal: controller.signal,
        onProgress: (progress) => progress.stage === stage && controller.abort(),
      });
      await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
      // The only place and the only thread are free again, once the program has noticed.
      const next = () => cluster(single, rows, { parameters: { nClusters: 2 } });
      let found = await next().catch(() => undefined);
      for (let attempt = 0; found === undefined && attempt < 50; attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        found = await next().catch(() => undefined);
      }
      expect(found?.labels).toHaveLength(10);
    }
  });

  it('turns calls away when too many wait, and serves those that wait', async () => {
    const single = await startProgram({ CLUSTERING_RUNS: '1', CLUSTERING_WAITING: '2' });
    const values = groupedRows(2000, 10, 16, 3);
    const calls = Array.from({ length: 5 }, () =>
      cluster(single, values, { dimension: 16, parameters: { nClusters: 10 } }),
    );
    const outcomes = await Promise.allSettled(calls);
    const served = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.labels] : []));
    expect(served).toHaveLength(3);
    for (const labels of served) expect(labels).toEqual(served[0]);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    for (const reason of reasons) expect(reason).toMatchObject({ code: 'OVERLOADED', details: { retryAfterMs: 5000 } });
  });

  it('refuses to start at a taken address, in one line', async () => {
    const env = { ...process.env, CLUSTERING_ADDRESS: address };
    const program = fork(join(built, 'apps/clustering/src/main.js'), { env, execArgv: [], stdio: 'ignore' });
    const [message] = (await once(program, 'message')) as [unknown];
    expect(message).toEqual({ type: 'failed', message: expect.stringContaining('taken by another program') });
    const [code] = (await once(program, 'exit')) as [number];
    expect(code).toBe(1);
  });
});
