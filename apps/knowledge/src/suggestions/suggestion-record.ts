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
  readonly merged_into_id: string | null;
  readonly parent_id: string | null;
  readonly renamed: boolean;
  readonly edited: boolean;
}

/** A suggestion as it is listed. */
export interface ListedSuggestion extends SuggestionRecord {
  /** Questions assigned to it without a new run. */
  readonly assigned_later: number;
  /** The decision that an undo would take back. */
  readonly last_decision_id: string | null;
}

/** What is read of a suggestion: all but its centroid. */
export const suggestionColumns = `suggestion.id, suggestion.seq, suggestion.clustering_id, suggestion.cluster_index,
  suggestion.title, suggestion.keywords, suggestion.exemplar_ids, suggestion.size, suggestion.cohesion,
  suggestion.separation, suggestion.silhouette, suggestion.nearest_topics, suggestion.state, suggestion.topic_id,
  suggestion.decided_by, suggestion.decided_at, suggestion.reason, suggestion.version, suggestion.created_at,
  suggestion.merged_into_id, suggestion.parent_id, suggestion.renamed, suggestion.edited,
  (SELECT count(*) FROM suggestion_member member
    WHERE member.suggestion_id = suggestion.id AND member.late) AS assigned_later,
  (SELECT decision.id FROM suggestion_decision decision
    WHERE decision.suggestion_id = suggestion.id AND decision.undone_at IS NULL
    ORDER BY decision.seq DESC LIMIT 1) AS last_decision_id`;

const stateMessages: Record<SuggestionState, knowledgeV1.SuggestionState> = {
  pending: knowledgeV1.SuggestionState.SUGGESTION_STATE_PENDING,
  accepted: knowledgeV1.SuggestionState.SUGGESTION_STATE_ACCEPTED,
  merged: knowledgeV1.SuggestionState.SUGGESTION_STATE_MERGED,
  rejected: knowledgeV1.SuggestionState.SUGGESTION_STATE_REJECTED,
  superseded: knowledgeV1.SuggestionState.SUGGESTION_STATE_SUPERSEDED,
  split: knowledgeV1.SuggestionState.SUGGESTION_STATE_SPLIT,
};

/** States a list is filtered by; none asked for: the pending ones. */
export function statesOfMessage(states: readonly knowledgeV1.SuggestionState[]): SuggestionState[] {
  const asked = suggestionStates.filter((state) => states.includes(stateMessages[state]));
  return asked.length > 0 ? asked : ['pending'];
}

/** A row as the contract's Suggestion. */
export function suggestionToMessage(row: ListedSuggestion): knowledgeV1.Suggestion {
  return {
    id: row.id,
    clusteringId: row.clustering_id,
    title: row.title,
    keywords: row.keywords,
    exemplarIds: row.exemplar_ids,
    size: row.size + row.assigned_later,
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
    mergedIntoId: row.merged_into_id ?? '',
    parentId: row.parent_id ?? '',
    assignedLater: row.assigned_later,
    renamed: row.renamed,
    edited: row.edited,
    lastDecisionId: row.last_decision_id ?? '',
  };
}
