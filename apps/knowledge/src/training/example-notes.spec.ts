import { describeExamples } from './example-notes.js';

describe('describeExamples', () => {
  it('says nothing where nothing is odd', () => expect(describeExamples([], [])).toEqual([]));

  it('shows texts with their topics, and topics with a single label', () => {
    const contradictory = [{ text: 'Where is it?', topics: ['cards', 'fees'], total: 4 }];
    expect(describeExamples(contradictory, [{ slug: 'loans', total: 1 }])).toEqual([
      '4 texts have contradictory labels: "Where is it?" (cards, fees), .... Give each one topic.',
      '1 topic has a single label, which is learned and cannot be measured: loans. Label some more questions of it.',
    ]);
  });
});
