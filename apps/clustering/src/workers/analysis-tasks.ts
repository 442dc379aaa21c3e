import type { Clustering, Interrupt, Rows } from '@cairn/kmeans';
import { guideOf, guideRows, type Guide } from '@cairn/numerics';
import { hdbscan, type HdbscanOptions } from '../density/hdbscan.js';
import type { DensityLabels } from '../density/select-clusters.js';
import { clusteringOfLabels } from '../evaluation/clustering-of-labels.js';
import { describeClusters, type ClusteringDescription } from '../evaluation/describe-clusters.js';
import {
  measureCandidate,
  measureOnHalves,
  measureReference,
  type CandidateOptions,
  type Engines,
  type Measured,
  type OnHalves,
} from '../evaluation/measure-candidate.js';
import { silhouette, type Silhouette } from '../evaluation/silhouette.js';
import { bisectingKMeans, type BisectingOptions } from '../hierarchy/bisecting.js';
import type { Dendrogram } from '../hierarchy/dendrogram.js';
import { linkRows, type LinkOptions } from '../hierarchy/link-rows.js';
import { projectRows, type Projection, type ProjectOptions } from '../projection/project-rows.js';
import { Refusal } from '../refusal.js';
import type { StageCounter } from './stage-counter.js';

/** Work for a thread other than k-means itself. */
export type AnalysisTask =
  | {
      readonly kind: 'link';
      readonly rows: Rows;
      readonly weights: Float64Array;
      readonly options: LinkOptions;
      readonly counter: StageCounter;
    }
  | { readonly kind: 'bisect'; readonly rows: Rows; readonly options: BisectingOptions; readonly counter: StageCounter }
  | { readonly kind: 'hdbscan'; readonly rows: Rows; readonly options: HdbscanOptions; readonly counter: StageCounter }
  | { readonly kind: 'project'; readonly rows: Rows; readonly options: ProjectOptions; readonly counter: StageCounter }
  /** One number of clusters: on the rows, on two halves of them, on a reference without clusters. */
  | { readonly kind: 'measure'; readonly rows: Rows; readonly options: CandidateOptions }
  | { readonly kind: 'halves'; readonly rows: Rows; readonly options: CandidateOptions; readonly draw: number }
  | { readonly kind: 'reference'; readonly rows: Rows; readonly options: CandidateOptions; readonly draw: number }
  | {
      readonly kind: 'silhouette';
      readonly rows: Rows;
      readonly labels: Int32Array;
      readonly clusters: number;
      readonly spherical: boolean;
      readonly seed: number;
      readonly sampleLimit: number;
    }
  /** Describes the clusters of labels that k-means has not made. */
  | {
      readonly kind: 'describe';
      readonly rows: Rows;
      readonly labels: Int32Array;
      readonly clusters: number;
      readonly spherical: boolean;
      readonly scale: number;
      readonly exemplars: number;
      readonly seed: number;
      readonly sampleLimit: number;
      /** Centroids that are not means `[clusters, dimension]`, NaN where they are; absent: all are. */
      readonly fixed?: Float32Array;
    }
  /** What labelled rows say of the space. */
  | {
      readonly kind: 'guide';
      readonly examples: Float32Array;
      readonly dimension: number;
      readonly topics: Int32Array;
      readonly values: Float32Array;
    }
  /** Some rows as the guide sees them, into shared memory. */
  | {
      readonly kind: 'guideRows';
      readonly values: Float32Array;
      readonly guide: Guide;
      readonly spherical: boolean;
      readonly into: Float32Array;
    };

export interface AnalysisResults {
  link: Dendrogram;
  bisect: Clustering;
  hdbscan: DensityLabels;
  project: Projection;
  measure: Measured;
  halves: OnHalves;
  reference: number;
  silhouette: Silhouette;
  describe: { clustering: Clustering; silhouette: Silhouette; description: ClusteringDescription };
  guide: Guide;
  guideRows: void;
}

const kinds: Record<AnalysisTask['kind'], true> = {
  link: true,
  bisect: true,
  hdbscan: true,
  project: true,
  measure: true,
  halves: true,
  reference: true,
  silhouette: true,
  describe: true,
  guide: true,
  guideRows: true,
};
export const isAnalysis = (task: { kind: string }): task is AnalysisTask => task.kind in kinds;

/** Does one piece of work; `interrupt` throws when it is no longer wanted. */
export async function runAnalysis(
  task: AnalysisTask,
  engines: Engines,
  interrupt: Interrupt,
): Promise<AnalysisResults[AnalysisTask['kind']]> {
  const { pairwise, distances } = engines;
  switch (task.kind) {
    case 'link': {
      const { rows, weights, options, counter } = task;
      return linkRows(rows, weights, options, pairwise, interrupt, (done) => counter.set([0, done, rows.count - 1]));
    }
    case 'bisect':
      return bisectingKMeans(task.rows, task.options, distances, interrupt, (done) =>
        task.counter.set([0, done, task.options.clusters]),
      );
    case 'hdbscan': {
      const { clusters, labels, probabilities } = await hdbscan(
        task.rows,
        task.options,
        pairwise,
        interrupt,
        (stage, done, total) => task.counter.set([stage === 'neighbours' ? 0 : 1, done, total]),
      );
      return { clusters, labels, probabilities };
    }
    case 'project':
      return projectRows(task.rows, task.options, pairwise, interrupt, (stage, done, total) =>
        task.counter.set([stage === 'neighbours' ? 0 : 1, done, total]),
      );
    case 'measure':
      return measureCandidate(task.rows, task.options, engines, interrupt);
    case 'halves':
      return measureOnHalves(task.rows, task.draw, task.options, engines, interrupt);
    case 'reference':
      return measureReference(task.rows, task.draw, task.options, engines, interrupt);
    case 'silhouette':
      return silhouette(task.rows, task.labels, task.clusters, task, pairwise, interrupt);
    case 'describe': {
      const { rows, labels, clusters, spherical } = task;
      const clustering = clusteringOfLabels(rows, labels, clusters, spherical, task.fixed);
      return {
        clustering,
        silhouette: await silhouette(rows, labels, clusters, task, pairwise, interrupt),
        description: describeClusters(rows, clustering, task),
      };
    }
    case 'guide':
      return learnGuide(task.examples, task.dimension, task.topics, task.values);
    case 'guideRows':
      return guideRows(task.values, task.guide, task.spherical, task.into, interrupt);
  }
}

/** @throws Refusal (guides) if the labels say nothing */
function learnGuide(...given: Parameters<typeof guideOf>): Guide {
  const guide = guideOf(...given);
  if (guide === undefined)
    throw new Refusal('guides', 'Labelled vectors guide a clustering only if a topic has two that differ: label more.');
  return guide;
}
