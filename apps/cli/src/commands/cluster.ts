import { Option, type Command } from 'commander';
import type { Job } from '../graphql/jobs.js';
import { invocationOf } from '../invocation.js';
import { describeRun, readRun } from '../output/clustering.js';
import { describeResult } from '../output/job-progress.js';
import { findClustering } from './clusterings.js';
import { instant, wholeNumber } from './option-values.js';
import { jobCommand, startAndFollow } from './run-job.js';
import { findTopic } from '../graphql/topics.js';

interface ClusterOptions {
  readonly topic?: string;
  readonly text?: string;
  readonly source?: string;
  readonly from?: string;
  readonly before?: string;
  readonly algorithm?: string;
  readonly known?: string;
  readonly map?: string;
  readonly k?: number;
  readonly minK?: number;
  readonly maxK?: number;
  readonly scope?: string;
  readonly seed?: number;
  readonly restarts?: number;
  readonly minSize?: number;
  readonly euclidean?: boolean;
  readonly guided?: boolean;
  readonly seeding?: string;
  readonly smallest?: number;
  readonly largest?: number;
  readonly hdbscanMinClusterSize?: number;
  readonly hdbscanMinSamples?: number;
  readonly linkage?: string;
}

export function addCluster(program: Command): void {
  jobCommand(program, 'cluster', 'Clusters embeddings of questions and suggests each cluster as a new topic.', [
    'cluster',
    'cluster --k 19 --seed 7',
    'cluster --scope unlabelled --min-size 10',
    'cluster --topic deploying-models --algorithm hierarchical',
    'cluster --known frozen --guided',
    'cluster --text "ssh" --from 2026-01-01',
  ])
    .addOption(
      new Option(
        '--scope <scope>',
        'which questions: unknown to the head and unlabelled, all unlabelled, or all',
      ).choices(['unknown', 'unlabelled', 'all']),
    )
    .option('--topic <topic>', 'only questions of this topic (slug or id)')
    .option('--text <words>', 'only questions with all of these words')
    .option('--source <name>', 'only questions that came with this import')
    .option('--from <time>', 'only questions asked from then on, 2026-01-31', instant)
    .option('--before <time>', 'only questions asked before then', instant)
    .addOption(
      new Option('--algorithm <name>', 'how clusters are found [spherical]').choices([
        ...['spherical', 'kmeans', 'bisecting', 'hierarchical', 'hdbscan'],
      ]),
    )
    .addOption(new Option('--known <what>', 'what known topics do [ignore]').choices(['ignore', 'frozen', 'warm']))
    .addOption(new Option('--map <method>', 'how the map is drawn').choices(['pca', 'umap', 'none']))
    .option('--k <number>', 'number of clusters; chosen, with an interval, if not given', wholeNumber(2))
    .option('--min-k <number>', 'smallest number of clusters to consider', wholeNumber(2))
    .option('--max-k <number>', 'largest number of clusters to consider', wholeNumber(2))
    .option('--seed <number>', 'seed of all random choices [42]', wholeNumber(0, 2 ** 31 - 1))
    .option('--restarts <number>', 'restarts from different seeds; the best is kept [10]', wholeNumber(1))
    .option('--min-size <number>', 'smaller clusters make no suggestion [3]', wholeNumber(1))
    .option('--euclidean', 'Euclidean instead of cosine distance')
    .option('--guided', 'labelled questions guide: directions in which questions of one topic differ count less')
    .addOption(
      new Option('--seeding <how>', 'how k-means draws first centroids; parallel is for hundreds [plus-plus]').choices([
        ...['plus-plus', 'parallel'],
      ]),
    )
    .option('--smallest <number>', 'no cluster is smaller (k-means)', wholeNumber(1))
    .option('--largest <number>', 'no cluster is larger (k-means)', wholeNumber(1))
    .option('--hdbscan-min-cluster-size <number>', 'smaller groups are noise (hdbscan)', wholeNumber(2))
    .option('--hdbscan-min-samples <number>', 'questions within a core distance (hdbscan)', wholeNumber(1))
    .addOption(
      new Option('--linkage <name>', 'the distance of two clusters (hierarchical) [ward]').choices([
        ...['ward', 'average', 'complete'],
      ]),
    )
    .action(async (options: ClusterOptions, command: Command) => {
      const { client } = invocationOf(command);
      const input = {
        scope: options.scope?.toUpperCase(),
        topicId: options.topic === undefined ? undefined : (await findTopic(client, options.topic)).id,
        text: options.text,
        source: options.source,
        createdFrom: options.from,
        createdBefore: options.before,
        algorithm: options.algorithm?.toUpperCase(),
        knownTopics: options.known?.toUpperCase(),
        map: options.map?.toUpperCase(),
        nClusters: options.k,
        minClusters: options.minK,
        maxClusters: options.maxK,
        seed: options.seed,
        nInit: options.restarts,
        minClusterSize: options.minSize,
        spherical: options.euclidean ? false : undefined,
        guided: options.guided,
        seeding: options.seeding?.toUpperCase().replace('-', '_'),
        smallestCluster: options.smallest,
        largestCluster: options.largest,
        hdbscanMinClusterSize: options.hdbscanMinClusterSize,
        hdbscanMinSamples: options.hdbscanMinSamples,
        linkage: options.linkage?.toUpperCase(),
      };
      await startAndFollow(command, 'startClustering', input, (job) => describeOutcome(command, job));
    });
}

/** What the run found, in full: the sentence of the job alone would send people to the next command. */
async function describeOutcome(command: Command, job: Job): Promise<string> {
  const { client } = invocationOf(command);
  const { result } = job;
  if (result?.__typename !== 'ClusterJobResult' || !result.clustering) return result ? describeResult(result) : '';
  const run = await readRun(client, await findClustering(client, result.clustering.id));
  return `${describeRun(run)}\n\n${describeResult(result)}`;
}
