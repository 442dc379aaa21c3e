/**
 * Hierarchies, choosing k, maps and the algorithms that are not k-means, as clients meet them: the built program, over gRPC.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  createClusteringClient,
  packFloat32,
  toVectors,
  unpackFloat32,
  type ClusteringClient,
  type clusteringV1,
} from '@cairn/contracts';
import { adjustedRandIndex, Random } from '@cairn/numerics';

const root = join(__dirname, '../../..');
const built = join(root, 'dist', 'specs', `analysis-${process.pid}`);
let program: ChildProcess;
let client: ClusteringClient;

jest.setTimeout(120_000);

beforeAll(async () => {
  const swc = join(root, 'node_modules/.bin/swc');
  const options = ['--ignore', '**/*.spec.ts', '--quiet'];
  execFileSync(swc, ['apps/clustering', 'libs', '-d', built, ...options], { cwd: root, stdio: 'pipe' });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
  await once(server, 'close');
  const env = { ...process.env, CLUSTERING_ADDRESS: address, LOG_LEVEL: 'warn' };
  program = fork(join(built, 'apps/clustering/src/main.js'), { env, execArgv: [], stdio: 'inherit' });
  await once(program, 'message');
  client = createClusteringClient(address);
});

afterAll(async () => {
  client.close();
  const end = once(program, 'exit');
  program.kill('SIGTERM');
  expect((await end)[0]).toBe(0);
  rmSync(built, { recursive: true, force: true });
});

/** Rows around one of `groups` corners, groups in turn. */
function groupedRows(count: number, groups: number, dimension = 4, spread = 0.4): Float32Array {
  const random = new Random(77);
  const corners = Float32Array.from({ length: groups * dimension }, () => 4 * random.normal());
  return Float32Array.from(
    { length: count * dimension },
    (_, at) => corners[(Math.floor(at / dimension) % groups) * dimension + (at % dimension)] + spread * random.normal(),
  );
}
const truth = (count: number, groups: number) => Array.from({ length: count }, (_, i) => i % groups);

interface Duplex<Request, Response> extends AsyncIterable<Response> {
  send(request: Request): Promise<void>;
  end(): void;
}

/** Sends everything, reads everything. */
async function exchange<Request, Response>(call: Duplex<Request, Response>, requests: Request[]): Promise<Response[]> {
  const send = async () => {
    for (const request of requests) await call.send(request);
    call.end();
  };
  const sending = send().catch(() => {}); // what went wrong is told to the reader
  const responses: Response[] = [];
  for await (const response of call) responses.push(response);
  await sending;
  return responses;
}

const chunks = (values: Float32Array, dimension: number, size = 1000) =>
  Array.from({ length: Math.ceil(values.length / dimension / size) }, (_, i) =>
    toVectors(values.slice(i * size * dimension, (i + 1) * size * dimension), dimension),
  );

