import { searchedWords } from './full-text.js';

describe('searchedWords', () => {
  it('keeps a question as it is', () => expect(searchedWords('How do I  "top up"?')).toBe('How do I "top up"?'));
  it('keeps 48 words and 1,000 characters of a long text', () => {
    expect(searchedWords('word '.repeat(6_000)).split(' ')).toHaveLength(48);
    expect(searchedWords('x'.repeat(32_768))).toHaveLength(1_000);
  });
});
