import type { Clustering, KeepSizesOptions, Phase, RestartOptions, Rows } from '@cairn/kmeans';
import type { ClusteringDescription } from '../evaluation/describe-clusters.js';
import type { Silhouette } from '../evaluation/silhouette.js';
import type { AnalysisResults, AnalysisTask } from './analysis-tasks.js';

/** A piece of work for a worker thread. Rows lie in memory that all threads share; nothing of them is copied. */
export type Task =
  /** One thread's share of a step that several take part in. */
  | { readonly kind: 'share'; readonly phase: Phase; readonly slot: number }
  /** One restart of k-means. */
  | { readonly kind: 'restart'; readonly rows: Rows; readonly options: RestartOptions }
  /** A clustering with its sizes within bounds. */
  | {
      readonly kind: 'sizes';
      readonly rows: Rows;
      readonly clustering: Clustering;
      readonly options: KeepSizesOptions;
    }
  /** Orders and describes the clusters of the best restart. */
  | {
      readonly kind: 'evaluate';
      readonly rows: Rows;
      readonly clustering: Clustering;
      readonly spherical: boolean;
      readonly scale: number;
      readonly exemplars: number;
      readonly seed: number;
      readonly sampleLimit: number;
    }
  | AnalysisTask;

/** What each kind of task gives. */
export interface TaskResults extends AnalysisResults {
  share: void;
  restart: Clustering;
  sizes: Clustering;
  evaluate: { clustering: Clustering; silhouette: Silhouette; description: ClusteringDescription };
}

/** To the thread. `cancelled[0]` becomes 1 when the result is no longer wanted. */
export interface TaskMessage {
  readonly task: Task;
  readonly cancelled: Int32Array;
}

/** From the thread. */
export type ResultMessage =
  | { readonly outcome: 'done'; readonly result: TaskResults[Task['kind']] }
  | { readonly outcome: 'cancelled' }
  /** The input cannot be used: see Refusal. */
  | { readonly outcome: 'refused'; readonly field: string; readonly message: string }
  | { readonly outcome: 'failed'; readonly error: unknown };
