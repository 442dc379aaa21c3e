import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { cutTokens, encodeTexts, specialSuffixLength } from './encode-texts.js';

const model = join(__dirname, '../../../../models/cairn-encoder-v1');
const read = (name: string): unknown => JSON.parse(readFileSync(join(model, name), 'utf8'));
const tokenizer = new Tokenizer(read('tokenizer.json') as object, read('tokenizer_config.json') as object);
const golden = read('golden.json') as { texts: string[]; input_ids: number[][] };

describe('encodeTexts', () => {
  it('gives the golden ids of the bundled encoder', () => {
    const { ids, lengths, tokens } = encodeTexts(tokenizer, golden.texts, 256, 1);
    expect([...ids]).toEqual(golden.input_ids.flat());
    expect([...lengths]).toEqual(golden.input_ids.map(({ length }) => length));
    expect([...tokens]).toEqual([...lengths]);
  });

  it('cuts long texts, keeps [CLS] and [SEP], and says how many tokens there were', () => {
    const [whole] = golden.input_ids;
    const { ids, lengths, tokens } = encodeTexts(tokenizer, [golden.texts[0], 'hello'], 5, 1);
    expect([...ids.subarray(0, 5)]).toEqual([...whole.slice(0, 4), 3]);
    expect([...lengths]).toEqual([5, 3]);
    expect([...tokens]).toEqual([whole.length, 3]);
  });

  it('finds one special token behind a text', () => {
    expect(specialSuffixLength(tokenizer)).toBe(1);
  });

  it('cuts at the end where there is no special token', () => {
    expect(cutTokens([1, 2, 3, 4], 2, 0)).toEqual([1, 2]);
  });
});
