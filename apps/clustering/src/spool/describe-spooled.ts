import type { Clustering } from '@cairn/kmeans';
import { dot, normalizeRows, row, squaredEuclidean } from '@cairn/numerics';
import type { ClusterDescription, ClusteringDescription } from '../evaluation/describe-clusters.js';
import type { VectorSpool } from './vector-spool.js';

/**
 * What describeClusters says of clusters, of rows on disk in one pass. Exemplars are the rows nearest to the centroid: those
 * that differ are not looked for.
 */
export async function describeSpooled(
  spool: VectorSpool,
  { centroids, labels }: Clustering,
  { spherical, exemplars }: { readonly spherical: boolean; readonly exemplars: number },
  signal: AbortSignal,
): Promise<ClusteringDescription> {
  const { dimension } = spool;
  const count = centroids.length / dimension;
  const measure = (a: Float32Array, b: Float32Array) =>
    spherical ? Math.max(0, Math.min(2, 1 - dot(a, b))) : Math.sqrt(squaredEuclidean(a, b));
  const distances = new Float32Array(labels.length);
  const sizes = new Int32Array(count);
  const sums = new Float64Array(count);
  const nearest = Array.from({ length: count }, (): number[] => []);
  let at = 0;
  for await (const block of spool.blocks()) {
    signal.throwIfAborted();
    if (spherical) normalizeRows(block, dimension);
    for (let i = 0; i < block.length / dimension; i++, at++) {
      const label = labels[at];
      const distance = measure(row(block, dimension, i), row(centroids, dimension, label));
      distances[at] = distance;
      sizes[label]++;
      sums[label] += spherical ? 1 - distance : distance ** 2;
      const near = nearest[label];
      if (near.length === exemplars && !(exemplars > 0 && distance < distances[near[exemplars - 1]])) continue;
      let place = near.length;
      while (place > 0 && distances[near[place - 1]] > distance) place--;
      near.splice(place, 0, at);
      if (near.length > exemplars) near.pop();
    }
  }
  const clusters = Array.from({ length: count }, (_, own): ClusterDescription => {
    let separation = Infinity;
    for (let other = 0; other < count; other++)
      if (other !== own)
        separation = Math.min(separation, measure(row(centroids, dimension, own), row(centroids, dimension, other)));
    const mean = sums[own] / sizes[own];
    return {
      size: sizes[own],
      cohesion: spherical ? mean : 1 / (1 + Math.sqrt(mean)),
      separation: count > 1 ? separation : 0,
      exemplars: Int32Array.from(nearest[own]),
    };
  });
  return { clusters, distances };
}
