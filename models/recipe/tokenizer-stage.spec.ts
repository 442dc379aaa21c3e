import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoTokenizer, env } from '@xenova/transformers';
import { vocabularySize, WordCounts, writeTokenizer } from './tokenizer-stage.js';
import { trainWordPieces } from './train-word-pieces.js';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const texts = ['How do I pay my Card?', 'how do I re-pay a loan', 'Can I pay the café by card', 'paying; cards'];

function vocabulary(): string[] {
  const words = new WordCounts();
  for (const text of texts) words.add(text, 10);
  return trainWordPieces(words.counts, { size: 90, special, characters: 60, leastCount: 2 });
}

describe('WordCounts', () => {
  it('counts words as the tokenizer reads them', () => {
    const words = new WordCounts();
    words.add('The CAFÉ’s café, isn\u0027t it?  漢字', 2);
    words.add('the', 3);
    expect(Object.fromEntries(words.counts)).toEqual({
      ...{ the: 5, cafe: 4, '’': 2, s: 2, ',': 2, isn: 2, "'": 2, t: 2, it: 2, '?': 2, 漢: 2, 字: 2 },
    });
  });

  it('forgets the rarer half of too many words, and very long ones', () => {
    const words = new WordCounts(10);
    words.add('one two three four five six seven', 5);
    words.add(`eight nine ten eleven ${'x'.repeat(101)}`, 1);
    expect([...words.counts.keys()]).not.toContain('eleven');
    words.add('one', 1);
    expect(words.size).toBeLessThan(10);
  });
});

describe('a tokenizer that was trained', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-tokenizer-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is loaded by transformers.js, which reads and gives back the texts', async () => {
    const tokens = vocabulary();
    writeTokenizer(join(folder, 'made'), tokens);
    env.allowRemoteModels = false;
    env.localModelPath = folder;
    const tokenizer = await AutoTokenizer.from_pretrained('made');
    const ids = (text: string): number[] => tokenizer.encode(text);
    for (const text of texts) {
      const own = ids(text);
      expect([own[0], own.at(-1)]).toEqual([2, 3]);
      expect(own).not.toContain(1);
      const plain = (given: string) => given.toLowerCase().replaceAll('é', 'e').replaceAll(/\W/g, '');
      expect(plain(tokenizer.decode(own, { skip_special_tokens: true }))).toBe(plain(text));
    }
    // The most frequent words are one token, and what was never seen is none.
    expect(ids('pay card')).toHaveLength(4);
    expect(ids('漢')).toEqual([2, 1, 3]);
    expect(ids('[MASK]')).toEqual([2, 4, 3]);
    expect(vocabularySize(join(folder, 'made', 'tokenizer.json'))).toBe(tokens.length);
    expect(
      readFileSync(join(folder, 'made', 'vocab.txt'), 'utf8')
        .split('\n')
        .slice(0, -1),
    ).toEqual(tokens);
  });
});
