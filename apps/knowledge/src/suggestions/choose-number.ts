import { Random } from '@cairn/numerics';
import { DomainError, toVectors, type ClusteringClient, type clusteringV1 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { stages } from './cluster-vectors.js';
import type { CompleteParameters } from './clustering-input.js';
import { drive } from './drive-stream.js';
import type { QuestionIds } from './question-ids.js';
import { readVectorsOf } from './select-questions.js';

/** Questions that are looked at; for many clusters, so many of each. */
const leastSampled = 5_000;
const sampledPerCluster = 25;
const rowsPerPage = 1_024;

/**
 * How many clusters there are, with the interval of what fits about as well, and the curve; measured on a seeded
 * sample of the questions.
 */
export async function chooseNumber(
  database: Database,
  clustering: ClusteringClient,
  encoder: EncoderRecord,
  ids: QuestionIds,
  { minClusters, maxClusters, spherical, seed }: CompleteParameters,
  job: RunningJob,
): Promise<clusteringV1.ChooseKSummary> {
  const most = Math.max(leastSampled, sampledPerCluster * (maxClusters ?? 0));
  const rows =
    ids.length <= most
      ? Int32Array.from({ length: ids.length }, (_, row) => row)
      : new Random(seed).sample(ids.length, most);
  const { dimension } = encoder.provenance;
  const start = { count: rows.length, dimension, spherical, minClusters, maxClusters, seed, sample: rows.length };
  let summary: clusteringV1.ChooseKSummary | undefined;
  const pages = function* () {
    for (let from = 0; from < rows.length; from += rowsPerPage)
      yield Array.from(rows.subarray(from, from + rowsPerPage), (row) => ids.at(row));
  };
  await drive(clustering.chooseK({ context: job.context, signal: job.signal }), {
    send: async (send) => {
      await send({ start });
      for await (const matrix of readVectorsOf(database, encoder, pages()))
        await send({ vectors: toVectors(matrix, dimension) });
    },
    receive: async ({ progress, summary: came }) => {
      if (progress != null) job.progress(stages[progress.stage] ?? 'choose clusters', progress.done, progress.total);
      if (came != null) summary = came;
    },
  });
  if (summary === undefined)
    throw new DomainError('UNAVAILABLE', 'The clustering service ended the call without a number of clusters.');
  return summary;
}
