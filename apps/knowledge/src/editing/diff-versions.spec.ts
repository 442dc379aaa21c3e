import fc from 'fast-check';
import { diffContents, diffTexts } from './diff-versions.js';

const without = (kind: string, parts: ReturnType<typeof diffTexts>) =>
  parts
    .filter((part) => part.kind !== kind)
    .map(({ text }) => text)
    .join('');

describe('diffTexts', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(fc.constantFrom('the ', 'cat', '\n', ' sat', '🚀', '', '\r\n'), { maxLength: 60 })
      .map((words) => words.join('')),
  );

  it('gives both texts back, whatever they are', () =>
    fc.assert(
      fc.property(text, text, (before, after) => {
        const parts = diffTexts(before, after);
        expect(without('removed', parts)).toBe(after);
        expect(without('added', parts)).toBe(before);
      }),
    ));

  it('finds the word that changed', () => {
    expect(diffTexts('the cat sat', 'the dog sat')).toEqual([
      { kind: 'same', text: 'the ' },
      { kind: 'removed', text: 'cat' },
      { kind: 'added', text: 'dog' },
      { kind: 'same', text: ' sat' },
    ]);
  });

  it('gives up on texts that have nothing in common, and still gives both back', () => {
    const many = (word: string) => Array.from({ length: 4_000 }, (_, index) => `${word}${index}`).join('\n');
    const parts = diffTexts(many('a'), many('b'));
    expect(parts.map(({ kind }) => kind)).toEqual(['removed', 'added']);
    expect(without('removed', parts)).toBe(many('b'));
  });
});

describe('diffContents', () => {
  it('names the fields that differ, and no others', () => {
    const changed = diffContents(
      { text: 'a', tags: ['x', 'y'], state: 'draft', topicId: null },
      { text: 'a', tags: ['x'], state: 'published' },
    );
    expect(changed.map(({ name }) => name)).toEqual(['state', 'tags']);
  });
});
