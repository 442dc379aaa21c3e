/** The thread that tokenizes: JavaScript tokenization is synchronous and would block the event loop. */
import { readFileSync } from 'node:fs';
import { Refusal } from '../threads/refusal.js';
import { Tokenizer } from '@huggingface/tokenizers';
import { serveRequests } from '../threads/serve-requests.js';
import { cutTokens, encodeTexts, surroundOf, type Cut, type TokenizedTexts } from './encode-texts.js';

export interface TokenizerData {
  readonly tokenizerFile: string;
  /** tokenizer_config.json; absent in some exports. */
  readonly configFile: string | undefined;
  /** Tokens the encoder takes, special tokens included. */
  readonly maxTokens: number;
}

/** `ids` for the encoder, or `encodings` for people, with the tokens as text. */
export interface TokenizerRequest {
  readonly want: 'ids' | 'encodings';
  readonly texts: readonly string[];
  /** Which end of a long text goes. */
  readonly cut: Cut;
}

export interface TextEncoding {
  readonly inputIds: number[];
  readonly tokens: string[];
  readonly truncated: boolean;
}

export type TokenizerAnswer =
  ({ readonly want: 'ids' } & TokenizedTexts) | { readonly want: 'encodings'; readonly encodings: TextEncoding[] };

export interface TokenizerInfo {
  /** Ids run from 0 to below this. */
  readonly vocabularySize: number;
}

function loadTokenizer({ tokenizerFile, configFile }: TokenizerData): Tokenizer {
  const read = (file: string): object => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as object;
    } catch (error) {
      throw new Refusal('source', `${file} cannot be read: ${(error as Error).message}.`);
    }
  };
  const definition = read(tokenizerFile);
  const config = configFile === undefined ? {} : read(configFile);
  try {
    return new Tokenizer(definition, config);
  } catch (error) {
    throw new Refusal('source', `${tokenizerFile} is not a tokenizer: ${(error as Error).message}.`);
  }
}

void serveRequests<TokenizerData, TokenizerRequest, TokenizerAnswer, TokenizerInfo>(async (data) => {
  const tokenizer = loadTokenizer(data);
  const surround = surroundOf(tokenizer);
  let largest = -1;
  for (const id of tokenizer.get_vocab().values()) largest = Math.max(largest, id);
  const encoding = (text: string, cut: Cut): TextEncoding => {
    const { ids, tokens }: { ids: number[]; tokens: string[] } = tokenizer.encode(text);
    return {
      inputIds: [...cutTokens(ids, data.maxTokens, surround, cut)],
      tokens: [...cutTokens(tokens, data.maxTokens, surround, cut)],
      truncated: ids.length > data.maxTokens,
    };
  };
  return {
    info: { vocabularySize: largest + 1 },
    handle: ({ want, texts, cut }) => {
      if (want === 'encodings') return { answer: { want, encodings: texts.map((text) => encoding(text, cut)) } };
      const answer = { want, ...encodeTexts(tokenizer, texts, data.maxTokens, surround, cut) };
      const { ids, lengths, tokens } = answer;
      return { answer, transfer: [ids.buffer, lengths.buffer, tokens.buffer] as ArrayBuffer[] };
    },
  };
});
