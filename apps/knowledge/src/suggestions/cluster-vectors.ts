import { DomainError, toVectors, type ClusteringClient, type clusteringV1 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import { readVectors, type VectorSelection } from '../embedding/stored-vectors.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';

/** A clustering with the questions it is of: entry i of each array belongs to question i. */
export interface ClusteredQuestions {
  readonly summary: clusteringV1.ClusterSummary;
  readonly questionIds: readonly string[];
  /** Cluster index per question. */
  readonly labels: Int32Array;
  /** Distance to the centroid per question. */
  readonly distances: Float32Array;
}

/**
 * Streams the selected vectors, in the order of the questions' `seq`, to the clustering service.
 * @param count how many there are; questions that come while the vectors are read are left for the next run
 */
export async function clusterVectors(
  database: Database,
  clustering: ClusteringClient,
  encoder: EncoderRecord,
  selection: VectorSelection,
  parameters: clusteringV1.KMeansParameters,
  count: number,
  job: RunningJob,
): Promise<ClusteredQuestions> {
  const { dimension } = encoder.provenance;
  const call = clustering.cluster({ context: job.context, signal: job.signal });
  const questionIds: string[] = [];
  const send = async () => {
    await call.send({ start: { parameters, count, dimension } });
    for await (const { rows, matrix } of readVectors(database, encoder, selection)) {
      const kept = rows.slice(0, count - questionIds.length);
      questionIds.push(...kept.map(({ id }) => id));
      await call.send({ vectors: toVectors(matrix.subarray(0, kept.length * dimension), dimension) });
      if (questionIds.length === count) break;
    }
    call.end();
  };
  let failure: unknown;
  const sending = send().catch((error: unknown) => {
    failure = error;
    call.cancel();
  });
  let summary: clusteringV1.ClusterSummary | undefined;
  const labels = new Int32Array(count);
  const distances = new Float32Array(count);
  try {
    for await (const message of call) {
      if (message.progress != null)
        job.progress(
          stages[message.progress.stage] ?? message.progress.stage,
          message.progress.done,
          message.progress.total,
        );
      if (message.summary != null) summary = message.summary;
      if (message.assignments != null) {
        labels.set(message.assignments.labels, message.assignments.offset);
        distances.set(message.assignments.distances, message.assignments.offset);
      }
    }
  } catch (error) {
    await sending;
    throw error instanceof DomainError && error.code !== 'CANCELLED' ? error : (failure ?? error);
  }
  await sending;
  if (summary === undefined)
    throw new DomainError('UNAVAILABLE', 'The clustering service ended the call without a result.');
  return { summary, questionIds, labels, distances };
}

/** The service's stages in the words of a job. */
const stages: Record<string, string> = {
  receive: 'collect',
  choose_k: 'choose clusters',
  fit: 'cluster',
  evaluate: 'evaluate',
};
