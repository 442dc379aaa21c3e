/** @jest-environment ./test/environments/onnx.js */
import { CentroidDistances, withNorms } from '@cairn/kmeans';
import { columnMeans, Random } from '@cairn/numerics';
import { PairwiseDistances } from '../distances/pairwise.js';
import golden from './golden.json';
import { indicesOf, referenceRows } from './indices.js';
import {
  measureCandidate,
  measureOnHalves,
  measureReference,
  type Engines,
  type OnHalves,
} from './measure-candidate.js';
import { gapOf, recommendK, stabilityOf, type KCandidate } from './recommend-k.js';
import { silhouette } from './silhouette.js';

jest.setTimeout(60_000);

const never = () => {};
const pairwise = new PairwiseDistances();
let engines: Engines;
beforeAll(async () => (engines = { pairwise, distances: await CentroidDistances.create() }));
afterAll(() => Promise.all([pairwise.release(), engines.distances.release()]));

describe('indicesOf', () => {
  const rows = withNorms(Float32Array.from(golden.points), golden.dimension);

  it.each(golden.runs)('agrees with scikit-learn, k = $k', async (run) => {
    const labels = Int32Array.from(run.labels);
    const found = indicesOf(rows, labels, run.k);
    expect(found.calinskiHarabasz / run.calinskiHarabasz).toBeCloseTo(1, 8);
    expect(found.daviesBouldin).toBeCloseTo(run.daviesBouldin, 8);
    expect(found.bic / run.bic).toBeCloseTo(1, 8);
    const options = { spherical: false, seed: 1, sampleLimit: 1e9 };
    expect((await silhouette(rows, labels, run.k, options, pairwise, never)).mean).toBeCloseTo(run.silhouette, 5);
  });

  it('leaves noise out of every figure', () => {
    const [run] = golden.runs;
    const noisy = withNorms(Float32Array.from([...golden.points, 100, 100, 100, 100, 100]), golden.dimension);
    expect(indicesOf(noisy, Int32Array.from([...run.labels, -1]), run.k)).toEqual(
      indicesOf(rows, Int32Array.from(run.labels), run.k),
    );
  });

  it('is finite or says infinity where there is nothing to divide by', () => {
    const equal = withNorms(Float32Array.of(1, 1, 5, 5), 1);
    expect(indicesOf(equal, Int32Array.of(0, 0, 1, 1), 2)).toEqual({
      calinskiHarabasz: Infinity,
      daviesBouldin: 0,
      bic: Infinity,
    });
    expect(indicesOf(equal, Int32Array.of(0, 0, 0, 0), 1)).toMatchObject({ calinskiHarabasz: 0, daviesBouldin: 0 });
    expect(indicesOf(withNorms(Float32Array.of(1, 2), 1), Int32Array.of(0, 1), 2).calinskiHarabasz).toBe(0);
  });
});

describe('referenceRows', () => {
  it('has the mean and the covariance of the rows, and no clusters', () => {
    const random = new Random(2);
    const values = Float32Array.from({ length: 2000 * 2 }, (_, at) => (at % 4 < 2 ? 10 : -10) + random.normal());
    const rows = withNorms(values, 2);
    const drawn = referenceRows(rows, new Random(3));
    columnMeans(drawn, 2).forEach((mean, j) => expect(Math.abs(mean - columnMeans(values, 2)[j])).toBeLessThan(0.6));
    const product = (of: Float32Array) => of.reduce((sum, x, at) => sum + (at % 2 ? 0 : x * of[at + 1]), 0) / 2000;
    expect(Math.abs(product(drawn) / product(values) - 1)).toBeLessThan(0.1);
    // The rows themselves keep away from the middle; a Gaussian cloud is densest there.
    const middle = (of: Float32Array) => of.filter((x, at) => at % 2 === 0 && Math.abs(x) < 4).length;
    expect(middle(values)).toBe(0);
    expect(middle(drawn)).toBeGreaterThan(300);
  });
});

