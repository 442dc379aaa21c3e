import { knowledgeV1 } from '@cairn/contracts';
import { ClusteringScope, type Clustering, type ClusteringParameters } from '../schema/clustering.js';
import { SuggestionState, type Suggestion } from '../schema/suggestion.js';
import { dateOrAbsent, enumTable, given, textOrAbsent } from './values.js';

export const suggestionState = enumTable<SuggestionState, knowledgeV1.SuggestionState>({
  [SuggestionState.PENDING]: knowledgeV1.SuggestionState.SUGGESTION_STATE_PENDING,
  [SuggestionState.ACCEPTED]: knowledgeV1.SuggestionState.SUGGESTION_STATE_ACCEPTED,
  [SuggestionState.MERGED]: knowledgeV1.SuggestionState.SUGGESTION_STATE_MERGED,
  [SuggestionState.REJECTED]: knowledgeV1.SuggestionState.SUGGESTION_STATE_REJECTED,
  [SuggestionState.SUPERSEDED]: knowledgeV1.SuggestionState.SUGGESTION_STATE_SUPERSEDED,
});

/** In protobuf the scope is a word. */
export const clusteringScope = enumTable<ClusteringScope, string>({
  [ClusteringScope.UNKNOWN]: 'unknown',
  [ClusteringScope.UNLABELLED]: 'unlabelled',
  [ClusteringScope.ALL]: 'all',
});

const toParameters = (used: knowledgeV1.ClusteringParameters | undefined): ClusteringParameters => ({
  scope: clusteringScope.fromProto(used?.scope || 'unknown'),
  nClusters: given(used?.nClusters),
  minClusters: given(used?.minClusters),
  maxClusters: given(used?.maxClusters),
  nInit: given(used?.nInit),
  spherical: given(used?.spherical),
  seed: given(used?.seed),
  minClusterSize: given(used?.minClusterSize),
});

export const toClustering = (clustering: knowledgeV1.Clustering): Clustering => ({
  id: clustering.id,
  jobId: textOrAbsent(clustering.jobId),
  parameters: toParameters(clustering.parameters),
  questionCount: clustering.questions,
  nClusters: clustering.nClusters,
  inertia: clustering.inertia,
  silhouette: clustering.silhouette,
  iterations: clustering.iterations,
  candidates: clustering.candidates,
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
});
