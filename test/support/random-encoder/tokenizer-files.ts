import { families } from './families.js';
import type { EncoderShape } from './options.js';
import { vocabulary } from './vocabulary.js';

/** The files of a WordPiece tokenizer by name: lower case, split as BERT splits, first and last token added. */
export function tokenizerFiles(shape: EncoderShape): Readonly<Record<string, string>> {
  const family = families[shape.family];
  const tokens = vocabulary(shape.vocab, family);
  const { special } = family;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const added = family.specialOrder.map((kind, id) => ({ id, content: special[kind], ...flags }));
  const inTemplate = [special.cls, special.sep].map((token) => [
    token,
    { id: token, ids: [tokens.indexOf(token)], tokens: [token] },
  ]);
  const first = { SpecialToken: { id: special.cls, type_id: 0 } };
  const sequence = (id: string, typeId: number) => ({ Sequence: { id, type_id: typeId } });
  const end = (typeId: number) => ({ SpecialToken: { id: special.sep, type_id: typeId } });
  const second = family.tokenTypes > 1 ? 1 : 0;
  const names = {
    unk_token: special.unk,
    sep_token: special.sep,
    pad_token: special.pad,
    cls_token: special.cls,
    mask_token: special.mask,
  };
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [first, sequence('A', 0), end(0)],
      pair: [first, sequence('A', 0), end(0), sequence('B', second), end(second)],
      special_tokens: Object.fromEntries(inTemplate),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: special.unk,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
  const tokenizerConfig = {
    added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [id, token])),
    tokenizer_class: { bert: 'BertTokenizer', distilbert: 'DistilBertTokenizer', roberta: 'PreTrainedTokenizerFast' }[
      shape.family
    ],
    do_lower_case: true,
    strip_accents: null,
    tokenize_chinese_chars: true,
    clean_up_tokenization_spaces: true,
    model_max_length: shape.maxPosition,
    ...names,
  };
  return {
    'tokenizer.json': json(tokenizer),
    'tokenizer_config.json': json(tokenizerConfig),
    'special_tokens_map.json': json(names),
    'vocab.txt': `${tokens.join('\n')}\n`,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