/** Three groups of 60 around corners, in five dimensions. */
function groups(spread: number) {
  const random = new Random(8);
  const corners = Float32Array.from({ length: 15 }, () => 4 * random.normal());
  const value = (at: number) => corners[(Math.floor(at / 5) % 3) * 5 + (at % 5)];
  return withNorms(
    Float32Array.from({ length: 180 * 5 }, (_, at) => value(at) + spread * random.normal()),
    5,
  );
}

describe('choosing k', () => {
  const options = (clusters: number) => {
    return { clusters, seed: 1, restarts: 2, maxIter: 100, tolerance: 0, spherical: false, sampleLimit: 5000 };
  };
  async function measureAll(rows: ReturnType<typeof groups>): Promise<KCandidate[]> {
    const candidates: KCandidate[] = [];
    for (const k of [2, 3, 4, 5]) {
      // One after the other: an engine does one piece of work at a time.
      const halves: OnHalves[] = [];
      const references: number[] = [];
      for (const draw of [0, 1, 2]) {
        halves.push(await measureOnHalves(rows, draw, options(k), engines, never));
        references.push(await measureReference(rows, draw, options(k), engines, never));
      }
      candidates.push({ ...(await measureCandidate(rows, options(k), engines, never)), halves, references });
    }
    return candidates;
  }

  it('says three for three groups, by every criterion, and that they are clusters', async () => {
    const candidates = await measureAll(groups(0.8));
    const found = recommendK(candidates);
    expect(found).toMatchObject({ clusters: 3, low: 3, high: 3, clustered: true });
    expect(found.votes.map(({ criterion, clusters }) => [criterion, clusters])).toEqual([
      ['silhouette', 3],
      ['calinski_harabasz', 3],
      ['davies_bouldin', 3],
      ['bic', 3],
      ['gap', 3],
      // Two of them always fall together, so two clusters are as stable.
      ['stability', expect.any(Number)],
    ]);
    expect(stabilityOf(candidates[1])).toBeGreaterThan(0.99);
    expect(gapOf(candidates[1])!.gap).toBeGreaterThan(gapOf(candidates[0])!.gap);
  });

  it('says that one cloud is no clusters', async () => {
    const random = new Random(5);
    const cloud = withNorms(
      Float32Array.from({ length: 200 * 6 }, () => random.normal()),
      6,
    );
    const found = recommendK(await measureAll(cloud));
    expect(found.clustered).toBe(false);
    expect(found.low).toBeLessThanOrEqual(found.clusters);
    expect(found.high).toBeGreaterThanOrEqual(found.clusters);
  });

  it('takes the most stable of those that cannot be told apart, and gives their range', () => {
    const candidate = (clusters: number, silhouette: number, agreement: number, noise: number[]): KCandidate => ({
      clusters,
      inertia: 1,
      silhouette,
      silhouetteError: 0.01,
      calinskiHarabasz: 0,
      daviesBouldin: 1,
      bic: 0,
      halves: [
        { agreement, silhouettes: [silhouette + noise[0], silhouette + noise[1]] },
        { agreement, silhouettes: [silhouette + noise[2], silhouette + noise[3]] },
      ],
      references: [],
    });
    const noise = [0.02, -0.02, 0.01, -0.01];
    const candidates = [
      candidate(2, 0.2, 0.99, noise),
      candidate(5, 0.49, 0.9, [0, 0, 0, 0]),
      candidate(6, 0.5, 0.8, noise),
      candidate(9, 0.495, 0.7, [-0.02, 0.02, 0, 0]),
    ];
    expect(recommendK(candidates)).toMatchObject({ clusters: 5, low: 5, high: 9 });
    const unmeasured = candidates.map((given) => ({ ...given, halves: [] }));
    expect(recommendK(unmeasured)).toMatchObject({ clusters: 6, low: 5, high: 9 });
  });
});
