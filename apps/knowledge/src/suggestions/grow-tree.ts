import { DomainError, toVectors, type ClusteringClient } from '@cairn/contracts';
import type { RunningJob } from '../jobs/job-handler.js';
import { stages } from './cluster-vectors.js';
import type { CompleteParameters } from './clustering-input.js';
import { drive } from './drive-stream.js';
import type { DescribedCluster } from './name-clusters-of-run.js';
import type { Merge } from './run-tree.js';

/** A dendrogram over the clusters of a run. */
export interface Dendrogram {
  readonly linkage: string;
  readonly merges: readonly Merge[];
}

const linkage = 'average';

/**
 * Joins the clusters of a run, nearest centroids first (average linkage), up to one.
 * @param clusters by their index
 */
export async function growTree(
  clustering: ClusteringClient,
  clusters: readonly DescribedCluster[],
  { spherical, seed }: CompleteParameters,
  job: Pick<RunningJob, 'context' | 'signal' | 'progress'>,
): Promise<Dendrogram> {
  if (clusters.length < 2) return { linkage, merges: [] };
  const dimension = clusters[0].centroid.length;
  const matrix = new Float32Array(clusters.length * dimension);
  clusters.forEach(({ centroid }, index) => matrix.set(centroid, index * dimension));
  const start = { count: clusters.length, dimension, linkage, spherical, seed, maxLeaves: clusters.length };
  const first: number[] = [];
  const second: number[] = [];
  const heights: number[] = [];
  await drive(clustering.hierarchy({ context: job.context, signal: job.signal }), {
    send: async (send) => {
      await send({ start });
      const rows = Math.max(1, Math.floor(4_194_304 / dimension));
      for (let from = 0; from < clusters.length; from += rows)
        await send({ vectors: toVectors(matrix.subarray(from * dimension, (from + rows) * dimension), dimension) });
    },
    receive: async ({ progress, merges }) => {
      if (progress != null) job.progress(stages[progress.stage] ?? 'build the tree', progress.done, progress.total);
      if (merges == null) return;
      first.push(...merges.first);
      second.push(...merges.second);
      heights.push(...merges.heights);
    },
  });
  if (heights.length !== clusters.length - 1)
    throw new DomainError('UNAVAILABLE', 'The clustering service ended the call without a dendrogram.');
  // The service counts clusters; people count questions.
  const sizes = clusters.map(({ size }) => size);
  const merges = heights.map((height, i): Merge => {
    sizes.push(sizes[first[i]] + sizes[second[i]]);
    return [first[i], second[i], height, sizes[clusters.length + i]];
  });
  return { linkage, merges };
}
