import { knowledgeV1 } from '@cairn/contracts';
import type { NearTopic } from './near-topics.js';
import { suggestionStates, type SuggestionState } from './suggestion-state.js';

/** A row of `suggestion`. */
export interface SuggestionRecord {
  readonly id: string;
  readonly seq: number;
  readonly clustering_id: string;
  readonly cluster_index: number;
  readonly title: string;
  readonly keywords: string[];
  readonly exemplar_ids: string[];
  readonly size: number;
  readonly cohesion: number;
  readonly separation: number;
  readonly silhouette: number;
  readonly nearest_topics: NearTopic[];
  readonly state: SuggestionState;
  readonly topic_id: string | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly reason: string;
  readonly version: number;
  readonly created_at: Date;
}

const stateMessages: Record<SuggestionState, knowledgeV1.SuggestionState> = {
  pending: knowledgeV1.SuggestionState.SUGGESTION_STATE_PENDING,
  accepted: knowledgeV1.SuggestionState.SUGGESTION_STATE_ACCEPTED,
  merged: knowledgeV1.SuggestionState.SUGGESTION_STATE_MERGED,
  rejected: knowledgeV1.SuggestionState.SUGGESTION_STATE_REJECTED,
  superseded: knowledgeV1.SuggestionState.SUGGESTION_STATE_SUPERSEDED,
};

/** States a list is filtered by; none asked for: the pending ones. */
export function statesOfMessage(states: readonly knowledgeV1.SuggestionState[]): SuggestionState[] {
  const asked = suggestionStates.filter((state) => states.includes(stateMessages[state]));
  return asked.length > 0 ? asked : ['pending'];
}

/** A row as the contract's Suggestion. */
export function suggestionToMessage(row: SuggestionRecord): knowledgeV1.Suggestion {
  return {
    id: row.id,
    clusteringId: row.clustering_id,
    title: row.title,
    keywords: row.keywords,
    exemplarIds: row.exemplar_ids,
    size: row.size,
    cohesion: row.cohesion,
    separation: row.separation,
    silhouette: row.silhouette,
    nearestTopics: row.nearest_topics,
    state: stateMessages[row.state],
    topicId: row.topic_id ?? '',
    decidedBy: row.decided_by ?? '',
    decidedAtMs: row.decided_at?.getTime() ?? 0,
    reason: row.reason,
    version: row.version,
    createdAtMs: row.created_at.getTime(),
  };
}
