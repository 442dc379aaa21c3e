import { dot, row, takeRows } from '@cairn/numerics';
import type { CentroidDistances } from '../kmeans/centroid-distances.js';
import { withNorms, type Interrupt, type Rows } from '../kmeans/rows.js';
import { membersOf, stratifiedSample } from './stratified-sample.js';

export interface Silhouette {
  /** Mean over all rows: the clusters' means weighted by their sizes. 0 for a single cluster. */
  readonly mean: number;
  /** Mean over the members of each cluster `[clusters]`. */
  readonly perCluster: Float64Array;
}

export interface SilhouetteOptions {
  /** Rows are of unit norm and the distance is 1 - cosine; otherwise it is Euclidean. */
  readonly spherical: boolean;
  readonly seed: number;
  /** More rows than this are sampled, see stratifiedSample. */
  readonly sampleLimit: number;
}

/**
 * How much nearer rows are to their own cluster than to the next one, -1 to 1: (b - a) / max(a, b) with a and b the
 * mean distances of a row to the others of its own cluster and to the nearest other cluster; 0 for a row that is
 * alone in its cluster. Rousseeuw 1987; distances as in scikit-learn's `silhouette_score`.
 *
 * The mean cosine distance to a whole cluster follows from the cluster's sum, so in the spherical case each row
 * that is looked at is compared with all rows. In the Euclidean case it is compared with the sample.
 * @param labels cluster of each row `[count]`, all of 0 to clusters - 1 in use
 */
export async function silhouette(
  rows: Rows,
  labels: Int32Array,
  clusters: number,
  options: SilhouetteOptions,
  distances: CentroidDistances,
  interrupt: Interrupt,
): Promise<Silhouette> {
  const perCluster = new Float64Array(clusters);
  if (clusters < 2) return { mean: 0, perCluster };
  const members = membersOf(labels, clusters);
  const sample = stratifiedSample(members, options.sampleLimit, options.seed);
  const looked = Int32Array.from(sample.flatMap((indices) => [...indices]));
  const toClusters = options.spherical
    ? meanCosineDistances(rows, looked, members, interrupt)
    : await meanEuclideanDistances(rows, looked, sample, distances, interrupt);
  const weights = sample.map((indices, cluster) => members[cluster].length / rows.count / indices.length);
  let mean = 0;
  looked.forEach((i, at) => {
    const own = labels[i];
    const width = silhouetteWidth(toClusters.subarray(at * clusters, (at + 1) * clusters), own, members[own].length);
    perCluster[own] += width / sample[own].length;
    mean += width * weights[own];
  });
  return { mean, perCluster };
}

/** From the mean distances to all clusters `[clusters]`, of a row in a cluster `own` of this size. */
function silhouetteWidth(distances: Float64Array, own: number, size: number): number {
  if (size === 1) return 0;
  let nearestOther = Infinity;
  for (let cluster = 0; cluster < distances.length; cluster++)
    if (cluster !== own) nearestOther = Math.min(nearestOther, distances[cluster]);
  const larger = Math.max(distances[own], nearestOther);
  return larger === 0 ? 0 : (nearestOther - distances[own]) / larger;
}

/** Mean of 1 - cosine of each row looked at to all members of each cluster but itself: `[looked, clusters]`. */
function meanCosineDistances(
  rows: Rows,
  looked: Int32Array,
  members: readonly Int32Array[],
  interrupt: Interrupt,
): Float64Array {
  const { values, squaredNorms, dimension } = rows;
  const means = new Float64Array(looked.length * members.length);
  members.forEach((indices, cluster) => {
    interrupt();
    const sum = new Float64Array(dimension);
    const inside = new Set(indices);
    for (const i of indices) for (let j = 0; j < dimension; j++) sum[j] += values[i * dimension + j];
    looked.forEach((i, at) => {
      const itself = inside.has(i) ? squaredNorms[i] : 0;
      const others = indices.length - (inside.has(i) ? 1 : 0);
      // Rounding may leave a crumb below zero between equal rows.
      means[at * members.length + cluster] = Math.max(0, 1 - (dot(row(values, dimension, i), sum) - itself) / others);
    });
  });
  return means;
}

/** Mean Euclidean distance of each row looked at to the sample of each cluster but itself: `[looked, clusters]`. */
async function meanEuclideanDistances(
  rows: Rows,
  looked: Int32Array,
  sample: readonly Int32Array[],
  distances: CentroidDistances,
  interrupt: Interrupt,
): Promise<Float64Array> {
  const { dimension } = rows;
  const means = new Float64Array(looked.length * sample.length);
  const lookedRows = withNorms(takeRows(rows.values, dimension, looked), dimension);
  for (const [cluster, indices] of sample.entries()) {
    const inside = new Set(indices);
    const points = takeRows(rows.values, dimension, indices);
    await distances.toPoints(lookedRows, points, interrupt, (at, squared) => {
      const sum = squared.reduce((total, distance) => total + Math.sqrt(distance), 0);
      means[at * sample.length + cluster] = sum / (indices.length - (inside.has(looked[at]) ? 1 : 0));
    });
  }
  return means;
}
