import { decidePromotion, type Decided, type PromotionRule } from './promotion-rule.js';

const off: PromotionRule = { enabled: false, minAccuracyGain: 0.01, maxPValue: 0.05, maxEce: 0.05 };
const on = { ...off, enabled: true };
const head = { topics: ['a', 'b'], accuracy: 0.9 };
const version = (accuracy: number, ece = 0.02) => ({
  ...{ headId: '', accuracy, ece, macroF1: accuracy, kept: 1, answered: accuracy },
  leftOut: undefined,
});
const figures = (accuracy: number, against: number, pValue = 0.01, ece = 0.02) => ({
  ...{ head: version(accuracy, ece), against: version(against), pValue, examples: 200 },
});
const decide = (change: Partial<Decided>) =>
  decidePromotion({
    ...{ candidate: head, inUse: head, isObsolete: false, figures: undefined, asked: true, rule: off },
    ...change,
  });

describe('decidePromotion of a training that was asked to', () => {
  it.each<[string, Partial<Decided>, boolean, string]>([
    ['the first head', { inUse: undefined }, true, 'no head was in use'],
    [
      'a head, the one in use being of another encoder',
      { isObsolete: true, candidate: { ...head, accuracy: 0 } },
      true,
      'not in use any more',
    ],
    ['a better head', { figures: figures(0.91, 0.9) }, true, '91.0 % of 200 labels'],
    ['an equal head', { figures: figures(0.9, 0.9) }, true, '90.0 %'],
    [
      'a worse head, whatever its own held-out part says',
      { figures: figures(0.89, 0.9), candidate: { ...head, accuracy: 1 } },
      false,
      '89.0 %',
    ],
    ['an equal head where nothing can be compared', {}, true, 'of its own'],
    ['a worse head where nothing can be compared', { candidate: { ...head, accuracy: 0.89 } }, false, 'of its own'],
    ['a worse head with a topic more', { candidate: { topics: ['a', 'b', 'c'], accuracy: 0.1 } }, true, '1 more'],
    ['a worse head with a topic fewer', { candidate: { topics: ['a'], accuracy: 0.1 } }, true, '1 fewer'],
    [
      'a worse head with a topic exchanged',
      { candidate: { topics: ['a', 'c'], accuracy: 0.1 } },
      true,
      '1 more and 1 fewer',
    ],
  ])('%s', (_what, change, promote, reason) => {
    expect(decide(change)).toEqual({ promote, cause: 'training', reason: expect.stringContaining(reason) });
  });
});

describe('decidePromotion of a training that nobody asked', () => {
  it('leaves the head a candidate while there is no rule', () => {
    const better = decide({ asked: false, figures: figures(1, 0.5) });
    expect(better).toEqual({ promote: false, cause: 'training', reason: 'nobody asked for it' });
  });

  it.each<[string, Partial<Decided>, boolean, string]>([
    ['all of it holds', { figures: figures(0.91, 0.9) }, true, 'holds: accuracy gain 1.0 points'],
    ['the gain is too small', { figures: figures(0.905, 0.9) }, false, 'accuracy gain 0.5 points, at least 1.0'],
    ['it may be chance', { figures: figures(0.92, 0.9, 0.2) }, false, 'McNemar p 0.200, at most 0.05'],
    ['it is badly calibrated', { figures: figures(0.92, 0.9, 0.01, 0.08) }, false, 'calibration error 8.0 %'],
    ['nothing can be compared', {}, false, 'there are none'],
    ['nothing is in use', { inUse: undefined }, true, 'no head was in use'],
    ['the one in use cannot answer', { isObsolete: true }, true, 'not in use any more'],
    [
      'topics differ, and it is no better',
      { candidate: { ...head, topics: ['c'] }, figures: figures(0.9, 0.9) },
      false,
      'does not hold',
    ],
  ])('follows the rule: %s', (_what, change, promote, reason) => {
    const decision = decide({ ...change, asked: false, rule: on });
    expect(decision).toEqual({ promote, cause: 'rule', reason: expect.stringContaining(reason) });
  });

  it('tells the wish that failed before the rule that did', () => {
    expect(decide({ figures: figures(0.89, 0.9), rule: on })).toMatchObject({ promote: false, cause: 'training' });
  });
});
