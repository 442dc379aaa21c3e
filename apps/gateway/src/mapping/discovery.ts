import { knowledgeV1 } from '@cairn/contracts';
import {
  ClusterLinkage,
  ClusterSeeding,
  ClusteringAlgorithm,
  ClusteringScope,
  KnownTopics,
  MapMethod,
  type Clustering,
  type ClusteringParameters,
} from '../schema/clustering.js';
import { DecisionKind, type Decision } from '../schema/decision.js';
import { SuggestionState, type Suggestion } from '../schema/suggestion.js';
import { dateOrAbsent, enumTable, given, textOrAbsent } from './values.js';

export const suggestionState = enumTable<SuggestionState, knowledgeV1.SuggestionState>({
  [SuggestionState.PENDING]: knowledgeV1.SuggestionState.SUGGESTION_STATE_PENDING,
  [SuggestionState.ACCEPTED]: knowledgeV1.SuggestionState.SUGGESTION_STATE_ACCEPTED,
  [SuggestionState.MERGED]: knowledgeV1.SuggestionState.SUGGESTION_STATE_MERGED,
  [SuggestionState.REJECTED]: knowledgeV1.SuggestionState.SUGGESTION_STATE_REJECTED,
  [SuggestionState.SUPERSEDED]: knowledgeV1.SuggestionState.SUGGESTION_STATE_SUPERSEDED,
  [SuggestionState.SPLIT]: knowledgeV1.SuggestionState.SUGGESTION_STATE_SPLIT,
});

/** In protobuf the scope is a word. */
export const clusteringScope = enumTable<ClusteringScope, string>({
  [ClusteringScope.UNKNOWN]: 'unknown',
  [ClusteringScope.UNLABELLED]: 'unlabelled',
  [ClusteringScope.ALL]: 'all',
});

export const clusteringAlgorithm = enumTable<ClusteringAlgorithm, string>({
  [ClusteringAlgorithm.SPHERICAL]: 'spherical',
  [ClusteringAlgorithm.KMEANS]: 'kmeans',
  [ClusteringAlgorithm.BISECTING]: 'bisecting',
  [ClusteringAlgorithm.HIERARCHICAL]: 'hierarchical',
  [ClusteringAlgorithm.HDBSCAN]: 'hdbscan',
});

export const knownTopics = enumTable<KnownTopics, string>({
  [KnownTopics.IGNORE]: 'ignore',
  [KnownTopics.FROZEN]: 'frozen',
  [KnownTopics.WARM]: 'warm',
});

export const mapMethod = enumTable<MapMethod, string>({
  [MapMethod.PCA]: 'pca',
  [MapMethod.UMAP]: 'umap',
  [MapMethod.NONE]: 'none',
});

export const clusterSeeding = enumTable<ClusterSeeding, string>({
  [ClusterSeeding.PLUS_PLUS]: 'plus-plus',
  [ClusterSeeding.PARALLEL]: 'parallel',
});

export const clusterLinkage = enumTable<ClusterLinkage, string>({
  [ClusterLinkage.WARD]: 'ward',
  [ClusterLinkage.AVERAGE]: 'average',
  [ClusterLinkage.COMPLETE]: 'complete',
});

const decisionKind = enumTable<DecisionKind, string>({
  [DecisionKind.ACCEPT]: 'accept',
  [DecisionKind.MERGE]: 'merge',
  [DecisionKind.REJECT]: 'reject',
  [DecisionKind.RENAME]: 'rename',
  [DecisionKind.SPLIT]: 'split',
});

