import type { clusteringV1 } from '@cairn/contracts';
import type { DuplexHandling, Logger } from '@cairn/service-kit';
import type { Admission } from './admission.js';
import { clusterOtherwise, clustersByKMeans } from './cluster-otherwise.js';
import { clusterVectors } from './cluster-vectors.js';
import { readParameters } from './parameters.js';
import { receiveStart, receiveVectors } from './receive-vectors.js';
import { toAssignments, toSummary } from './responses.js';
import type { WorkerPool } from './workers/worker-pool.js';

export interface ClusterCallSettings {
  readonly pool: WorkerPool;
  readonly admission: Admission;
  readonly maxBytes: number;
  readonly logger: Logger;
}

/** How many times the receiving of vectors is reported: a client that sends first and reads later is not held up. */
const receiveReports = 20;

/**
 * One `Cluster` call, from its first message to its last. Vectors are read only once there is room for them, so that
 * a waiting client is held back by the stream, not by our memory.
 */
export async function serveClusterCall(
  { requests, send, signal, context }: DuplexHandling<clusteringV1.ClusterRequest, clusteringV1.ClusterResponse>,
  { pool, admission, maxBytes, logger }: ClusterCallSettings,
): Promise<void> {
  const messages = requests[Symbol.asyncIterator]();
  const parameters = readParameters(await receiveStart(messages), maxBytes);
  const { count, dimension } = parameters;
  const leave = await admission.enter(signal);
  try {
    const began = performance.now();
    let reported = 0;
    const values = await receiveVectors(messages, count, dimension, async (done) => {
      if (done < count && (done - reported) * receiveReports < count) return;
      reported = done;
      await send({ progress: { stage: 'receive', done, total: count, inertia: 0 } });
    });
    let sending = Promise.resolve();
    const cluster = clustersByKMeans(parameters.algorithm) ? clusterVectors : clusterOtherwise;
    const result = await cluster(
      values,
      parameters,
      pool,
      (stage, done, total, inertia) => {
        sending = sending.then(() => send({ progress: { stage, done, total, inertia } }));
        // An aborted call ends by its signal; the messages it can no longer send are no news.
        sending.catch(() => {});
      },
      signal,
    );
    await sending;
    const summary = toSummary(result, parameters);
    const ms = Math.round(performance.now() - began);
    logger.info({ requestId: context.requestId, count, dimension, clusters: summary.nClusters, ms }, 'clustered');
    await send({ summary });
    for (const assignments of toAssignments(result)) await send({ assignments });
  } finally {
    leave();
  }
}
