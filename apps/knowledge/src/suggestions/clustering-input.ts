import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { isId, optionalText } from '../questions/checked-text.js';
import { clusterScopes, filterOf } from './cluster-filter.js';

export const clusterAlgorithms = ['spherical', 'kmeans', 'bisecting', 'hierarchical', 'hdbscan'] as const;
export type ClusterAlgorithm = (typeof clusterAlgorithms)[number];
const knownTopics = ['ignore', 'frozen', 'warm'];
const maps = ['pca', 'umap', 'none'];
const seedings = ['plus-plus', 'parallel'];
const linkages = ['ward', 'average', 'complete'];

/** Parameters that some algorithms have no use for. */
const onlyFor = {
  seeding: ['spherical', 'kmeans'],
  smallestCluster: ['spherical', 'kmeans'],
  largestCluster: ['spherical', 'kmeans'],
  hdbscanMinClusterSize: ['hdbscan'],
  hdbscanMinSamples: ['hdbscan'],
  linkage: ['hierarchical'],
} as const;

/** What a request asks for, as it is stored: only what was given. */
export type AskedClustering = Partial<knowledgeV1.ClusteringParameters> & { readonly scope: string };

/**
 * The parameters of a clustering, checked as far as that can be done without looking at the questions.
 * @throws INVALID_INPUT naming the field
 */
export function checkClustering(given: Partial<knowledgeV1.ClusteringParameters> | undefined): AskedClustering {
  const { scope, nClusters, minClusters, maxClusters, nInit, spherical, seed, minClusterSize } = given ?? {};
  const { algorithm, topicId, createdFromMs, createdBeforeMs, knownTopics: known, map } = given ?? {};
  oneOf('scope', scope, clusterScopes);
  oneOf('algorithm', algorithm, clusterAlgorithms);
  oneOf('knownTopics', known, knownTopics);
  oneOf('map', map, maps);
  if (topicId && !isId(topicId))
    throw DomainError.invalid('topicId', `There is no topic "${topicId}"; choose one that is there.`);
  if (topicId && scope === 'unknown')
    throw DomainError.invalid(
      'topicId',
      'Unknown questions have no topic: cluster the questions of a topic with the scope "all" or "unlabelled".',
    );
  if (createdFromMs && createdBeforeMs && createdFromMs >= createdBeforeMs)
    throw DomainError.invalid('createdBefore', 'No time lies between the two bounds: the second must be later.');
  for (const [field, ms] of Object.entries({ createdFrom: createdFromMs, createdBefore: createdBeforeMs }))
    if (ms && !(Math.abs(ms) <= 8.64e15)) throw DomainError.invalid(field, `${field} is no time.`);
  if (known && known !== 'ignore' && algorithm && algorithm !== 'spherical' && algorithm !== 'kmeans')
    throw DomainError.invalid('knownTopics', `Only k-means starts from known topics; the algorithm is "${algorithm}".`);
  if (algorithm === 'hdbscan')
    for (const [field, value] of Object.entries({ nClusters, minClusters, maxClusters }))
      if (value != null)
        throw DomainError.invalid(field, `hdbscan finds the number of clusters itself: leave ${field} out.`);
  checkOwnParameters(given ?? {});
  atLeast('nClusters', nClusters, 2);
  atLeast('minClusters', minClusters, 2);
  atLeast('maxClusters', maxClusters, minClusters ?? 2);
  atLeast('nInit', nInit, 1);
  atLeast('minClusterSize', minClusterSize, 1);
  return {
    ...defined({ nClusters, minClusters, maxClusters, nInit, spherical, seed, minClusterSize }),
    ...defined(ownParameters(given ?? {})),
    ...defined({ algorithm: algorithm || undefined, knownTopics: known || undefined, map: map || undefined }),
    ...filterOf({
      ...given,
      text: optionalText(given?.text ?? '', 'text', 1_000),
      source: optionalText(given?.source ?? '', 'source', 200),
    }),
  };
}

/** Parameters of single algorithms, as they were given. */
const ownParameters = (given: Partial<knowledgeV1.ClusteringParameters>) => ({
  seeding: given.seeding || undefined,
  smallestCluster: given.smallestCluster,
  largestCluster: given.largestCluster,
  hdbscanMinClusterSize: given.hdbscanMinClusterSize,
  hdbscanMinSamples: given.hdbscanMinSamples,
  linkage: given.linkage || undefined,
  guided: given.guided || undefined,
});

