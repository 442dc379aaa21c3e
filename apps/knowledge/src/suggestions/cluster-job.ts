import type { ClusteringClient, InferenceClient, knowledgeV1 } from '@cairn/contracts';
import { embedFirst } from '../embedding/embed-job.js';
import { isTransient } from '../jobs/job-failure.js';
import type { JobHandler, RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { checkFilter, filterKey, filterOf, nothingToCluster, selectionOf } from './cluster-filter.js';
import { clusterVectors } from './cluster-vectors.js';
import { checkClustering, completeParameters } from './clustering-input.js';
import { drawMap } from './draw-map.js';
import { growTree } from './grow-tree.js';
import { readLabelledVectors } from './labelled-vectors.js';
import { nameClustersOfRun } from './name-clusters-of-run.js';
import { readTopicCentroids } from './near-topics.js';
import { readVectorsInOrder, selectQuestions } from './select-questions.js';
import {
  discardClustering,
  findPreviousRun,
  findResultOfJob,
  stageBlock,
  stageClustering,
} from './stage-clustering.js';
import { storeClustering } from './store-clustering.js';

/**
 * Clusters the questions that match a filter and offers the clusters as topics:
 *
 *     select the questions -> stream their vectors to clustering -> store assignments block by block -> name
 *     -> map -> tree -> one transaction: clusters, what changed since the run before, suggestions
 *
 * Until that transaction nobody sees the run.
 */
export class ClusterJob implements JobHandler<'cluster'> {
  constructor(
    private readonly database: Database,
    private readonly inference: InferenceClient,
    private readonly clustering: ClusteringClient,
  ) {}

  /**
   * @throws INVALID_INPUT if there is nothing to cluster, more clusters are asked for than there are questions, or nobody has
   * classified yet
   */
  async run(input: knowledgeV1.ClusterInput, job: RunningJob): Promise<knowledgeV1.ClusterResult> {
    const { database, clustering } = this;
    const made = await findResultOfJob(database, job.id);
    if (made !== undefined) return made;
    const asked = checkClustering(input.parameters);
    const filter = filterOf(asked);
    await checkFilter(database, filter);
    const encoder = await embedFirst(database, this.inference, job);
    const ids = await selectQuestions(database, encoder, selectionOf(filter), job.signal);
    if (ids.length === 0) throw nothingToCluster(filter);
    const parameters = completeParameters(asked, ids.length);
    const clusteringId = await stageClustering(database, encoder, parameters, ids.length, job);
    try {
      let stored = 0;
      const topics = parameters.knownTopics === 'ignore' ? undefined : await readTopicCentroids(database, encoder);
      const known = topics && topics.topicIds.length > 0 ? topics : undefined;
      const guides = parameters.guided ? await readLabelledVectors(database, encoder) : undefined;
      const summary = await clusterVectors(
        clustering,
        encoder,
        { parameters, count: ids.length, known, guides },
        readVectorsInOrder(database, encoder, ids),
        job,
        async (block) => {
          await stageBlock(database, clusteringId, ids, block, job);
          job.progress('store', (stored += block.labels.length), ids.length);
        },
      );
      const clusters = await nameClustersOfRun(database, encoder, clusteringId, summary, ids, known, job);
      const previousId = await findPreviousRun(database, filterKey(filter));
      const run = { clusteringId, previousId, parameters };
      const mapMethod = (await unlessItFails(job, 'map', () => drawMap(database, clustering, encoder, run, job))) ?? '';
      const dendrogram = await unlessItFails(job, 'tree', () => growTree(clustering, clusters, parameters, job));
      job.progress('compare', 0, 1);
      const finished = { clusteringId, parameters, summary, clusters, mapMethod, dendrogram };
      const result = await storeClustering(database, finished, job);
      job.progress('compare', 1, 1);
      return result;
    } catch (error) {
      await discardClustering(database, clusteringId).catch((also: unknown) =>
        job.logger.warn({ err: also, clusteringId }, 'an unfinished clustering is left to the next run'),
      );
      throw error;
    }
  }
}

/**
 * What a run can do without: its map and its tree. A run that found clusters does not fail for want of them.
 * @returns undefined if it could not be made
 */
async function unlessItFails<T>(job: RunningJob, what: string, make: () => Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    // A service that is away comes back; a job that is cancelled or lost ends.
    if (job.signal.aborted || isTransient(error)) throw error;
    job.logger.warn({ err: error, jobId: job.id, what }, 'a part of a clustering could not be made');
    return undefined;
  }
}
