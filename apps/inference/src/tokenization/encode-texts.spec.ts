import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { cutTokens, encodeTexts, surroundOf } from './encode-texts.js';

const model = join(__dirname, '../../../../models/cairn-encoder-v2');
const read = (name: string): unknown => JSON.parse(readFileSync(join(model, name), 'utf8'));
const tokenizer = new Tokenizer(read('tokenizer.json') as object, read('tokenizer_config.json') as object);
const golden = read('golden.json') as { texts: string[]; input_ids: number[][] };

const surround = { before: 1, after: 1 };

describe('encodeTexts', () => {
  it('gives the golden ids of the bundled encoder', () => {
    const { ids, lengths, tokens } = encodeTexts(tokenizer, golden.texts, 256, surround, 'end');
    expect([...ids]).toEqual(golden.input_ids.flat());
    expect([...lengths]).toEqual(golden.input_ids.map(({ length }) => length));
    expect([...tokens]).toEqual([...lengths]);
  });

  it('cuts long texts, keeps [CLS] and [SEP], and says how many tokens there were', () => {
    const [whole] = golden.input_ids;
    const { ids, lengths, tokens } = encodeTexts(tokenizer, [golden.texts[0], 'hello'], 5, surround, 'end');
    expect([...ids.subarray(0, 5)]).toEqual([...whole.slice(0, 4), 3]);
    expect([...lengths]).toEqual([5, 3]);
    expect([...tokens]).toEqual([whole.length, 3]);
  });

  it('cuts the beginning if asked to', () => {
    const [whole] = golden.input_ids;
    const { ids } = encodeTexts(tokenizer, [golden.texts[0]], 5, surround, 'start');
    expect([...ids]).toEqual([whole[0], ...whole.slice(-4)]);
  });

  it('finds the special tokens around a text', () => {
    expect(surroundOf(tokenizer)).toEqual(surround);
  });

  it('keeps the special tokens, whatever they are', () => {
    const ids = [1, 2, 3, 4];
    expect(cutTokens(ids, 2, { before: 0, after: 0 }, 'end')).toEqual([1, 2]);
    expect(cutTokens(ids, 2, { before: 0, after: 0 }, 'start')).toEqual([3, 4]);
    expect(cutTokens(ids, 3, { before: 2, after: 0 }, 'start')).toEqual([1, 2, 4]);
    expect(cutTokens(ids, 3, { before: 0, after: 2 }, 'end')).toEqual([1, 3, 4]);
    expect(cutTokens(ids, 4, { before: 1, after: 1 }, 'start')).toEqual(ids);
  });
});
