import { DomainError } from '@cairn/contracts';

/**
 * The life of a suggestion:
 *
 *     pending -> accepted | merged | rejected | split      a person decides; undoing goes back to pending
 *     pending -> superseded                                a newer run over the same questions did not find it
 *     superseded -> pending                                a later one found it again
 */
export const suggestionStates = ['pending', 'accepted', 'merged', 'rejected', 'superseded', 'split'] as const;
export type SuggestionState = (typeof suggestionStates)[number];

export const suggestionDecisions = {
  accept: 'accepted',
  merge: 'merged',
  reject: 'rejected',
  split: 'split',
  rename: 'pending',
} as const satisfies Record<string, SuggestionState>;
export type SuggestionDecision = keyof typeof suggestionDecisions;

/**
 * The state after a decision.
 * @throws CONFLICT if the suggestion is not pending any more
 */
export function decide(state: SuggestionState, decision: SuggestionDecision): SuggestionState {
  if (state === 'pending') return suggestionDecisions[decision];
  const because =
    state === 'superseded'
      ? 'a newer clustering has replaced it; look at the pending ones'
      : `it is ${state} already; undo that first`;
  throw DomainError.conflict(`This suggestion cannot be decided: ${because}.`, 'id');
}
