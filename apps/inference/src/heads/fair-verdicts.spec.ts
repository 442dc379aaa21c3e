import { copyRecorded, emptyJudged, standingsOf } from './fair-verdicts.js';
import { hashRecord, packRecord, recordOf, unpackRecord } from './training-record.js';

const keys = Float64Array.of(5, 6, 7, 7, 2 ** 52 - 1);
const labels = Int32Array.of(0, 1, 0, 1, 1);
const verdict = (index: number, logits: number[], score: number) => ({
  ...{ index, score },
  logits: Float64Array.from(logits),
});
const record = recordOf(
  { keys, labels },
  [verdict(1, [Math.log(3), 0], 0.2), verdict(2, [0, 1], 0.9), verdict(4, [0, 2], 0.6)],
  [1, 2, 1],
  0.5,
);

describe('recordOf', () => {
  it('says what was held out, and what was said of it at its own temperature', () => {
    expect([...record.best]).toEqual([-1, 0, 1, -1, 1]);
    expect([...record.unknown]).toEqual([0, 1, 0, 0, 0]);
    expect(record.confidence[1]).toBeCloseTo(0.75, 6);
    expect(record.confidence[2]).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 6);
  });

  it('is the same after it was stored; what was cut short is refused', () => {
    const bytes = packRecord(record);
    expect(unpackRecord(bytes)).toEqual(record);
    expect(() => unpackRecord(bytes.subarray(1))).toThrow('124 bytes');
  });

  it('is known by its examples, in whatever order, and their classes', () => {
    const turned = { ...record, keys: keys.slice().reverse(), labels: labels.slice().reverse() };
    expect(hashRecord(turned, ['a', 'b'])).toBe(hashRecord(record, ['a', 'b']));
    expect(hashRecord(record, ['a', 'c'])).not.toBe(hashRecord(record, ['a', 'b']));
  });
});

describe('standingsOf', () => {
  const standing = standingsOf(record, new Set([6, 90]));

  it.each([
    [5, { kind: 'learned' }],
    [6, { kind: 'held out', at: 1 }],
    // The text is there twice, and one of the two was learned from.
    [7, { kind: 'learned' }],
    [2 ** 52 - 1, { kind: 'held out', at: 4 }],
    [89, { kind: 'unseen' }],
    // The head never saw it, but its encoder did.
    [90, { kind: 'learned' }],
  ])('of the text %d', (key, expected) => expect(standing(key)).toEqual(expected));
});

describe('copyRecorded', () => {
  it('numbers classes as they are compared', () => {
    const judged = emptyJudged(2);
    copyRecorded(record, 1, [3, 9], judged, 1);
    expect([...judged.best]).toEqual([-1, 3]);
    expect([...judged.unknown]).toEqual([0, 1]);
    expect(judged.score[1]).toBeCloseTo(0.2, 6);
  });
});
