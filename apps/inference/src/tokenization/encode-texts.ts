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

/** Number of special tokens that the tokenizer puts behind a text: 1 ([SEP]) for BERT. */
export function specialSuffixLength(tokenizer: Tokenizer): number {
  const bare = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const full = tokenizer.encode('a').ids;
  const last = full.lastIndexOf(bare[bare.length - 1]);
  return last < 0 ? 0 : full.length - 1 - last;
}

/**
 * Keeps the first tokens and the special ones at the end, so that a cut text still ends with [SEP].
 * @param ids all ids of a text, special tokens included
 * @param maxTokens how many to keep
 * @param suffix how many of them are special tokens at the end
 */
export function cutTokens<T>(ids: readonly T[], maxTokens: number, suffix: number): readonly T[] {
  if (ids.length <= maxTokens) return ids;
  return [...ids.slice(0, maxTokens - suffix), ...ids.slice(ids.length - suffix)];
}

/** Texts as ids, each cut to `maxTokens`. */
export function encodeTexts(
  tokenizer: Tokenizer,
  texts: readonly string[],
  maxTokens: number,
  suffix: number,
): TokenizedTexts {
  const kept: (readonly number[])[] = [];
  const lengths = new Int32Array(texts.length);
  const tokens = new Int32Array(texts.length);
  let total = 0;
  for (let i = 0; i < texts.length; i++) {
    const ids: number[] = tokenizer.encode(texts[i]).ids;
    const cut = cutTokens(ids, maxTokens, suffix);
    kept.push(cut);
    tokens[i] = ids.length;
    lengths[i] = cut.length;
    total += cut.length;
  }
  const ids = new Int32Array(total);
  let at = 0;
  for (const cut of kept) {
    ids.set(cut, at);
    at += cut.length;
  }
  return { ids, lengths, tokens };
}
