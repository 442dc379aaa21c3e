/** The stage before all others: an uncased WordPiece vocabulary of the texts that are trained on. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { EvaluationTexts } from './evaluation-texts.js';
import { rateOf } from './pair-batches.js';
import { otherTokenizer } from './prepare.js';
import { readCorpus, readParaphrases } from './read-corpus.js';
import { continuing, trainWordPieces } from './train-word-pieces.js';

export interface TokenizerSettings {
  /** Tokens, special ones included. */
  readonly size: number;
  readonly seed: number;
}

/** In the order of their ids, which the other stages know: see `special` in pair-batches.ts. */
const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;
/** Each is two tokens, as a word and within one: many would leave little for words. */
const characters = 200;
/** Longer words are [UNK]. */
const longestWord = 100;
/** Share that paraphrases have among all texts, as in the batches of later stages. */
const paraphraseShare = 0.35;
/** Counts are whole numbers, so that what is added and taken away again is exactly what it was. */
const countsPerText = 1000;

/**
 * Learns the vocabulary of a corpus, in which sources count as they do in batches: real questions and paraphrases more
 * than manuals. What an earlier run has made is kept.
 * @returns tokenizer.json, with its other files beside it
 */
export function tokenizerStage(
  folders: { readonly corpus: string; readonly paraphrases: string; readonly bench: string },
  work: string,
  settings: TokenizerSettings,
  say: (text: string) => void,
): string {
  const folder = join(work, `tokenizer-${settings.size}-${settings.seed}`);
  const file = join(folder, 'tokenizer.json');
  if (existsSync(file)) return file;
  if (existsSync(join(work, 'texts/meta.json'))) throw otherTokenizer(work);
  const held = EvaluationTexts.read(folders.bench);
  const isHeld = (text: string) => held.nearness(text) !== undefined;
  const words = new WordCounts();
  let mass = 0;
  for (const { name, pairs } of readCorpus(folders.corpus, settings.seed, isHeld)) {
    const rate = rateOf(name, pairs.length);
    mass += 2 * rate * pairs.length;
    const count = wholeCount(rate);
    for (const { anchor, positive } of pairs) {
      words.add(anchor, count);
      words.add(positive, count);
    }
    say(`tokenizer: ${name}: ${pairs.length} pairs, ${words.size} words`);
  }
  const questions = readParaphrases(folders.paraphrases, isHeld).flatMap((group) => [
    ...group.questions,
    ...group.hardNegatives,
  ]);
  const rate = (paraphraseShare / (1 - paraphraseShare)) * (mass / Math.max(1, questions.length));
  for (const question of questions) words.add(question, wholeCount(rate));
  const tokens = trainWordPieces(words.counts, {
    ...{ size: settings.size, special: specialTokens, characters },
    leastCount: countsPerText / 10,
  });
  say(`tokenizer: ${tokens.length} tokens from ${words.size} words`);
  writeTokenizer(`${folder}.part`, tokens);
  rmSync(folder, { recursive: true, force: true });
  renameSync(`${folder}.part`, folder);
  return file;
}

const wholeCount = (rate: number): number => Math.max(1, Math.round(countsPerText * rate));

/** How many tokens a tokenizer.json has. */
export function vocabularySize(file: string): number {
  const { model } = JSON.parse(readFileSync(file, 'utf8')) as { model?: { vocab?: Record<string, number> } };
  if (model?.vocab === undefined) throw new Error(`${file} has no vocabulary: it is no WordPiece tokenizer.json.`);
  return Object.values(model.vocab).reduce((most, id) => Math.max(most, id + 1), 0);
}

/** Words of texts as the tokenizer will see them. Bounded: of too many the rarer half is forgotten. */
export class WordCounts {
  readonly counts = new Map<string, number>();
  private readonly tokenizer = new Tokenizer(tokenizerJson(specialTokens), {});

  constructor(private readonly most = 1 << 20) {}

  get size(): number {
    return this.counts.size;
  }

  add(text: string, count: number): void {
    const { normalizer, pre_tokenizer } = this.tokenizer;
    for (const word of pre_tokenizer!.pre_tokenize(normalizer!.normalize(text)))
      if (word.length <= longestWord) this.counts.set(word, (this.counts.get(word) ?? 0) + count);
    if (this.counts.size > this.most) this.forgetRare();
  }

  private forgetRare(): void {
    const sorted = Float64Array.from(this.counts.values()).sort();
    const limit = sorted[sorted.length >> 1];
    for (const [word, count] of this.counts) if (count <= limit) this.counts.delete(word);
  }
}

/** As Hugging Face's BertTokenizer wants it. */
function tokenizerJson(tokens: readonly string[]): object {
  const place = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  const single = [place('[CLS]', 0), sequence('A', 0), place('[SEP]', 0)];
  const idOf = (token: (typeof specialTokens)[number]) => ({
    id: token,
    ids: [specialTokens.indexOf(token)],
    tokens: [token],
  });
  return {
    ...{ version: '1.0', truncation: null, padding: null },
    added_tokens: specialTokens.map((content, id) => ({ id, ...addedToken(content) })),
    normalizer: {
      ...{ type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true },
      ...{ strip_accents: null, lowercase: true },
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, sequence('B', 1), place('[SEP]', 1)],
      special_tokens: { '[CLS]': idOf('[CLS]'), '[SEP]': idOf('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: continuing, cleanup: true },
    model: {
      ...{ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: continuing },
      max_input_chars_per_word: longestWord,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

const addedToken = (content: string) => ({
  ...{ content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
});

/** Writes the files that users of an encoder load. */
export function writeTokenizer(folder: string, tokens: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: object) =>
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  const [pad_token, unk_token, cls_token, sep_token, mask_token] = specialTokens;
  const named = { unk_token, sep_token, pad_token, cls_token, mask_token };
  write('tokenizer.json', tokenizerJson(tokens));
  write('tokenizer_config.json', {
    added_tokens_decoder: Object.fromEntries(specialTokens.map((content, id) => [id, addedToken(content)])),
    ...{ tokenizer_class: 'BertTokenizer', do_lower_case: true, do_basic_tokenize: true, strip_accents: null },
    ...{ tokenize_chinese_chars: true, clean_up_tokenization_spaces: true, model_max_length: 256 },
    ...named,
  });
  write('special_tokens_map.json', named);
  writeFileSync(join(folder, 'vocab.txt'), `${tokens.join('\n')}\n`);
}
