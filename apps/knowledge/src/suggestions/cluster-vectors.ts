import { rowRange } from '@cairn/numerics';
import { DomainError, toVectors, type ClusteringClient, type clusteringV1 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { CompleteParameters } from './clustering-input.js';
import { drive } from './drive-stream.js';
import type { LabelledVectors } from './labelled-vectors.js';
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
  /** Labelled questions that guide. */
  readonly guides?: LabelledVectors;
}

/** Labelled vectors of one message. */
const guidesPerMessage = 1_024;

/**
 * Streams vectors to the clustering service and hands on what comes back: progress, and blocks of assignments as they
 * arrive. The next block waits until the last one is stored, so that memory holds one.
 * @param vectors pages of `[rows, dimension]`, together `count` rows
 */
export async function clusterVectors(
  clustering: ClusteringClient,
  encoder: EncoderRecord,
  { parameters, count, known, guides }: ClusterOrder,
  vectors: AsyncIterable<Float32Array>,
  job: Pick<RunningJob, 'context' | 'signal' | 'progress'>,
  onBlock: (block: Block) => Promise<void>,
): Promise<clusteringV1.ClusterSummary> {
  const { dimension } = encoder.provenance;
  const { algorithm, nClusters, minClusters, maxClusters, nInit, spherical, seed, linkage } = parameters;
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
      init: parameters.seeding && seedings[parameters.seeding],
      minSize: parameters.smallestCluster,
      maxSize: parameters.largestCluster,
    },
    count,
    dimension,
    guides: guides?.topics.length ?? 0,
    // k-means is told apart by `spherical`.
    algorithm: algorithm === 'spherical' ? 'kmeans' : algorithm,
    hierarchical: algorithm === 'hierarchical' ? { nClusters, linkage } : undefined,
    hdbscan:
      algorithm === 'hdbscan'
        ? { minClusterSize: parameters.hdbscanMinClusterSize, minSamples: parameters.hdbscanMinSamples }
        : undefined,
  };
  let summary: clusteringV1.ClusterSummary | undefined;
  await drive(clustering.cluster({ context: job.context, signal: job.signal }), {
    send: async (send) => {
      await send({ start });
      for (let from = 0; guides !== undefined && from < guides.topics.length; from += guidesPerMessage) {
        const topics = guides.topics.slice(from, from + guidesPerMessage);
        const matrix = rowRange(guides.matrix, dimension, from, from + topics.length);
        await send({ guides: { vectors: toVectors(matrix, dimension), topics } });
      }
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

/** The service's names of the ways to draw first centroids. */
const seedings: Record<string, string> = { 'plus-plus': 'k-means++', parallel: 'k-means||' };

/** The service's stages in the words of a job. */
export const stages: Record<string, string> = {
  receive: 'collect',
  guide: 'learn from labels',
  search: 'choose clusters',
  compare: 'choose clusters',
  neighbours: 'find neighbours',
  gather: 'gather',
  link: 'build the tree',
  fit: 'cluster',
  layout: 'draw the map',
  evaluate: 'evaluate',
};
