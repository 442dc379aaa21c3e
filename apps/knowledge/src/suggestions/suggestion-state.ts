import { DomainError } from '@cairn/contracts';

/** The life of a suggestion. Persons decide once; a newer clustering of the same scope replaces what nobody decided. */
export const suggestionStates = ['pending', 'accepted', 'merged', 'rejected', 'superseded'] as const;
export type SuggestionState = (typeof suggestionStates)[number];

export const suggestionDecisions = {
  accept: 'accepted',
  merge: 'merged',
  reject: 'rejected',
  supersede: 'superseded',
} as const satisfies Record<string, SuggestionState>;
export type SuggestionDecision = keyof typeof suggestionDecisions;

/**
 * The state after a decision.
 * @throws CONFLICT if the suggestion is not pending any more
 */
export function decide(state: SuggestionState, decision: SuggestionDecision): SuggestionState {
  if (state === 'pending') return suggestionDecisions[decision];
  const because =
    state === 'superseded' ? 'a newer clustering has replaced it; look at the pending ones' : `it is ${state} already`;
  throw DomainError.conflict(`This suggestion cannot be decided: ${because}.`, 'id');
}