describe('Cluster, by other algorithms', () => {
  async function cluster(values: Float32Array, start: Partial<clusteringV1.ClusterStart>, dimension = 4) {
    const count = values.length / dimension;
    const responses = await exchange(client.cluster({}), [
      { start: { count, dimension, exemplars: 2, ...start, parameters: { spherical: false, ...start.parameters } } },
      ...chunks(values, dimension).map((vectors) => ({ vectors })),
    ]);
    const summary = responses.find((response) => response.summary)!.summary!;
    const pages = responses.flatMap(({ assignments }) => (assignments ? [assignments] : []));
    return {
      summary,
      stages: new Set(responses.flatMap(({ progress }) => (progress ? [progress.stage] : []))),
      labels: pages.flatMap(({ labels }) => labels),
      distances: pages.flatMap(({ distances }) => distances),
      probabilities: pages.flatMap(({ probabilities }) => probabilities),
    };
  }

  it.each([
    ['bisecting', ['receive', 'fit', 'evaluate']],
    ['hierarchical', ['receive', 'link', 'evaluate']],
    ['spherical', ['receive', 'fit', 'evaluate']],
  ])('finds groups that are there: %s', async (algorithm, stages) => {
    const spherical = algorithm === 'spherical';
    const {
      summary,
      labels,
      stages: seen,
    } = await cluster(groupedRows(2500, 5), {
      algorithm,
      parameters: { nClusters: 5, spherical },
    });
    expect(summary).toMatchObject({ algorithm, nClusters: 5, noise: 0 });
    expect(adjustedRandIndex(labels, truth(2500, 5))).toBe(1);
    expect(summary.clusters.map(({ size }) => size)).toEqual([500, 500, 500, 500, 500]);
    expect(summary.silhouette).toBeGreaterThan(0.5);
    for (const stage of stages) expect(seen).toContain(stage);
  });

  it('finds the number of clusters where none is given', async () => {
    const values = groupedRows(300, 5);
    for (const algorithm of ['bisecting', 'hierarchical', 'hdbscan'])
      expect((await cluster(values, { algorithm })).summary).toMatchObject({ nClusters: 5 });
  });

  it('leaves noise out with hdbscan, and says how sure it is of the rest', async () => {
    const values = new Float32Array(1002 * 4);
    values.set(groupedRows(1000, 4, 4, 0.2));
    values.set([100, 100, 100, 100, -90, 80, -70, 60], 4000);
    const { summary, labels, probabilities, distances, stages } = await cluster(values, { algorithm: 'hdbscan' });
    expect(summary.nClusters).toBe(4);
    expect(summary.noise).toBe(labels.filter((label) => label < 0).length);
    expect(labels.slice(1000)).toEqual([-1, -1]);
    expect(probabilities.slice(1000)).toEqual([0, 0]);
    expect(distances.slice(1000).every((distance) => distance > 50)).toBe(true);
    expect(Math.max(...probabilities)).toBe(1);
    const inside = labels.map((_, i) => i).filter((i) => labels[i] >= 0);
    expect(inside.length).toBeGreaterThan(900);
    expect(
      adjustedRandIndex(
        inside.map((i) => labels[i]),
        inside.map((i) => i % 4),
      ),
    ).toBe(1);
    expect(stages).toContain('link');
  });

  it.each(['bisecting', 'hierarchical', 'hdbscan'])(
    'takes one row, and rows that are all equal: %s',
    async (algorithm) => {
      const noise = algorithm === 'hdbscan' ? 1 : 0;
      const one = await cluster(Float32Array.of(1, 2, 3, 4), { algorithm });
      expect(one.summary).toMatchObject({ nClusters: 1 - noise, noise });
      const equal = await cluster(new Float32Array(40).fill(2), { algorithm });
      expect(equal.labels.length).toBe(10);
      expect(equal.summary.inertia).toBe(0);
    },
  );

  it.each([
    [{ algorithm: 'dbscan' }, 'algorithm'],
    [{ algorithm: 'spherical', parameters: { spherical: false } }, 'spherical'],
    [{ algorithm: 'hierarchical', hierarchical: { linkage: 'single' } }, 'linkage'],
    [{ algorithm: 'hierarchical', hierarchical: { nClusters: 99 } }, 'n_clusters'],
    [{ algorithm: 'hierarchical', hierarchical: { nClusters: 2, height: 1 } }, 'height'],
    [{ algorithm: 'hierarchical', hierarchical: { height: -1 } }, 'height'],
    [{ algorithm: 'hdbscan', hdbscan: { minClusterSize: 50 } }, 'min_cluster_size'],
    [{ algorithm: 'hdbscan', hdbscan: { minSamples: 0 } }, 'min_samples'],
    [{ algorithm: 'hdbscan', hdbscan: { selection: 'best' } }, 'selection'],
    [{ algorithm: 'hdbscan', hdbscan: { epsilon: -1 } }, 'epsilon'],
  ])('refuses %j, naming the field', async (start, field) => {
    await expect(cluster(groupedRows(20, 2), start)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field },
    });
  });

  it('refuses what is not a finite number', async () => {
    const values = groupedRows(20, 2);
    values[7] = NaN;
    await expect(cluster(values, { algorithm: 'hdbscan' })).rejects.toMatchObject({ details: { field: 'vectors' } });
  });
});

