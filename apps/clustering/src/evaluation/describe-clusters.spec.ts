import { withNorms } from '@cairn/kmeans';
import { describeClusters } from './describe-clusters.js';

describe('describeClusters', () => {
  it('agrees with a calculation by hand in the Euclidean case, in the measure of the original rows', () => {
    // Original points 0, 2, 7 and 20 on a line, prepared with scale 1/2; centroids 3 and 20.
    const rows = withNorms(Float32Array.of(0, 1, 3.5, 10), 1);
    const clustering = {
      labels: Int32Array.of(0, 0, 0, 1),
      centroids: Float32Array.of(1.5, 10),
      inertia: 0,
      iterations: 1,
    };
    const { clusters, distances } = describeClusters(rows, clustering, { spherical: false, scale: 0.5, exemplars: 2 });
    expect([...distances]).toEqual([3, 1, 4, 0]);
    expect(clusters[0]).toEqual({
      size: 3,
      cohesion: expect.closeTo(1 / (1 + Math.sqrt(26 / 3)), 12),
      separation: 17,
      // The medoid at 2; then 7, which is farther from the centroid than 0 is, but not so like the medoid.
      exemplars: Int32Array.of(1, 2),
    });
    expect(clusters[1]).toEqual({ size: 1, cohesion: 1, separation: 17, exemplars: Int32Array.of(3) });
  });

  it('repeats no exemplar while there are others', () => {
    const rows = withNorms(Float32Array.of(0, 0, 0, 0, 1, -1, 3), 1);
    const clustering = { labels: new Int32Array(7), centroids: Float32Array.of(0.1), inertia: 0, iterations: 1 };
    const describe = (exemplars: number) =>
      describeClusters(rows, clustering, { spherical: false, scale: 1, exemplars }).clusters[0].exemplars;
    expect(describe(4)[0]).toBe(0);
    expect([...describe(4)].sort()).toEqual([0, 4, 5, 6]);
    expect(new Set(describe(7)).size).toBe(7);
    expect(describe(0).length).toBe(0);
  });

  it('uses cosines in the spherical case', () => {
    const [c30, s30] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const rows = withNorms(Float32Array.of(c30, s30, 1, 0, c30, -s30, 0, 1), 2);
    const clustering = {
      labels: Int32Array.of(0, 0, 0, 1),
      centroids: Float32Array.of(1, 0, 0, 1),
      inertia: 0,
      iterations: 1,
    };
    const { clusters, distances } = describeClusters(rows, clustering, { spherical: true, scale: 1, exemplars: 9 });
    expect([...distances]).toEqual([1 - c30, 0, 1 - c30, 0].map((distance) => expect.closeTo(distance, 6)));
    expect(clusters[0].cohesion).toBeCloseTo((1 + 2 * c30) / 3, 6);
    expect(clusters[0].separation).toBeCloseTo(1, 6);
    expect([...clusters[0].exemplars]).toEqual([1, 0, 2]);
  });

  it('has no separation to speak of with one cluster', () => {
    const clustering = { labels: Int32Array.of(0), centroids: Float32Array.of(1), inertia: 0, iterations: 1 };
    const options = { spherical: false, scale: 1, exemplars: 1 };
    expect(describeClusters(withNorms(Float32Array.of(1), 1), clustering, options).clusters[0].separation).toBe(0);
  });
});
