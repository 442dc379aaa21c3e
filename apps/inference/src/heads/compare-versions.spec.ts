import { compareVersions, judgedOf, signTest, type Judged } from './compare-versions.js';

const judged = (best: number[], unknown: number[], confidence = best.map(() => 0.8)): Judged => ({
  best: Int32Array.from(best),
  unknown: Uint8Array.from(unknown),
  confidence: Float64Array.from(confidence),
  score: Float64Array.from(unknown, (one) => 1 - one),
});
const topics = ['fees', 'cards'];
// The last two examples belong to neither topic.
const labels = Int32Array.of(0, 0, 1, 1, -1, -1);
const candidate = judged([0, 1, 1, 1, 0, 1], [0, 0, 0, 1, 1, 0]);
const current = judged([0, 0, 0, 1, 0, 1], [0, 0, 0, 0, 0, 1]);

describe('compareVersions', () => {
  const { candidate: after, current: before, ...comparison } = compareVersions(topics, labels, candidate, current);

  it('gives the figures of both on the same examples', () => {
    expect(after).toMatchObject({ accuracy: 0.75, kept: 0.75, answered: 0.5, unknownRecall: 0.5 });
    expect(after.ece).toBeCloseTo(0.05, 10);
    // F1 of fees: 1 of 1 and 1 of 2; of cards: 2 of 3 and 2 of 2.
    expect(after.macroF1).toBeCloseTo((2 / 3 + 0.8) / 2, 10);
    // Known scores 1, 1, 1, 0 against 0, 1: won 3 of 8, tied 4.
    expect(after.unknownAuroc).toBeCloseTo((3 + 4 / 2) / 8, 10);
    expect(before).toMatchObject({ accuracy: 0.75, kept: 1, answered: 0.75, unknownRecall: 0.5 });
  });

  it('tables the topics, and what each is taken for', () => {
    expect([...comparison.confusion]).toEqual([1, 1, 0, 0, 2, 0]);
    const [fees, cards] = comparison.topics;
    expect(fees).toMatchObject({ topic: 'fees', examples: 2, precision: 1, recall: 0.5 });
    expect(fees.takenFor).toEqual({ topic: 'cards', count: 1 });
    expect(fees.change).toBeCloseTo(2 / 3 - 0.8, 10);
    expect(cards.takenFor).toBeUndefined();
  });

  it('lists the examples whose answer changed', () => {
    expect(comparison.changed).toEqual([
      { index: 1, label: 'fees', before: 'fees', after: 'cards', change: 'broken' },
      { index: 2, label: 'cards', before: 'fees', after: 'cards', change: 'fixed' },
      { index: 3, label: 'cards', before: 'cards', after: undefined, change: 'broken' },
      { index: 4, label: undefined, before: 'fees', after: undefined, change: 'fixed' },
      { index: 5, label: undefined, before: undefined, after: 'cards', change: 'broken' },
    ]);
    expect(comparison).toMatchObject({ fixed: 2, broken: 3 });
    expect(comparison.pValue).toBeCloseTo(1, 10);
  });

  it('tests accuracies, not whether a text was called unknown', () => {
    const wrong = judged([1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]);
    const right = judged([0, 0, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0]);
    // Four examples more right and none less: 2 x 0.5 ^ 4.
    expect(compareVersions(topics, labels, right, wrong).pValue).toBeCloseTo(0.125, 10);
    expect(compareVersions(topics, labels, right, right).pValue).toBe(1);
  });

  it('does without a version in use and without unknown examples', () => {
    const alone = compareVersions(topics, labels.slice(0, 4), judged([0, -1, 1, 1], [0, 0, 0, 0]));
    expect(alone.current).toBeUndefined();
    expect(alone.changed).toEqual([]);
    expect(alone.candidate).toMatchObject({ accuracy: 0.75, unknownRecall: NaN, unknownAuroc: NaN });
    expect([...alone.confusion]).toEqual([1, 0, 1, 0, 2, 0]);
  });

  it('refuses what cannot be compared', () => {
    expect(() => compareVersions(topics, labels.slice(0, 3), candidate)).toThrow(RangeError);
    expect(() =>
      compareVersions(
        topics,
        labels.map(() => -1),
        candidate,
      ),
    ).toThrow(RangeError);
  });
});

describe('signTest', () => {
  // scipy.stats.binomtest(k, n).pvalue, SciPy 1.10.1
  it.each([
    [0, 5, 0.0625],
    [3, 9, 0.14599609375],
    [40, 60, 0.0568879336],
    [5, 5, 1],
    [0, 0, 1],
  ])('%d to %d', (a, b, expected) => expect(signTest(a, b)).toBeCloseTo(expected, 8));
});

describe('judgedOf', () => {
  it('numbers topics in the order they are compared in', () => {
    const verdict = (label: string) => ({ unknown: false, score: 1, classes: [{ label, probability: 0.5 }] });
    expect([...judgedOf([verdict('cards'), verdict('gone'), verdict('fees')], topics).best]).toEqual([1, -1, 0]);
  });
});
