import { checkedTags, checkedText, isId, maxTextLength } from './checked-text.js';

const refused = (field: string) => expect.objectContaining({ code: 'INVALID_INPUT', details: { field } });

describe('checkedText', () => {
  it('trims, keeps astral characters and replaces lone surrogates', () => {
    expect(checkedText('  a 🚀 b\n', 'text')).toBe('a 🚀 b');
    expect(checkedText('a\ud800b', 'text')).toBe('a\ufffdb');
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t '],
    ['a NUL', 'a\0b'],
    ['too much', 'a'.repeat(maxTextLength + 1)],
  ])('refuses %s and names the field', (_what, text) => {
    expect(() => checkedText(text, 'body')).toThrow(refused('body'));
  });

  it('takes the longest text', () =>
    expect(checkedText('a'.repeat(maxTextLength), 'text')).toHaveLength(maxTextLength));
});

describe('checkedTags', () => {
  it('keeps each tag once', () => expect(checkedTags([' a', 'b', 'a '])).toEqual(['a', 'b']));
  it('refuses empty tags and too many', () => {
    expect(() => checkedTags(['a', ' '])).toThrow(refused('tags'));
    expect(() => checkedTags(Array.from({ length: 33 }, (_, i) => `t${i}`))).toThrow(refused('tags'));
  });
});

describe('isId', () => {
  it('knows a UUID from other texts', () => {
    expect(isId('5f160b8e-9750-4251-b9c4-eb07aeb794ef')).toBe(true);
    for (const text of [
      '',
      'x',
      "' OR 1=1",
      '5f160b8e97504251b9c4eb07aeb794ef',
      '5f160b8e-9750-4251-b9c4-eb07aeb794e\0',
    ])
      expect(isId(text)).toBe(false);
  });
});
