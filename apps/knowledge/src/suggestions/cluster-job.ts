import { DomainError, type ClusteringClient, type InferenceClient, type knowledgeV1 } from '@cairn/contracts';
import { embedFirst } from '../embedding/embed-job.js';
import { countVectors } from '../embedding/stored-vectors.js';
import type { JobHandler, RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { requireVerdicts, selectionOf, type ClusterScope } from './cluster-scope.js';
import { clusterVectors, type ClusteredQuestions } from './cluster-vectors.js';
import { findResultOfJob, storeClustering } from './store-clustering.js';
import { suggestTopics } from './suggest-topics.js';

/**
 * Clusters the questions of a scope and offers the clusters as topics. A scope without questions is a success with no
 * clusters: "nothing is unknown" is what one hopes for, and a loop that runs every night must not fail on it.
 */
export class ClusterJob implements JobHandler<'cluster'> {
  constructor(
    private readonly database: Database,
    private readonly inference: InferenceClient,
    private readonly clustering: ClusteringClient,
  ) {}

  /** @throws INVALID_INPUT if more clusters are asked for than there are questions, or nobody has classified yet */
  async run(input: knowledgeV1.ClusterInput, job: RunningJob): Promise<knowledgeV1.ClusterResult> {
    const made = await findResultOfJob(this.database, job.id);
    if (made !== undefined) return made;
    const scope = (input.parameters?.scope || 'unknown') as ClusterScope;
    await requireVerdicts(this.database, scope);
    const encoder = await embedFirst(this.database, this.inference, job);
    const selection = selectionOf(scope);
    const count = await countVectors(this.database, encoder, selection);
    const parameters = completeParameters(input.parameters, scope, count);
    const clustered =
      count === 0
        ? nothing(parameters.seed)
        : await clusterVectors(this.database, this.clustering, encoder, selection, parameters, count, job);
    const suggestions = await suggestTopics(this.database, encoder, clustered, parameters.minClusterSize, job);
    return storeClustering(this.database, encoder, parameters, clustered, suggestions, job);
  }
}

type CompleteParameters = knowledgeV1.ClusteringParameters & { readonly minClusterSize: number; readonly seed: number };

/**
 * All parameters as they are used and stored.
 * @param count questions in the scope
 * @throws INVALID_INPUT if there are fewer questions than clusters asked for
 */
export function completeParameters(
  given: knowledgeV1.ClusteringParameters | undefined,
  scope: ClusterScope,
  count: number,
): CompleteParameters {
  const { nInit = 10, spherical = true, seed = 42, minClusterSize = 3 } = given ?? {};
  const { nClusters, minClusters, maxClusters } = given ?? {};
  const least = nClusters ?? minClusters ?? 0;
  if (least > count)
    throw DomainError.invalid(
      nClusters === undefined ? 'minClusters' : 'nClusters',
      `${least} clusters were asked for, and the scope "${scope}" has ${count} questions: ask for at most ${count}.`,
    );
  const rest = { scope, nInit, spherical, seed, minClusterSize };
  if (nClusters !== undefined) return { ...rest, nClusters };
  // Too few for two clusters that would make a suggestion.
  if (minClusters === undefined && count < 2 * minClusterSize) return { ...rest, nClusters: 1 };
  const smallest = minClusters ?? 2;
  return {
    ...rest,
    minClusters: smallest,
    maxClusters: Math.min(count, maxClusters ?? Math.max(smallest, Math.min(40, Math.floor(count / 5)))),
  };
}

function nothing(seed: number): ClusteredQuestions {
  return {
    summary: {
      nClusters: 0,
      clusters: [],
      inertia: 0,
      silhouette: 0,
      iterations: 0,
      seed,
      candidates: [],
      algorithm: 'kmeans',
      noise: 0,
    },
    questionIds: [],
    labels: new Int32Array(0),
    distances: new Float32Array(0),
  };
}
