import fc from 'fast-check';
import { distinctSlugs, slugOf } from './slug.js';

describe('slugOf', () => {
  it.each([
    ['What is GPT-3?', 'what-is-gpt-3'],
    ['  Café   crème ', 'cafe-creme'],
    ["Can't I?", 'cant-i'],
    ['card_arrival', 'card-arrival'],
    ['宇宙とは', 'question'],
    ['🚀', 'question'],
    ['', 'question'],
  ])('%j is %j', (text, slug) => expect(slugOf(text, 'question')).toBe(slug));

  it('cuts between words at 80 characters, and in a word that is longer', () => {
    expect(slugOf('abcdefghi '.repeat(20), 'q')).toBe(Array(8).fill('abcdefghi').join('-'));
    expect(slugOf('a'.repeat(500), 'q')).toBe('a'.repeat(80));
  });

  it('is a slug whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const slug = slugOf(text, 'q');
        expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(slug.length).toBeLessThanOrEqual(80);
        expect(slugOf(slug, 'q')).toBe(slug);
      }),
      { seed: 1 },
    );
  });
});

describe('distinctSlugs', () => {
  const never = () => {
    throw new Error('not expected');
  };

  it('numbers what is taken, in the store and in the batch', () => {
    const taken = new Set(['a', 'a-2']);
    expect(distinctSlugs(['a', 'b', 'a', 'b', 'b-2'], taken, never)).toEqual(['a-3', 'b', 'a-4', 'b-2', 'b-2-2']);
    expect(taken.has('b-2-2')).toBe(true);
  });

  it('ends in the random ending after the twentieth', () => {
    const slugs = distinctSlugs(Array<string>(21).fill('a'), new Set(), () => 'x7');
    expect(slugs.slice(19)).toEqual(['a-20', 'a-x7']);
    expect(new Set(slugs).size).toBe(21);
  });
});
