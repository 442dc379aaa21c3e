import { Random } from '@cairn/numerics';
import fc from 'fast-check';
import golden from './golden-word-pieces.json';
import { PairHeap } from './pair-heap.js';
import { continuing, trainWordPieces, type WordPieceSettings } from './train-word-pieces.js';

const settings = (size: number): WordPieceSettings => ({ size, special: ['[UNK]'], characters: 100, leastCount: 2 });

/** The same by counting all pairs anew for each that is joined. */
function plainly(words: ReadonlyMap<string, number>, { size, leastCount }: WordPieceSettings): string[] {
  const sorted = [...words].sort(([a], [b]) => (a < b ? -1 : 1));
  const characters = [...new Set(sorted.flatMap(([word]) => [...word]))].sort();
  const tokens = ['[UNK]', ...characters];
  const add = (token: string) => (tokens.includes(token) ? tokens.indexOf(token) : tokens.push(token) - 1);
  const pieces = sorted.map(([word]) => Array.from(word, (c, i) => add(i === 0 ? c : continuing + c)));
  while (tokens.length < size) {
    const counts = new Map<string, number>();
    pieces.forEach((ids, w) =>
      ids.slice(1).forEach((id, i) => {
        const key = `${ids[i]} ${id}`;
        counts.set(key, (counts.get(key) ?? 0) + sorted[w][1]);
      }),
    );
    const all = [...counts].map(([key, count]) => ({ pair: key.split(' ').map(Number), count }));
    all.sort((x, y) => y.count - x.count || x.pair[0] - y.pair[0] || x.pair[1] - y.pair[1]);
    if (all.length === 0 || all[0].count < leastCount) break;
    const [first, second] = all[0].pair;
    const joined = add(tokens[first] + tokens[second].replace(continuing, ''));
    for (const ids of pieces)
      for (let i = 0; i + 1 < ids.length; i++) if (ids[i] === first && ids[i + 1] === second) ids.splice(i, 2, joined);
  }
  return tokens;
}

describe('trainWordPieces', () => {
  it("joins what Hugging Face's trainer joins, in its order", () => {
    const tokens = trainWordPieces(new Map(Object.entries(golden.counts)), {
      size: 90,
      special: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
      characters: 1000,
      leastCount: 2,
    });
    expect(tokens).toHaveLength(90);
    expect(tokens.slice(5, 10)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(tokens.filter((token) => token.replace(continuing, '').length > 1).slice(5)).toEqual(golden.merged);
  });

  it('joins what is most frequent when all pairs are counted anew each time', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.dictionary(word, fc.integer({ min: 1, max: 5 }), { minKeys: 1 }), (counts) => {
        const words = new Map(Object.entries(counts));
        expect(trainWordPieces(words, settings(40))).toEqual(plainly(words, settings(40)));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('does not depend on the order of the words', () => {
    const words = Object.entries(golden.counts);
    const turned = new Map([...words].reverse());
    expect(trainWordPieces(turned, settings(80))).toEqual(trainWordPieces(new Map(words), settings(80)));
  });

  it('keeps the most frequent characters, astral ones whole, and reads words without others', () => {
    const words = new Map([
      ['a🎉', 9],
      ['ba', 5],
      ['xa', 1],
    ]);
    const tokens = trainWordPieces(words, { ...settings(20), characters: 3 });
    expect(tokens).toEqual(['[UNK]', 'a', 'b', '🎉', '##🎉', '##a', 'a🎉', 'ba']);
  });

  it('says when characters alone are too many', () => {
    expect(() => trainWordPieces(new Map([['abc', 1]]), settings(3))).toThrow(/fewer characters or more tokens/);
  });
});

describe('PairHeap', () => {
  it('gives the most frequent pair first, and of equal ones the smaller key', () => {
    const random = new Random(8);
    const heap = new PairHeap();
    const pairs = Array.from({ length: 100_000 }, (_, key) => ({ count: random.below(50), key }));
    for (const { count, key } of random.shuffle([...pairs])) heap.push(count, key);
    pairs.sort((a, b) => b.count - a.count || a.key - b.key);
    expect(pairs.every(({ key }) => heap.pop()?.key === key)).toBe(true);
    expect(heap.pop()).toBeUndefined();
  });
});
