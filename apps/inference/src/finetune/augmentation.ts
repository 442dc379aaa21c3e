/**
 * What is done to token ids before a text is trained on. Everything is drawn from the generator that is given; a trainer
 * makes one of seed, epoch and batch, so that a training that goes on draws the same.
 */
import { type Random } from '@cairn/numerics';

/** Ids of some texts, one after the other, special tokens included. */
export interface TokenRows {
  readonly ids: Int32Array;
  /** `[count]`, ids of each text. */
  readonly lengths: Int32Array;
}

/** What the tokenizer puts around a text, and the ids that may be drawn. */
export interface Vocabulary {
  /** Ids below it have a row in the encoder. */
  readonly size: number;
  /** Ids that are no words: [CLS], [SEP], [PAD], [MASK], [UNK]. Never erased, masked or drawn. */
  readonly special: ReadonlySet<number>;
  /** Stands for a hidden token; undefined where the tokenizer has none. */
  readonly mask: number | undefined;
}

/** Ids of the texts at `indices`, in their order. */
export function takeTokens({ ids, lengths }: TokenRows, starts: Int32Array, indices: ArrayLike<number>): TokenRows {
  const taken = Int32Array.from({ length: indices.length }, (_, i) => lengths[indices[i]]);
  const joined = new Int32Array(taken.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (let i = 0; i < indices.length; i++) {
    const from = starts[indices[i]];
    joined.set(ids.subarray(from, from + taken[i]), at);
    at += taken[i];
  }
  return { ids: joined, lengths: taken };
}

/** `[count + 1]`, where each text begins, and the end. */
export function startsOf(lengths: Int32Array): Int32Array {
  const starts = new Int32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) starts[i + 1] = starts[i] + lengths[i];
  return starts;
}

/** The rows of `a`, then those of `b`. */
export function joinTokens(a: TokenRows, b: TokenRows): TokenRows {
  const join = (x: Int32Array, y: Int32Array) => {
    const joined = new Int32Array(x.length + y.length);
    joined.set(x);
    joined.set(y, x.length);
    return joined;
  };
  return { ids: join(a.ids, b.ids), lengths: join(a.lengths, b.lengths) };
}

/**
 * Erases each token with a probability (random deletion of Wei and Zou 2019, arXiv:1901.11196). Special tokens stay, and
 * of every text at least one other.
 * @param share probability, 0 to below 1
 */
export function eraseTokens(rows: TokenRows, share: number, { special }: Vocabulary, random: Random): TokenRows {
  const ids = new Int32Array(rows.ids.length);
  const lengths = new Int32Array(rows.lengths.length);
  let from = 0;
  let to = 0;
  for (let text = 0; text < lengths.length; text++) {
    const end = from + rows.lengths[text];
    const spared = spareOne(rows.ids, from, end, special, random);
    const begin = to;
    for (let at = from; at < end; at++) {
      const isWord = !special.has(rows.ids[at]);
      // Drawn for every word, so that what is erased does not depend on which one is spared.
      const erased = isWord && random.uniform() < share && at !== spared;
      if (!erased) ids[to++] = rows.ids[at];
    }
    lengths[text] = to - begin;
    from = end;
  }
  return { ids: ids.slice(0, to), lengths };
}

/** Label of a token whose word is not to be guessed. */
export const notMasked = -100;

/** Texts with words hidden, and what they were. */
export interface MaskedTokens extends TokenRows {
  /** For each id the one to guess, or `notMasked`. */
  readonly labels: Int32Array;
}

/**
 * Hides words for masked-language-model training (Devlin et al. 2019, arXiv:1810.04805, 3.1): each word is chosen with a
 * probability, at least one of every text; of the chosen, 80 % become [MASK], 10 % a random word and 10 % stay.
 * @param share probability, as a rule 0.15
 * @throws RangeError if the vocabulary has no [MASK]
 */
export function maskTokens(rows: TokenRows, share: number, vocabulary: Vocabulary, random: Random): MaskedTokens {
  const { special, mask } = vocabulary;
  if (mask === undefined) throw new RangeError('The tokenizer has no token that stands for a hidden one ([MASK]).');
  const ids = Int32Array.from(rows.ids);
  const labels = new Int32Array(ids.length).fill(notMasked);
  let from = 0;
  for (const length of rows.lengths) {
    const end = from + length;
    let chosen = 0;
    for (let at = from; at < end; at++)
      if (!special.has(rows.ids[at]) && random.uniform() < share) {
        labels[at] = rows.ids[at];
        chosen++;
      }
    const spare = chosen > 0 ? -1 : spareOne(rows.ids, from, end, special, random);
    if (spare >= 0) labels[spare] = rows.ids[spare];
    for (let at = from; at < end; at++) {
      if (labels[at] === notMasked) continue;
      const fate = random.uniform();
      if (fate < 0.8) ids[at] = mask;
      else if (fate < 0.9) ids[at] = randomWord(vocabulary, random);
    }
    from = end;
  }
  return { ids, lengths: rows.lengths, labels };
}

/** Position of one word of a text, each equally likely; -1 if it has none. */
function spareOne(ids: Int32Array, from: number, end: number, special: ReadonlySet<number>, random: Random): number {
  let words = 0;
  for (let at = from; at < end; at++) if (!special.has(ids[at])) words++;
  if (words === 0) return -1;
  let left = random.below(words);
  for (let at = from; ; at++) if (!special.has(ids[at]) && left-- === 0) return at;
}

function randomWord({ size, special }: Vocabulary, random: Random): number {
  for (;;) {
    const id = random.below(size);
    if (!special.has(id)) return id;
  }
}

/** Members of each class, `[classes]`, among some examples. */
export function membersOfClasses(labels: Int32Array, among: Int32Array): number[][] {
  const members: number[][] = [];
  for (const index of among) (members[labels[index]] ??= []).push(index);
  return members;
}

/**
 * A partner of the same class for each example, for contrastive training; an example that is alone in its class is its own
 * partner, as a dropout view (SimCSE; Gao et al. 2021, arXiv:2104.08821).
 * @param members as membersOfClasses gives them; the examples are among them
 */
export function partners(
  members: readonly number[][],
  labels: Int32Array,
  indices: Int32Array,
  random: Random,
): Int32Array {
  return indices.map((index) => {
    const same = members[labels[index]];
    if (same.length === 1) return index;
    const other = same[random.below(same.length - 1)];
    return other === index ? same[same.length - 1] : other;
  });
}
