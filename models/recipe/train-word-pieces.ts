/** A vocabulary of words and pieces of words, from how often words occur. */
import { PairHeap } from './pair-heap.js';

export interface WordPieceSettings {
  /** Tokens at most, special ones included; up to 65,536. */
  readonly size: number;
  /** What the vocabulary begins with, in this order. */
  readonly special: readonly string[];
  /** Characters at most: the most frequent ones; words are read without others. */
  readonly characters: number;
  /** Pieces that occur less often are not joined. */
  readonly leastCount: number;
}

/** What pieces that do not begin a word begin with. */
export const continuing = '##';

/** Pieces of all words, and which pieces stand beside each other where. */
interface Pieces {
  /** Piece of each place; those of word w are at `starts[w]` to `starts[w] + lengths[w] - 1`. */
  readonly ids: Uint16Array;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly counts: Float64Array;
}

/**
 * The vocabulary that Hugging Face's WordPieceTrainer learns: of all pieces that stand beside each other the most
 * frequent two become one, again and again (byte-pair encoding, Sennrich et al. 2016, arXiv:1508.07909, algorithm 1).
 * Of equally frequent ones those whose pieces are older; as words are read in their order, the same counts give the
 * same vocabulary, which the trainer there does not promise.
 * @param words counts of words, whole numbers
 * @returns tokens by id
 */
export function trainWordPieces(words: ReadonlyMap<string, number>, settings: WordPieceSettings): string[] {
  const tokens = [...settings.special];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const idOf = (token: string): number => {
    const known = ids.get(token);
    if (known !== undefined) return known;
    ids.set(token, tokens.length);
    return tokens.push(token) - 1;
  };
  for (const character of frequentCharacters(words, settings.characters)) idOf(character);
  const pieces = takeApart(words, ids, idOf);
  if (tokens.length > settings.size)
    throw new RangeError(
      `The characters alone are ${tokens.length} tokens, more than ${settings.size}: take fewer characters or more tokens.`,
    );
  const pairs = new Pairs(pieces);
  while (tokens.length < settings.size) {
    const found = pairs.mostFrequent();
    if (found === undefined || found.count < settings.leastCount) break;
    const second = tokens[found.second];
    const joined = tokens[found.first] + (second.startsWith(continuing) ? second.slice(continuing.length) : second);
    pairs.join(found.first, found.second, idOf(joined));
  }
  return tokens;
}

/** By code point. */
function frequentCharacters(words: ReadonlyMap<string, number>, most: number): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words)
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  const order = (a: string, b: string) => a.codePointAt(0)! - b.codePointAt(0)!;
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || order(a, b))
    .slice(0, most)
    .map(([character]) => character)
    .sort(order);
}

function takeApart(words: ReadonlyMap<string, number>, ids: ReadonlyMap<string, number>, idOf: (t: string) => number) {
  const sorted = [...words.keys()].sort();
  const starts = new Int32Array(sorted.length);
  const lengths = new Int32Array(sorted.length);
  let places = new Uint16Array(1 << 20);
  let end = 0;
  sorted.forEach((word, w) => {
    starts[w] = end;
    if (end + word.length > places.length) {
      const larger = new Uint16Array(2 * places.length + word.length);
      larger.set(places);
      places = larger;
    }
    let isFirst = true;
    for (const character of word) {
      if (ids.has(character)) places[end++] = idOf(isFirst ? character : continuing + character);
      isFirst = false;
    }
    lengths[w] = end - starts[w];
  });
  return { ids: places, starts, lengths, counts: Float64Array.from(sorted, (word) => words.get(word)!) };
}

const keyOf = (first: number, second: number): number => first * 65_536 + second;

/** Pieces that stand beside each other, by how often they do. */
class Pairs {
  private readonly counts = new Map<number, number>();
  /** Words that a pair is or was in. */
  private readonly places = new Map<number, number[]>();
  private readonly heap = new PairHeap();
  /** Pair that a word was last joined for. */
  private readonly seen: Int32Array;
  private joins = 0;

  constructor(private readonly pieces: Pieces) {
    const { ids, starts, lengths, counts } = pieces;
    this.seen = new Int32Array(starts.length);
    for (let w = 0; w < starts.length; w++)
      for (let at = starts[w]; at + 1 < starts[w] + lengths[w]; at++)
        this.change(keyOf(ids[at], ids[at + 1]), counts[w], w);
    for (const [key, count] of this.counts) this.heap.push(count, key);
  }

  mostFrequent(): { first: number; second: number; count: number } | undefined {
    for (;;) {
      const top = this.heap.pop();
      if (top === undefined) return undefined;
      const count = this.counts.get(top.key) ?? 0;
      // It has become rarer since: its turn comes later.
      if (count < top.count) {
        if (count > 0) this.heap.push(count, top.key);
        continue;
      }
      return { first: Math.floor(top.key / 65_536), second: top.key % 65_536, count };
    }
  }

  /** Makes one piece of two wherever they stand beside each other, from left to right. */
  join(first: number, second: number, joined: number): void {
    const { ids, starts, lengths, counts } = this.pieces;
    const key = keyOf(first, second);
    const words = this.places.get(key)!;
    this.places.delete(key);
    this.joins++;
    const grown = new Set<number>();
    const more = (a: number, b: number, w: number) => {
      this.change(keyOf(a, b), counts[w], w);
      grown.add(keyOf(a, b));
    };
    const fewer = (a: number, b: number, w: number) =>
      this.counts.set(keyOf(a, b), this.counts.get(keyOf(a, b))! - counts[w]);
    for (const w of words) {
      if (this.seen[w] === this.joins) continue;
      this.seen[w] = this.joins;
      const from = starts[w];
      const end = from + lengths[w];
      let to = from;
      for (let at = from; at < end; at++) {
        if (at + 1 >= end || ids[at] !== first || ids[at + 1] !== second) {
          ids[to++] = ids[at];
          continue;
        }
        if (to > from) {
          fewer(ids[to - 1], first, w);
          more(ids[to - 1], joined, w);
        }
        if (at + 2 < end) {
          fewer(second, ids[at + 2], w);
          more(joined, ids[at + 2], w);
        }
        ids[to++] = joined;
        at++;
      }
      lengths[w] = to - from;
    }
    this.counts.delete(key);
    for (const changed of grown) {
      const count = this.counts.get(changed) ?? 0;
      if (count > 0) this.heap.push(count, changed);
    }
  }

  private change(key: number, by: number, word: number): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
    const words = this.places.get(key);
    if (words === undefined) this.places.set(key, [word]);
    else if (words.at(-1) !== word) words.push(word);
  }
}
