import type { Suggestion } from '../output/suggestion.js';
import { heldBackTopics, scoreSuggestion, scoreVerdicts } from './discovery-score.js';

const truth = new Map(
  [
    ['1', 'cards', true],
    ['2', 'cards', false],
    ['3', 'cards', false],
    ['4', 'fees', true],
    ['5', 'fees', false],
    ['6', 'travel', false],
    ['7', 'travel', false],
  ].map(([id, topic, given]) => [id as string, { topic: topic as string, given: given as boolean }]),
);
const verdict = (externalId: string, slug: string, unknown = false) => ({
  externalId,
  classification: { unknown, topic: { slug } },
});

describe('discovery scores', () => {
  it('finds the topics that no label was given of', () => expect([...heldBackTopics(truth)]).toEqual(['travel']));

  it('counts only questions whose label was kept back', () => {
    const questions = [
      verdict('1', 'fees'),
      verdict('2', 'cards'),
      verdict('3', 'cards', true),
      verdict('5', 'cards'),
      verdict('6', 'cards', true),
      verdict('7', 'fees'),
      { externalId: '4' },
      verdict('elsewhere', 'cards'),
    ];
    expect(scoreVerdicts(questions, truth)).toEqual({
      known: { questions: 3, right: 1, wrong: 1, unknown: 1 },
      nearestRight: 2,
      heldBack: { questions: 2, unknown: 1 },
    });
  });

  it('matches a suggestion with the topic of most of its members', () => {
    const suggestion = { id: 's' } as Suggestion;
    expect(scoreSuggestion(suggestion, ['6', '7', '2', 'elsewhere'], truth).match).toEqual({
      topic: 'travel',
      heldBack: true,
      members: 2,
      scored: 3,
      share: 1,
    });
    expect(scoreSuggestion(suggestion, ['elsewhere'], truth)).toEqual({ suggestion });
  });
});
