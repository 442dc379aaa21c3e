import { packFloat32, type clusteringV1 } from '@cairn/contracts';
import { row } from '@cairn/numerics';
import { toChooseKSummary } from './choice-message.js';
import type { ClusteringResult } from './cluster-vectors.js';
import type { RunParameters } from './parameters.js';

/** Rows in one `assignments` message. */
const assignmentsPerMessage = 8_192;

/** The summary of a run; centroids are in the measure of the vectors as they came. */
export function toSummary(
  result: ClusteringResult,
  { dimension, seed, algorithm }: Pick<RunParameters, 'dimension' | 'seed' | 'algorithm'>,
): clusteringV1.ClusterSummary {
  const { preparation, evaluation, choice, shrinkage } = result;
  const { clustering, silhouette, description } = evaluation;
  const { offset, scale } = preparation;
  const clusters = description.clusters.map((cluster, index): clusteringV1.Cluster => ({
    index,
    size: cluster.size,
    centroid: packFloat32(row(clustering.centroids, dimension, index).map((value, j) => value / scale + offset[j])),
    cohesion: cluster.cohesion,
    silhouette: silhouette.perCluster[index],
    separation: cluster.separation,
    exemplars: Array.from(cluster.exemplars),
    known: result.known && result.known[index] >= 0 ? result.known[index] : undefined,
  }));
  return {
    nClusters: clusters.length,
    clusters,
    inertia: clustering.inertia / scale ** 2,
    silhouette: silhouette.mean,
    iterations: clustering.iterations,
    seed,
    algorithm,
    noise: clustering.labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0),
    candidates: (choice?.candidates ?? []).map((candidate) => ({
      nClusters: candidate.clusters,
      silhouette: candidate.silhouette,
      inertia: candidate.inertia,
    })),
    choice: choice && toChooseKSummary(choice, 1),
    shrinkage,
  };
}

/** Labels and distances of all rows, in their order, in messages of a bounded size. */
export function* toAssignments({ evaluation, probabilities }: ClusteringResult): Generator<clusteringV1.Assignments> {
  const { labels } = evaluation.clustering;
  const { distances } = evaluation.description;
  for (let offset = 0; offset < labels.length; offset += assignmentsPerMessage) {
    const end = offset + assignmentsPerMessage;
    yield {
      offset,
      labels: Array.from(labels.subarray(offset, end)),
      distances: Array.from(distances.subarray(offset, end)),
      probabilities: probabilities === undefined ? [] : Array.from(probabilities.subarray(offset, end)),
    };
  }
}
