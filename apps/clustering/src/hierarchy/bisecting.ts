import {
  bestRestart,
  type CentroidDistances,
  type Clustering,
  type Interrupt,
  orderClusters,
  type Rows,
  runRestart,
  SoloCrew,
} from '@cairn/kmeans';
import { columnMeans, normalizeRows, row, squaredEuclidean, takeRows } from '@cairn/numerics';

export interface BisectingOptions {
  readonly clusters: number;
  readonly seed: number;
  readonly restarts: number;
  readonly maxIter: number;
  readonly tolerance: number;
  readonly spherical: boolean;
}

interface Part {
  readonly indices: Int32Array;
  readonly centroid: Float32Array;
  readonly inertia: number;
}

/**
 * Bisecting k-means (Steinbach, Karypis, Kumar 2000): all rows are one cluster first; the cluster of largest inertia is
 * halved by k-means until there are as many as wanted. Costs about log2(clusters) rounds over the rows instead of
 * clusters of them; labels are those of the halvings, not of the nearest centroid.
 * @returns clusters in the order of `orderClusters`; fewer than wanted where there are fewer different rows
 */
export async function bisectingKMeans(
  rows: Rows,
  options: BisectingOptions,
  distances: CentroidDistances,
  interrupt: Interrupt,
  onSplit: (clusters: number) => void,
): Promise<Clustering> {
  const { dimension, count } = rows;
  const all = Int32Array.from({ length: count }, (_, i) => i);
  const parts = [wholePart(rows, all, options.spherical)];
  let iterations = 0;
  while (parts.length < options.clusters) {
    const at = parts.reduce((most, part, i) => (part.inertia > parts[most].inertia ? i : most), 0);
    const part = parts[at];
    if (part.inertia === 0) break;
    const inside = takePart(rows, part.indices);
    const restarts: Clustering[] = [];
    for (let restart = 0; restart < options.restarts; restart++) {
      // A stream of random numbers for each halving.
      const settings = { ...options, clusters: 2, restart: parts.length * 1000 + restart };
      restarts.push(await runRestart(inside, settings, new SoloCrew(distances.bench, interrupt)));
    }
    const halves = bestRestart(restarts);
    iterations += halves.iterations;
    const [left, right] = [0, 1].map((side): Part => {
      const local = all.subarray(0, inside.count).filter((i) => halves.labels[i] === side);
      const centroid = row(halves.centroids, dimension, side);
      const inertia = local.reduce((sum, i) => sum + squaredEuclidean(row(inside.values, dimension, i), centroid), 0);
      return { indices: local.map((i) => part.indices[i]), centroid, inertia };
    });
    // Rows that differ by less than float32 can tell stay together.
    if (left.indices.length === 0 || right.indices.length === 0) parts[at] = { ...part, inertia: 0 };
    else parts.splice(at, 1, left, right);
    onSplit(parts.length);
  }
  const labels = new Int32Array(count);
  const centroids = new Float32Array(parts.length * dimension);
  parts.forEach(({ indices, centroid }, label) => {
    centroids.set(centroid, label * dimension);
    for (const i of indices) labels[i] = label;
  });
  const inertia = parts.reduce((sum, part) => sum + partInertia(rows, part), 0);
  return orderClusters({ centroids, labels, inertia, iterations }, dimension);
}

function takePart(rows: Rows, indices: Int32Array): Rows {
  return {
    values: takeRows(rows.values, rows.dimension, indices),
    squaredNorms: Float64Array.from(indices, (i) => rows.squaredNorms[i]),
    count: indices.length,
    dimension: rows.dimension,
  };
}

function wholePart(rows: Rows, indices: Int32Array, spherical: boolean): Part {
  const centroid = Float32Array.from(columnMeans(rows.values, rows.dimension));
  if (spherical) normalizeRows(centroid, rows.dimension);
  return { indices, centroid, inertia: partInertia(rows, { indices, centroid }) };
}

function partInertia({ values, dimension }: Rows, { indices, centroid }: Omit<Part, 'inertia'>): number {
  return indices.reduce((sum, i) => sum + squaredEuclidean(row(values, dimension, i), centroid), 0);
}
