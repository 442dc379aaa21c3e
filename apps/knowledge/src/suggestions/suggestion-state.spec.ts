import { DomainError } from '@cairn/contracts';
import { decide, suggestionDecisions, suggestionStates, type SuggestionDecision } from './suggestion-state.js';

const decisions = Object.keys(suggestionDecisions) as SuggestionDecision[];

describe('decide', () => {
  it.each(decisions)('lets a pending suggestion be decided: %s', (decision) => {
    expect(decide('pending', decision)).toBe(suggestionDecisions[decision]);
  });

  const decided = suggestionStates.filter((state) => state !== 'pending');
  it.each(decided.flatMap((state) => decisions.map((decision) => [state, decision] as const)))(
    'refuses to change %s by %s',
    (state, decision) => {
      expect(() => decide(state, decision)).toThrow(expect.objectContaining({ code: 'CONFLICT' }) as DomainError);
    },
  );
});
