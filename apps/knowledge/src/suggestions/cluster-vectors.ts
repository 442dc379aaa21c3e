import { DomainError, toVectors, type ClusteringClient, type clusteringV1 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { CompleteParameters } from './clustering-input.js';
import { drive } from './drive-stream.js';
import type { TopicCentroids } from './near-topics.js';

/** Labels and distances of some rows that follow one another. */
export interface Block {
  /** Row of the first label. */
  readonly offset: number;
  /** Cluster per row; -1: noise. */
  readonly labels: readonly number[];
  /** To the centroid, per row. */
  readonly distances: readonly number[];
}

/** What a clustering stands on besides the vectors. */
export interface ClusterOrder {
  readonly parameters: Partial<CompleteParameters>;
  readonly count: number;
  /** Centroids of known topics, which the clustering starts from; n_clusters does not count them here. */
  readonly known?: TopicCentroids;
}

/**
 * Streams vectors to the clustering service and hands on what comes back: progress, and blocks of assignments as they
 * arrive. The next block waits until the last one is stored, so that memory holds one.
 * @param vectors pages of `[rows, dimension]`, together `count` rows
 */
export async function clusterVectors(
  clustering: ClusteringClient,
  encoder: EncoderRecord,
  { parameters, count, known }: ClusterOrder,
  vectors: AsyncIterable<Float32Array>,
  job: Pick<RunningJob, 'context' | 'signal' | 'progress'>,
  onBlock: (block: Block) => Promise<void>,
): Promise<clusteringV1.ClusterSummary> {
  const { dimension } = encoder.provenance;
  const { algorithm, nClusters, minClusters, maxClusters, nInit, spherical, seed } = parameters;
  const start = {
    known: known && toVectors(known.matrix, dimension),
    frozen: parameters.knownTopics === 'frozen',
    parameters: {
      nClusters: nClusters && nClusters + (known?.topicIds.length ?? 0),
      minClusters,
      maxClusters,
      nInit,
      spherical,
      seed,
    },
    count,
    dimension,
    // k-means is told apart by `spherical`.
    algorithm: algorithm === 'spherical' ? 'kmeans' : algorithm,
    hierarchical: algorithm === 'hierarchical' ? { nClusters } : undefined,
    hdbscan: algorithm === 'hdbscan' ? {} : undefined,
  };
  let summary: clusteringV1.ClusterSummary | undefined;
  await drive(clustering.cluster({ context: job.context, signal: job.signal }), {
    send: async (send) => {
      await send({ start });
      for await (const matrix of vectors) await send({ vectors: toVectors(matrix, dimension) });
    },
    receive: async ({ progress, summary: came, assignments }) => {
      if (progress != null) job.progress(stages[progress.stage] ?? progress.stage, progress.done, progress.total);
      if (came != null) summary = came;
      if (assignments != null) await onBlock(assignments);
    },
  });
  if (summary === undefined)
    throw new DomainError('UNAVAILABLE', 'The clustering service ended the call without a result.');
  return summary;
}

/** The service's stages in the words of a job. */
export const stages: Record<string, string> = {
  receive: 'collect',
  search: 'choose clusters',
  compare: 'choose clusters',
  choose_k: 'choose clusters',
  neighbours: 'find neighbours',
  gather: 'gather',
  link: 'build the tree',
  fit: 'cluster',
  layout: 'draw the map',
  evaluate: 'evaluate',
};
