import { Random } from '@cairn/numerics';
import {
  eraseTokens,
  maskTokens,
  membersOfClasses,
  notMasked,
  partners,
  takeTokens,
  startsOf,
  type Vocabulary,
} from './augmentation.js';

const cls = 1;
const sep = 2;
const mask = 3;
const vocabulary: Vocabulary = { size: 1000, special: new Set([0, cls, sep, mask]), mask };

/** Texts of `words` words each, between [CLS] and [SEP]. */
function texts(count: number, words: number) {
  const random = new Random(5);
  const row = () => [cls, ...Array.from({ length: words }, () => 4 + random.below(996)), sep];
  return {
    ids: Int32Array.from(Array.from({ length: count }, row).flat()),
    lengths: new Int32Array(count).fill(words + 2),
  };
}

describe('eraseTokens', () => {
  it('erases about the share, never special tokens, and is decided by the seed', () => {
    const given = texts(400, 20);
    const erased = eraseTokens(given, 0.2, vocabulary, new Random(1));
    expect(erased.ids.length).toBe(erased.lengths.reduce((sum, length) => sum + length, 0));
    expect(erased.ids.filter((id) => id === cls || id === sep)).toHaveLength(800);
    const share = 1 - (erased.ids.length - 800) / (400 * 20);
    expect(Math.abs(share - 0.2)).toBeLessThan(0.02);
    expect(eraseTokens(given, 0.2, vocabulary, new Random(1))).toEqual(erased);
    expect(eraseTokens(given, 0.2, vocabulary, new Random(2))).not.toEqual(erased);
  });

  it('leaves a word of every text, and texts without words as they are', () => {
    const given = { ids: Int32Array.of(cls, 7, sep, cls, sep, cls, 8, 9, sep), lengths: Int32Array.of(3, 2, 4) };
    const { lengths } = eraseTokens(given, 0.999999, vocabulary, new Random(1));
    expect([...lengths]).toEqual([3, 2, 3]);
  });
});

describe('maskTokens', () => {
  it('hides 15 % of the words: 80 % masked, 10 % another, 10 % the same; labels say what they were', () => {
    const given = texts(2000, 20);
    const { ids, labels, lengths } = maskTokens(given, 0.15, vocabulary, new Random(1));
    expect(lengths).toEqual(given.lengths);
    let chosen = 0;
    let masked = 0;
    let same = 0;
    given.ids.forEach((id, at) => {
      if (labels[at] === notMasked) return expect(ids[at]).toBe(id);
      chosen++;
      expect(labels[at]).toBe(id);
      expect(vocabulary.special.has(id)).toBe(false);
      if (ids[at] === mask) masked++;
      if (ids[at] === id) same++;
    });
    // A text of which no word was drawn gets one all the same: 0.85^20 of the texts, one word of twenty.
    expect(Math.abs(chosen / 40_000 - 0.15 - 0.85 ** 20 / 20)).toBeLessThan(0.006);
    expect(Math.abs(masked / chosen - 0.8)).toBeLessThan(0.02);
    expect(Math.abs(same / chosen - 0.1)).toBeLessThan(0.02);
  });

  it('is decided by the seed, and needs a [MASK]', () => {
    const given = texts(3, 10);
    expect(maskTokens(given, 0.15, vocabulary, new Random(4))).toEqual(
      maskTokens(given, 0.15, vocabulary, new Random(4)),
    );
    expect(() => maskTokens(given, 0.15, { ...vocabulary, mask: undefined }, new Random(4))).toThrow(/no token/);
  });
});

describe('partners', () => {
  it('gives another of the same class, or the example itself if it is alone', () => {
    const labels = Int32Array.of(0, 1, 0, 2, 1, 1);
    const among = Int32Array.of(5, 0, 2, 3, 1);
    const members = membersOfClasses(labels, Int32Array.of(5, 0, 2, 3, 1));
    const found = partners(members, labels, among, new Random(3));
    among.forEach((index, i) => {
      expect(labels[found[i]]).toBe(labels[index]);
      expect(among).toContain(found[i]);
      expect(found[i] === index).toBe(index === 3);
    });
  });
});

describe('takeTokens', () => {
  it('gives the ids of chosen texts', () => {
    const given = { ids: Int32Array.of(1, 2, 3, 4, 5, 6), lengths: Int32Array.of(1, 2, 3) };
    const { ids, lengths } = takeTokens(given, startsOf(given.lengths), [2, 0]);
    expect([...ids]).toEqual([4, 5, 6, 1]);
    expect([...lengths]).toEqual([3, 1]);
  });
});
