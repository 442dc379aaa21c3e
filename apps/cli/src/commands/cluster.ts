import { Option, type Command } from 'commander';
import { wholeNumber } from './option-values.js';
import { jobCommand, startAndFollow } from './run-job.js';

interface ClusterOptions {
  readonly k?: number;
  readonly minK?: number;
  readonly maxK?: number;
  readonly scope: string;
  readonly seed?: number;
  readonly restarts?: number;
  readonly minSize?: number;
  readonly euclidean?: boolean;
}

export function addCluster(program: Command): void {
  jobCommand(program, 'cluster', 'Clusters embeddings of questions and suggests each cluster as a new topic.', [
    'cluster',
    'cluster --k 19 --seed 7',
    'cluster --scope unlabelled --min-size 10',
  ])
    .addOption(
      new Option('--scope <scope>', 'which questions: unknown to the head and unlabelled, all unlabelled, or all')
        .choices(['unknown', 'unlabelled', 'all'])
        .default('unknown'),
    )
    .option('--k <number>', 'number of clusters; chosen by silhouette if not given', wholeNumber(1))
    .option('--min-k <number>', 'smallest number of clusters to consider', wholeNumber(1))
    .option('--max-k <number>', 'largest number of clusters to consider', wholeNumber(1))
    .option('--seed <number>', 'seed of all random choices [42]', wholeNumber(0, 2 ** 31 - 1))
    .option('--restarts <number>', 'restarts from different seeds; the best is kept [10]', wholeNumber(1))
    .option('--min-size <number>', 'smaller clusters make no suggestion [3]', wholeNumber(1))
    .option('--euclidean', 'Euclidean instead of cosine distance')
    .action(async (options: ClusterOptions, command: Command) =>
      startAndFollow(command, 'startClustering', {
        scope: options.scope.toUpperCase(),
        nClusters: options.k,
        minClusters: options.minK,
        maxClusters: options.maxK,
        seed: options.seed,
        nInit: options.restarts,
        minClusterSize: options.minSize,
        spherical: options.euclidean ? false : undefined,
      }),
    );
}
