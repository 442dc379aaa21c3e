import type { Tokenizer } from '@huggingface/tokenizers';

/** Token ids of some texts, one after the other. */
export interface TokenizedTexts {
  /** Ids of all texts, `sum(lengths)` of them. */
  readonly ids: Int32Array;
  /** Ids each text has in `ids`, after the cut. */
  readonly lengths: Int32Array;
  /** Tokens each text has, special tokens included, before the cut. */
  readonly tokens: Int32Array;
}

/** Which end of a long text goes. */
export type Cut = 'start' | 'end';

/** Special tokens that the tokenizer puts around a text: 1 ([CLS]) and 1 ([SEP]) for BERT. */
export interface Surround {
  readonly before: number;
  readonly after: number;
}

export function surroundOf(tokenizer: Tokenizer): Surround {
  const bare = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const full = tokenizer.encode('a').ids;
  const before = full.indexOf(bare[0]);
  return before < 0 ? { before: 0, after: 0 } : { before, after: full.length - before - bare.length };
}

/**
 * Cuts the tokens of a text, not the special ones around them: a cut text still begins with [CLS] and ends with [SEP].
 * @param ids all ids of a text, special tokens included
 * @param maxTokens how many to keep
 * @param cut which end goes
 */
export function cutTokens<T>(
  ids: readonly T[],
  maxTokens: number,
  { before, after }: Surround,
  cut: Cut,
): readonly T[] {
  if (ids.length <= maxTokens) return ids;
  const room = Math.max(0, maxTokens - before - after);
  const end = ids.length - after;
  const from = cut === 'end' ? before : end - room;
  return [...ids.slice(0, before), ...ids.slice(from, from + room), ...ids.slice(end)];
}

/** Texts as ids, each cut to `maxTokens`. */
export function encodeTexts(
  tokenizer: Tokenizer,
  texts: readonly string[],
  maxTokens: number,
  surround: Surround,
  cut: Cut,
): TokenizedTexts {
  const kept: (readonly number[])[] = [];
  const lengths = new Int32Array(texts.length);
  const tokens = new Int32Array(texts.length);
  let total = 0;
  for (let i = 0; i < texts.length; i++) {
    const all: number[] = tokenizer.encode(texts[i]).ids;
    const within = cutTokens(all, maxTokens, surround, cut);
    kept.push(within);
    tokens[i] = all.length;
    lengths[i] = within.length;
    total += within.length;
  }
  const ids = new Int32Array(total);
  let at = 0;
  for (const within of kept) {
    ids.set(within, at);
    at += within.length;
  }
  return { ids, lengths, tokens };
}
