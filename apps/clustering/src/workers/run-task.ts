import { doShare, type Interrupt, keepSizes, orderClusters, runRestart, SoloCrew } from '@cairn/kmeans';
import { describeClusters } from '../evaluation/describe-clusters.js';
import type { Engines } from '../evaluation/measure-candidate.js';
import { silhouette } from '../evaluation/silhouette.js';
import { isAnalysis, runAnalysis } from './analysis-tasks.js';
import type { Task, TaskResults } from './tasks.js';

/** Does one piece of work; `interrupt` throws when it is no longer wanted. */
export async function runTask(task: Task, engines: Engines, interrupt: Interrupt): Promise<TaskResults[Task['kind']]> {
  if (task.kind === 'share') return doShare(task.phase, task.slot, engines.distances.bench, interrupt);
  if (isAnalysis(task)) return runAnalysis(task, engines, interrupt);
  const { rows } = task;
  const { distances, pairwise } = engines;
  switch (task.kind) {
    case 'restart':
      return runRestart(rows, task.options, new SoloCrew(distances.bench, interrupt));
    case 'sizes':
      return keepSizes(rows, task.clustering, task.options, new SoloCrew(distances.bench, interrupt), interrupt);
    case 'evaluate': {
      const clustering = orderClusters(task.clustering, rows.dimension);
      const clusters = clustering.centroids.length / rows.dimension;
      return {
        clustering,
        silhouette: await silhouette(rows, clustering.labels, clusters, task, pairwise, interrupt),
        description: describeClusters(rows, clustering, task),
      };
    }
  }
}