describe('Hierarchy', () => {
  async function hierarchy(values: Float32Array, start: Partial<clusteringV1.HierarchyStart>, dimension = 4) {
    const count = values.length / dimension;
    const responses = await exchange(client.hierarchy({}), [
      { start: { count, dimension, spherical: false, ...start } },
      ...chunks(values, dimension).map((vectors) => ({ vectors })),
    ]);
    const merges = responses.flatMap(({ merges: page }) => (page ? [page] : []));
    const labels = responses.flatMap(({ labels: page }) => (page ? [page] : []));
    return {
      summary: responses.find((response) => response.summary)!.summary!,
      first: merges.flatMap(({ first }) => first),
      heights: merges.flatMap(({ heights }) => heights),
      sizes: merges.flatMap(({ sizes }) => sizes),
      labels: labels.flatMap((page) => page.labels),
      leaves: labels.flatMap((page) => page.leaves),
    };
  }

  it('gives a dendrogram, a cut and the tree above it', async () => {
    const { summary, heights, sizes, first, labels, leaves } = await hierarchy(groupedRows(1200, 6), { nClusters: 6 });
    expect(summary).toMatchObject({ linkage: 'ward', leaves: 1200, leavesAreCentroids: false, nClusters: 6 });
    expect(summary.sizes).toEqual([200, 200, 200, 200, 200, 200]);
    expect(heights.length).toBe(1199);
    expect(first.length).toBe(1199);
    expect(sizes[1198]).toBe(1200);
    heights.forEach((height, i) => expect(height).toBeGreaterThanOrEqual(i === 0 ? 0 : heights[i - 1]));
    expect(adjustedRandIndex(labels, truth(1200, 6))).toBe(1);
    expect(leaves).toEqual([]);
    const clusters = summary.tree.filter(({ cluster }) => cluster >= 0);
    expect(clusters.map(({ cluster }) => cluster).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    summary.tree.forEach(({ index, parent, size }) => {
      expect(parent).toBeLessThan(index);
      if (index === 0) expect(size).toBe(1200);
      else expect(size).toBeLessThan(summary.tree[parent].size);
    });
  });

  it('links centroids where there are more vectors than leaves', async () => {
    const { summary, sizes, labels, leaves } = await hierarchy(groupedRows(6000, 4), { maxLeaves: 100 });
    expect(summary).toMatchObject({ leaves: 100, leavesAreCentroids: true, nClusters: 4 });
    expect(sizes[98]).toBe(6000);
    expect(adjustedRandIndex(labels, truth(6000, 4))).toBe(1);
    expect(new Set(leaves).size).toBe(100);
  });

  it('takes one vector', async () => {
    expect(await hierarchy(Float32Array.of(1, 2, 3, 4), {})).toMatchObject({ labels: [0], heights: [] });
  });

  it('refuses what cannot be, and ends when it is cancelled', async () => {
    const rows = groupedRows(20, 2);
    const refused = (start: Partial<clusteringV1.HierarchyStart>, field: string) =>
      expect(hierarchy(rows, start)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field } });
    await refused({ linkage: 'median' }, 'linkage');
    await refused({ nClusters: 21 }, 'n_clusters');
    await refused({ count: 0 }, 'count');
    await refused({ count: 30 }, 'count');
    await refused({ dimension: 3 }, 'dimension');
    await refused({ maxLeaves: 1 }, 'max_leaves');
    const controller = new AbortController();
    const values = groupedRows(15_000, 50, 64, 3);
    const call = client.hierarchy({ signal: controller.signal });
    const reading = exchange(call, [
      { start: { count: 15_000, dimension: 64 } },
      ...chunks(values, 64).map((vectors) => ({ vectors })),
    ]);
    setTimeout(() => controller.abort(), 500);
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('ChooseK', () => {
  async function choose(values: Float32Array, start: Partial<clusteringV1.ChooseKStart> = {}, dimension = 4) {
    const count = values.length / dimension;
    const responses = await exchange(client.chooseK({}), [
      { start: { count, dimension, spherical: false, ...start } },
      ...chunks(values, dimension).map((vectors) => ({ vectors })),
    ]);
    return {
      summary: responses.find((response) => response.summary)!.summary!,
      told: responses.flatMap(({ candidate }) => (candidate ? [candidate.nClusters] : [])),
      stages: new Set(responses.flatMap(({ progress }) => (progress ? [progress.stage] : []))),
    };
  }

  it('answers with a number, an interval, the curve and the votes', async () => {
    const { summary, told, stages } = await choose(groupedRows(700, 7));
    expect(summary).toMatchObject({ nClusters: 7, low: 7, high: 7, clustered: true, sampled: 700 });
    const tried = summary.curve.map(({ nClusters }) => nClusters);
    expect(tried).toEqual([...tried].sort((a, b) => a - b));
    expect([...told].sort((a, b) => a - b)).toEqual(tried);
    const best = summary.curve.find(({ nClusters }) => nClusters === 7)!;
    expect(best.stability).toBeGreaterThan(0.99);
    expect(best.gap).toBeGreaterThan(0);
    expect(summary.votes.map(({ criterion }) => criterion)).toContain('silhouette');
    expect(stages).toEqual(new Set(['receive', 'search', 'compare']));
  });

  it('works unattended on 50 and on many, of which it looks at a sample', async () => {
    expect((await choose(groupedRows(50, 3))).summary).toMatchObject({ nClusters: 3, sampled: 50 });
    const many = await choose(groupedRows(40_000, 6), { maxClusters: 20, sample: 2000, resamples: 1, references: 0 });
    expect(many.summary).toMatchObject({ nClusters: 6, sampled: 2000 });
    expect(many.summary.curve.every(({ gap }) => gap === undefined)).toBe(true);
  });

  it('refuses what leaves no choice', async () => {
    const refused = (rows: number, start: Partial<clusteringV1.ChooseKStart>, field: string) =>
      expect(choose(groupedRows(rows, 2), start)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field } });
    await refused(2, {}, 'count');
    await refused(20, { minClusters: 20 }, 'min_clusters');
    await refused(20, { minClusters: 9, maxClusters: 5 }, 'max_clusters');
    await refused(20, { sample: 4 }, 'sample');
    const equal = await choose(new Float32Array(80).fill(1));
    expect(equal.summary).toMatchObject({ clustered: false, nClusters: 2 });
  });
});

describe('Project', () => {
  async function project(
    values: Float32Array,
    start: Partial<clusteringV1.ProjectStart> = {},
    beside: { labels?: number[]; previous?: Float32Array } = {},
  ) {
    const dimension = 4;
    const count = values.length / dimension;
    let at = 0;
    const responses = await exchange(client.project({}), [
      { start: { count, dimension, spherical: false, nEpochs: 100, ...start } },
      ...chunks(values, dimension, 100).map((vectors) => {
        const from = at;
        at += vectors.count;
        const labels = beside.labels?.slice(from, at) ?? [];
        const previous =
          beside.previous === undefined ? new Uint8Array() : packFloat32(beside.previous.slice(2 * from, 2 * at));
        return { rows: { vectors, labels, previous } };
      }),
    ]);
    const pages = responses.flatMap(({ places }) => (places ? [places] : []));
    return {
      summary: responses.find((response) => response.summary)!.summary!,
      rows: pages.flatMap(({ rows }) => rows),
      map: Float32Array.from(pages.flatMap(({ coordinates }) => [...unpackFloat32(coordinates)])),
    };
  }

  it('places every vector, and again where it was', async () => {
    const values = groupedRows(300, 5);
    const { summary, rows, map } = await project(values);
    expect(summary).toMatchObject({ method: 'umap', placed: 300, aligned: 0, shift: 0 });
    expect(rows).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(map.length).toBe(600);
    const again = await project(values, {}, { previous: map });
    expect(again.summary.aligned).toBe(300);
    expect(again.summary.shift).toBeLessThan(0.3);
    const axes = await project(values, { method: 'pca' });
    expect(axes.summary.explained.length).toBe(2);
  });

  it('places a fair sample of many', async () => {
    const labels = Array.from({ length: 1000 }, (_, i) => (i < 6 ? 3 : -1));
    const { summary, rows, map } = await project(groupedRows(1000, 4), { limit: 60 }, { labels });
    expect(rows.length).toBe(summary.placed);
    expect(map.length).toBe(2 * rows.length);
    expect(rows.filter((row) => row < 6).length).toBe(6);
  });

  it('refuses what does not fit, and takes one vector', async () => {
    const rows = groupedRows(120, 2);
    const refused = (field: string, start: Partial<clusteringV1.ProjectStart>, beside = {}) =>
      expect(project(rows, start, beside)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field } });
    await refused('method', { method: 'tsne' });
    await refused('limit', { limit: 30_000 });
    await refused('n_neighbors', { nNeighbors: 1 });
    await refused('min_dist', { minDist: 2 });
    await refused('labels', {}, { labels: [1, 2, 3] });
    await refused('previous', {}, { previous: Float32Array.of(Infinity, ...new Array<number>(239).fill(0)) });
    expect((await project(Float32Array.of(1, 2, 3, 4))).summary.placed).toBe(1);
  });
});
