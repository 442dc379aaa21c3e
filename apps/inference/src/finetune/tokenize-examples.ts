import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { Refusal } from '../threads/refusal.js';
import { encodeTexts, surroundOf } from '../tokenization/encode-texts.js';
import type { TokenRows, Vocabulary } from './augmentation.js';
import type { EncoderFiles } from './embed-with.js';

export interface ExampleTokenizer {
  readonly vocabulary: Vocabulary;
  /** Ids of texts, each cut at its end. */
  encode(texts: readonly string[]): TokenRows;
}

/** Words for a hidden token, by family. */
const masks = ['[MASK]', '<mask>'];

/**
 * Opens the tokenizer of an encoder.
 * @param maxTokens what texts are cut to, special tokens included; undefined: as the encoder takes
 * @throws Refusal for "source" if it is none, or gives ids that the encoder has no row for
 */
export function openTokenizer(
  { tokenizerFile, tokenizerConfigFile, maxTokens: most, vocabularySize }: EncoderFiles,
  maxTokens = most,
): ExampleTokenizer {
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as object;
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(read(tokenizerFile), tokenizerConfigFile === undefined ? {} : read(tokenizerConfigFile));
  } catch (error) {
    throw new Refusal('source', `${tokenizerFile} is not a tokenizer: ${(error as Error).message}.`);
  }
  const surround = surroundOf(tokenizer);
  const special = new Set<number>();
  for (const [id, token] of tokenizer.get_added_tokens_decoder()) if (token.special) special.add(id);
  const mask = masks.map((word) => tokenizer.token_to_id(word)).find((id) => id !== undefined);
  if (mask !== undefined) special.add(mask);
  return {
    vocabulary: { size: vocabularySize, special, mask },
    encode: (texts) => {
      const { ids, lengths } = encodeTexts(tokenizer, texts, Math.min(maxTokens, most), surround, 'end');
      const largest = ids.reduce((max, id) => Math.max(max, id), 0);
      if (largest >= vocabularySize)
        throw new Refusal(
          'source',
          `The tokenizer gives the id ${largest}, but the encoder has ${vocabularySize} tokens: they do not belong together.`,
        );
      return { ids, lengths };
    },
  };
}
