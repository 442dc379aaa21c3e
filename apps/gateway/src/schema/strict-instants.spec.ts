import { instantOf } from './strict-instants.js';

describe('a time in a request', () => {
  it.each([
    ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31T09:30:00.5+02:00', '2026-01-31T07:30:00.500Z'],
    ['2026-01-31T09:30Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ])('%s is read', (text, expected) => {
    expect(instantOf(text).toISOString()).toBe(expected);
  });

  it.each([
    'soon',
    '',
    '2026-13-01T00:00:00Z',
    '2026-01-31T09:30:00',
    '+275760-09-13T00:00:01Z',
    '1',
    0,
    null,
    true,
    {},
  ])('%p is refused', (value) => {
    expect(() => instantOf(value)).toThrow('Give a time');
  });
});
