import { shape } from './bert-graph.js';
import { writeCard, type CardFacts } from './card.js';
import { usual } from './recipe-options.js';

const facts: CardFacts = {
  runs: [{ split: 'dev', seed: 42, figures: { 'stsb dev spearman': 80.44, 'stsb dev spearman at 64': 70.1 } }],
  before: undefined,
  counts: { evaluationTexts: 9, equal: 2, near: 3, pairs: { 'p:wordnet': 7 }, groups: 4, tokens: 1000 },
  ...{ shape, options: usual, isTrained: false },
};
const numbers = (card: string) => card.match(/^\d+(?=\. )/gm)!.map(Number);

describe('writeCard', () => {
  it('tells the stages of the usual run, and no others', () => {
    const card = writeCard(facts);
    expect(numbers(card)).toEqual([1, 2, 3, 4]);
    for (const other of ['`tokenizer`', '`masked`', '`distilled`', 'turned along', 'dropout'])
      expect(card).not.toContain(other);
    expect(card).toContain('| stsb dev spearman | 80.4 |');
  });

  it('tells every stage that was asked for', () => {
    const options = { rotate: true, mlmSteps: 500, dropoutViews: 0.25, teachers: ['a', 'b'], distillSteps: 30 };
    const card = writeCard({ ...facts, options, isTrained: true });
    expect(numbers(card)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const told of [
      '`tokenizer`',
      '`masked`: 500 steps',
      'turned along',
      '25 % of the pairs',
      '`distilled`: 30 steps',
    ])
      expect(card).toContain(told);
    expect(card).toContain('the mean of 2 encoders');
  });

  it('has a table for the first components, if they were measured', () => {
    expect(writeCard(facts)).toContain('| figure | all | 64 |\n|---|---|---|\n| stsb dev spearman | 80.4 | 70.1 |');
    const { figures } = facts.runs[0];
    const plain = writeCard({ ...facts, runs: [{ split: 'dev', figures: { a: figures['stsb dev spearman'] } }] });
    expect(plain).not.toContain('first components alone');
  });
});
