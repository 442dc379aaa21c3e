import { DomainError, type clusteringV1 } from '@cairn/contracts';
import type { DuplexHandling, Logger } from '@cairn/service-kit';
import type { Admission } from './admission.js';
import { clusterOtherwise, clustersByKMeans } from './cluster-otherwise.js';
import { clusterVectors, type ClusteringResult, type OnProgress } from './cluster-vectors.js';
import { usualSample } from './choose-vectors.js';
import { clusterGuided } from './guide/cluster-guided.js';
import { receiveGuides } from './guide/receive-guides.js';
import { readParameters, type RunParameters } from './parameters.js';
import { receiveStart, receiveWeighted } from './receive-vectors.js';
import { toAssignments, toSummary } from './responses.js';
import { clusterSpooled } from './spool/cluster-spooled.js';
import { receiveSpool } from './spool/receive-spool.js';
import { VectorSpool } from './spool/vector-spool.js';
import type { WorkerPool } from './workers/worker-pool.js';

export interface ClusterCallSettings {
  readonly pool: WorkerPool;
  readonly admission: Admission;
  readonly maxBytes: number;
  /** Most that vectors of one call may take on disk, and the folder there. */
  readonly maxDiskBytes: number;
  readonly spoolFolder: string;
  readonly logger: Logger;
}

/** How many times the receiving of vectors is reported: a client that sends first and reads later is not held up. */
const receiveReports = 20;

type Messages = AsyncIterator<clusteringV1.ClusterRequest>;
type OnReceived = (done: number) => Promise<void>;

/**
 * One `Cluster` call, from its first message to its last. Vectors are read only once there is room for them, so that
 * a waiting client is held back by the stream, not by our memory.
 */
export async function serveClusterCall(
  { requests, send, signal, context }: DuplexHandling<clusteringV1.ClusterRequest, clusteringV1.ClusterResponse>,
  settings: ClusterCallSettings,
): Promise<void> {
  const messages = requests[Symbol.asyncIterator]();
  const parameters = readParameters(await receiveStart(messages), settings.maxBytes, settings.maxDiskBytes);
  const { count, dimension, spooled } = parameters;
  const leave = await settings.admission.enter(signal);
  try {
    const began = performance.now();
    let reported = 0;
    let sending = Promise.resolve();
    const onReceived = async (done: number) => {
      if (done < count && (done - reported) * receiveReports < count) return;
      reported = done;
      await send({ progress: { stage: 'receive', done, total: count, inertia: 0 } });
    };
    const tell: OnProgress = (stage, done, total, inertia) => {
      sending = sending.then(() => send({ progress: { stage, done, total, inertia } }));
      // An aborted call ends by its signal; the messages it can no longer send are no news.
      sending.catch(() => {});
    };
    const run = spooled ? fromDisk : inMemory;
    const result = await run(messages, parameters, settings, onReceived, tell, signal);
    await sending;
    const summary = toSummary(result, parameters);
    const ms = Math.round(performance.now() - began);
    const clusters = summary.nClusters;
    settings.logger.info({ requestId: context.requestId, count, dimension, clusters, spooled, ms }, 'clustered');
    await send({ summary });
    for (const assignments of toAssignments(result)) await send({ assignments });
  } finally {
    leave();
  }
}

async function inMemory(
  messages: Messages,
  parameters: RunParameters,
  { pool }: ClusterCallSettings,
  onReceived: OnReceived,
  tell: OnProgress,
  signal: AbortSignal,
): Promise<ClusteringResult> {
  const { count, dimension, algorithm } = parameters;
  const guides = parameters.guides > 0 ? await receiveGuides(messages, parameters.guides, dimension) : undefined;
  const { values, weights } = await receiveWeighted(messages, count, dimension, onReceived);
  const byKMeans = clustersByKMeans(algorithm);
  if (weights !== undefined && !byKMeans)
    throw DomainError.invalid('weights', `Only k-means weighs its vectors; the algorithm is "${algorithm}".`);
  const cluster = byKMeans ? clusterVectors : clusterOtherwise;
  return guides === undefined
    ? cluster(values, parameters, pool, tell, signal, weights)
    : clusterGuided(cluster, values, guides, parameters, pool, tell, signal, weights);
}

async function fromDisk(
  messages: Messages,
  parameters: RunParameters,
  { pool, spoolFolder }: ClusterCallSettings,
  onReceived: OnReceived,
  tell: OnProgress,
  signal: AbortSignal,
): Promise<ClusteringResult> {
  const { count, dimension, seed, maxClusters } = parameters;
  const spool = await VectorSpool.create(spoolFolder, dimension);
  try {
    const drawn = { limit: usualSample(maxClusters), seed };
    const sample = await receiveSpool(messages, count, spool, drawn, onReceived);
    return await clusterSpooled(spool, sample, parameters, pool, tell, signal);
  } finally {
    await spool.close();
  }
}
