import type { Interrupt, Rows } from '@cairn/kmeans';
import type { PairwiseDistances } from '../distances/pairwise.js';
import { silhouetteWidths } from './silhouette-widths.js';
import { membersOf, stratifiedSample } from './stratified-sample.js';

export interface Silhouette {
  /** Mean over all rows: the clusters' means weighted by their sizes. 0 for a single cluster. */
  readonly mean: number;
  /** Standard error of the mean, with the rows looked at as a sample of what might have come. */
  readonly error: number;
  /** Mean over the members of each cluster `[clusters]`. */
  readonly perCluster: Float64Array;
}

export interface SilhouetteOptions {
  /** Rows are of unit norm and the distance is 1 - cosine; otherwise it is Euclidean. */
  readonly spherical: boolean;
  readonly seed: number;
  /** Of more rows than this a sample is looked at, see stratifiedSample; in the spherical case always all of them. */
  readonly sampleLimit: number;
}

/**
 * How much nearer rows are to their own cluster than to the next one, -1 to 1 (see silhouetteWidths). Each row looked at is
 * compared with all rows, so that only the mean over rows is sampled, never the distances. Distances as in
 * scikit-learn's `silhouette_score`.
 * @param labels cluster of each row `[count]`, all of 0 to clusters - 1 in use; -1 for noise, which counts nowhere
 */
export async function silhouette(
  rows: Rows,
  labels: Int32Array,
  clusters: number,
  options: SilhouetteOptions,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
): Promise<Silhouette> {
  const { spherical, seed, sampleLimit } = options;
  const perCluster = new Float64Array(clusters);
  if (clusters < 2) return { mean: 0, error: 0, perCluster };
  const members = membersOf(labels, clusters);
  const sample = stratifiedSample(members, spherical ? rows.count : sampleLimit, seed);
  const looked = Int32Array.from(sample.flatMap((indices) => [...indices]));
  const widths = await silhouetteWidths(rows, labels, members, looked, spherical, pairwise, interrupt);
  const total = members.reduce((sum, { length }) => sum + length, 0);
  let mean = 0;
  let squaredError = 0;
  let start = 0;
  sample.forEach(({ length }, cluster) => {
    const own = widths.subarray(start, (start += length));
    const average = own.reduce((sum, width) => sum + width, 0) / length;
    const weight = members[cluster].length / total;
    perCluster[cluster] = average;
    mean += weight * average;
    if (length > 1)
      squaredError +=
        (weight ** 2 * own.reduce((sum, width) => sum + (width - average) ** 2, 0)) / (length - 1) / length;
  });
  return { mean, error: Math.sqrt(squaredError), perCluster };
}
