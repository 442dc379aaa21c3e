import fc from 'fast-check';
import { corrected, editsBetween } from './typed-words.js';

describe('editsBetween', () => {
  it.each([
    ['', '', 0],
    ['card', 'card', 0],
    ['recieve', 'receive', 1],
    ['pascode', 'passcode', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
    ['', 'abc', 3],
  ])('%p and %p: %i', (a, b, edits) => expect(editsBetween(a, b)).toBe(edits));

  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  it('is symmetric, zero for equal words only, and at most the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const edits = editsBetween(a, b);
        expect(editsBetween(b, a)).toBe(edits);
        expect(edits === 0).toBe(a === b);
        expect(edits).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(edits).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });

  it('is at most the number of edits that were made', () => {
    const edit = fc.record({
      at: fc.nat(20),
      kind: fc.constantFrom('insert', 'delete', 'replace'),
      letter: fc.constantFrom('x', 'y'),
    });
    fc.assert(
      fc.property(word, fc.array(edit, { maxLength: 4 }), (start, edits) => {
        let end = start;
        for (const { at, kind, letter } of edits) {
          const place = at % (end.length + 1);
          const keep = kind === 'insert' ? place : place + 1;
          end = end.slice(0, place) + (kind === 'delete' ? '' : letter) + end.slice(keep);
        }
        expect(editsBetween(start, end)).toBeLessThanOrEqual(edits.length);
      }),
    );
  });
});

describe('corrected', () => {
  it('replaces whole words, whatever their case, and leaves everything else', () => {
    const corrections = [{ word: 'recieve', used: 'receive' }];
    expect(corrected('"Recieve" -recieve, recieved?', corrections)).toBe('"receive" -receive, recieved?');
  });
});
