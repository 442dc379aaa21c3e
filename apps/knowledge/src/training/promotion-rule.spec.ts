import { shouldPromote } from './promotion-rule.js';

const inUse = { encoder: 1, topics: ['a', 'b'], accuracy: 0.9 };

describe('shouldPromote', () => {
  it.each([
    ['the first head', { ...inUse, accuracy: 0 }, undefined, true],
    ['a better head', { ...inUse, accuracy: 0.91 }, inUse, true],
    ['an equal head', { ...inUse, topics: ['b', 'a'] }, inUse, true],
    ['a worse head', { ...inUse, accuracy: 0.89 }, inUse, false],
    ['a worse head with a new topic', { ...inUse, topics: ['a', 'b', 'c'], accuracy: 0.5 }, inUse, true],
    ['a worse head without an archived topic', { ...inUse, topics: ['a'], accuracy: 0.5 }, inUse, true],
    ['a worse head with one topic exchanged', { ...inUse, topics: ['a', 'c'], accuracy: 0.5 }, inUse, true],
    ['a worse head for another encoder', { ...inUse, encoder: 2, accuracy: 0.5 }, inUse, true],
  ])('%s', (_what, candidate, current, expected) => {
    expect(shouldPromote(candidate, current)).toBe(expected);
  });
});
