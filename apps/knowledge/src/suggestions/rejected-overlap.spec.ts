import { rejectedClusters, type RejectedMember } from './rejected-overlap.js';

const members = (suggestion: string, questions: string): RejectedMember[] =>
  [...questions].map((question_id) => ({ suggestion_id: suggestion, question_id }));
const clusters = (...texts: string[]) =>
  new Map(texts.flatMap((text, index) => [...text].map((question) => [question, index] as const)));

describe('rejectedClusters', () => {
  it('knows a rejected cluster again at half of the union, not below', () => {
    const rejected = members('s', 'abcd');
    expect([...rejectedClusters(clusters('abcdefgh', 'xyz'), rejected)]).toEqual([0]);
    expect([...rejectedClusters(clusters('abcdefghi', 'xyz'), rejected)]).toEqual([]);
    expect([...rejectedClusters(clusters('xyz', 'ab'), rejected)]).toEqual([1]);
    expect([...rejectedClusters(clusters('xyz', 'a'), rejected)]).toEqual([]);
  });

  it('compares with each rejected suggestion on its own', () => {
    const rejected = [...members('s', 'abc'), ...members('t', 'def')];
    expect([...rejectedClusters(clusters('abcdef', 'xyz'), rejected)]).toEqual([0]);
    expect([...rejectedClusters(clusters('adx', 'bey', 'cfz'), rejected)]).toEqual([]);
  });
});