const toParameters = (used: knowledgeV1.ClusteringParameters | undefined): ClusteringParameters => ({
  scope: clusteringScope.fromProto(used?.scope || 'unknown'),
  topicId: given(used?.topicId),
  createdFrom: dateOrAbsent(used?.createdFromMs ?? 0),
  createdBefore: dateOrAbsent(used?.createdBeforeMs ?? 0),
  text: given(used?.text),
  source: given(used?.source),
  algorithm: used?.algorithm ? clusteringAlgorithm.fromProto(used.algorithm) : undefined,
  knownTopics: used?.knownTopics ? knownTopics.fromProto(used.knownTopics) : undefined,
  map: used?.map ? mapMethod.fromProto(used.map) : undefined,
  nClusters: given(used?.nClusters),
  minClusters: given(used?.minClusters),
  maxClusters: given(used?.maxClusters),
  nInit: given(used?.nInit),
  spherical: given(used?.spherical),
  seed: given(used?.seed),
  minClusterSize: given(used?.minClusterSize),
  seeding: used?.seeding ? clusterSeeding.fromProto(used.seeding) : undefined,
  smallestCluster: given(used?.smallestCluster),
  largestCluster: given(used?.largestCluster),
  hdbscanMinClusterSize: given(used?.hdbscanMinClusterSize),
  hdbscanMinSamples: given(used?.hdbscanMinSamples),
  linkage: used?.linkage ? clusterLinkage.fromProto(used.linkage) : undefined,
  guided: given(used?.guided),
});

export const toClustering = (clustering: knowledgeV1.Clustering): Clustering => ({
  id: clustering.id,
  jobId: textOrAbsent(clustering.jobId),
  parameters: toParameters(clustering.parameters),
  previousId: textOrAbsent(clustering.previousId),
  questionCount: clustering.questions,
  noiseCount: clustering.noise,
  knownCount: clustering.known,
  kLow: given(clustering.kLow),
  kHigh: given(clustering.kHigh),
  changes: clustering.changes ?? { born: 0, continued: 0, split: 0, merged: 0, died: 0 },
  mapMethod: mapMethod.fromProto(clustering.mapMethod || 'none'),
  mapPoints: clustering.mapPoints,
  nClusters: clustering.nClusters,
  inertia: clustering.inertia,
  silhouette: clustering.silhouette,
  iterations: clustering.iterations,
  candidates: clustering.candidates.map((candidate) => ({
    ...candidate,
    stability: given(candidate.stability),
    gap: given(candidate.gap),
  })),
  encoderId: clustering.encoderId,
  createdAt: new Date(clustering.createdAtMs),
});

export const toSuggestion = (suggestion: knowledgeV1.Suggestion): Suggestion => ({
  id: suggestion.id,
  clusteringId: suggestion.clusteringId,
  exemplarIds: suggestion.exemplarIds,
  topicId: textOrAbsent(suggestion.topicId),
  title: suggestion.title,
  keywords: suggestion.keywords,
  size: suggestion.size,
  cohesion: suggestion.cohesion,
  separation: suggestion.separation,
  silhouette: suggestion.silhouette,
  nearestTopics: suggestion.nearestTopics,
  state: suggestionState.fromProto(suggestion.state),
  decidedBy: textOrAbsent(suggestion.decidedBy),
  decidedAt: dateOrAbsent(suggestion.decidedAtMs),
  reason: textOrAbsent(suggestion.reason),
  version: suggestion.version,
  createdAt: new Date(suggestion.createdAtMs),
  mergedIntoId: textOrAbsent(suggestion.mergedIntoId),
  parentId: textOrAbsent(suggestion.parentId),
  assignedLater: suggestion.assignedLater,
  renamed: suggestion.renamed,
  edited: suggestion.edited,
  lastDecisionId: textOrAbsent(suggestion.lastDecisionId),
});

export const toDecision = (decision: knowledgeV1.Decision): Decision => ({
  id: decision.id,
  suggestionId: decision.suggestionId,
  topicId: textOrAbsent(decision.topicId),
  otherSuggestionIds: decision.otherSuggestionIds,
  kind: decisionKind.fromProto(decision.kind),
  decidedBy: decision.decidedBy,
  decidedAt: new Date(decision.decidedAtMs),
  reason: textOrAbsent(decision.reason),
  labelled: decision.labelled,
  titleBefore: decision.titleBefore,
  titleAfter: decision.titleAfter,
  undoneBy: textOrAbsent(decision.undoneBy),
  undoneAt: dateOrAbsent(decision.undoneAtMs),
});