/** @throws INVALID_INPUT for a parameter that the algorithm has no use for, and for one that cannot be */
function checkOwnParameters(given: Partial<knowledgeV1.ClusteringParameters>): void {
  const algorithm = given.algorithm || (given.spherical === false ? 'kmeans' : 'spherical');
  const own = ownParameters(given);
  for (const [field, algorithms] of Object.entries(onlyFor) as [keyof typeof onlyFor, readonly string[]][])
    if (own[field] != null && !algorithms.includes(algorithm))
      throw DomainError.invalid(
        field,
        `${field} is a parameter of ${algorithms.join(' and ')}; the algorithm is "${algorithm}": leave it out.`,
      );
  oneOf('seeding', own.seeding, seedings);
  oneOf('linkage', own.linkage, linkages);
  atLeast('smallestCluster', own.smallestCluster, 1);
  atLeast('largestCluster', own.largestCluster, own.smallestCluster ?? 1);
  atLeast('hdbscanMinClusterSize', own.hdbscanMinClusterSize, 2);
  atLeast('hdbscanMinSamples', own.hdbscanMinSamples, 1);
  if (given.knownTopics === 'frozen')
    for (const field of ['smallestCluster', 'largestCluster'] as const)
      if (own[field] != null)
        throw DomainError.invalid(
          field,
          `Frozen topics take what is nearest to them, however much it is: leave ${field} out.`,
        );
}

function oneOf(field: string, given: string | undefined, known: readonly string[]): void {
  if (given && !known.includes(given))
    throw DomainError.invalid(field, `There is no ${field} "${given}"; choose one of ${known.join(', ')}.`);
}

function atLeast(field: string, value: number | undefined, least: number): void {
  if (value != null && !(value >= least))
    throw DomainError.invalid(field, `${field} must be at least ${least}; got ${value}.`);
}

/** Without absent fields: what is stored is what was asked. */
function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as T;
}

/** Parameters as they are used and stored: a run can be repeated from them. */
export type CompleteParameters = AskedClustering & {
  readonly algorithm: ClusterAlgorithm;
  readonly nInit: number;
  readonly spherical: boolean;
  readonly seed: number;
  readonly minClusterSize: number;
  readonly knownTopics: string;
  readonly map: string;
};

/** UMAP takes seconds for a thousand questions; from here on PCA is the default. */
const umapUpTo = 2_000;

/**
 * All parameters, defaults filled in.
 * @param count questions that match
 * @throws INVALID_INPUT if there are fewer questions than clusters asked for
 */
export function completeParameters(given: AskedClustering, count: number): CompleteParameters {
  const { nInit = 10, seed = 42, minClusterSize = 3, nClusters, minClusters, maxClusters } = given;
  const least = nClusters ?? minClusters ?? 0;
  if (least > count)
    throw DomainError.invalid(
      nClusters === undefined ? 'minClusters' : 'nClusters',
      `${least} clusters were asked for, and the scope "${given.scope}" has ${count} questions: ask for at most ${count}.`,
    );
  const algorithm = (given.algorithm || (given.spherical === false ? 'kmeans' : 'spherical')) as ClusterAlgorithm;
  // Only plain k-means means Euclidean distances unless it is said.
  const spherical = algorithm === 'spherical' || (given.spherical ?? algorithm !== 'kmeans');
  const { knownTopics: known = 'ignore', map = count <= umapUpTo ? 'umap' : 'pca' } = given;
  const own = defined(ownParameters(given));
  const rest = {
    ...filterOf(given),
    ...own,
    algorithm,
    nInit,
    spherical,
    seed,
    minClusterSize,
    knownTopics: known,
    map,
  };
  if (algorithm === 'hdbscan') {
    checkGroups(given, count);
    return rest;
  }
  checkSizes(given, count);
  if (nClusters !== undefined) return { ...rest, nClusters };
  // Too few for two clusters that would make a suggestion.
  if (minClusters === undefined && count < 2 * minClusterSize) return { ...rest, nClusters: 1 };
  const smallest = minClusters ?? 2;
  const most = maxClusters ?? Math.max(smallest, usualMostClusters(count));
  return { ...rest, minClusters: smallest, maxClusters: Math.min(count, most) };
}

/** The largest number of clusters that is looked for unasked: as the clustering service has it. */
const usualMostClusters = (count: number) => Math.floor(Math.min(count / 3, 2 * Math.sqrt(count), 500));

/** @throws INVALID_INPUT if sizes cannot be kept by so many questions */
function checkSizes({ smallestCluster, largestCluster, nClusters }: AskedClustering, count: number): void {
  if (smallestCluster != null && smallestCluster * (nClusters ?? 1) > count)
    throw DomainError.invalid(
      'smallestCluster',
      `${nClusters ?? 1} clusters of at least ${smallestCluster} need more than the ${count} questions there are.`,
    );
  if (largestCluster != null && nClusters !== undefined && largestCluster * nClusters < count)
    throw DomainError.invalid(
      'largestCluster',
      `${nClusters} clusters of at most ${largestCluster} cannot hold the ${count} questions there are.`,
    );
}

/** @throws INVALID_INPUT if hdbscan cannot find such groups among so many questions */
function checkGroups(given: AskedClustering, count: number): void {
  for (const field of ['hdbscanMinClusterSize', 'hdbscanMinSamples'] as const)
    if ((given[field] ?? 0) > count)
      throw DomainError.invalid(field, `${field} is ${given[field]}, and there are ${count} questions: ask for less.`);
}
