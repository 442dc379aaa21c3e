import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { learnedTextsFile } from '../model-store/learned-texts.js';

/** Files that a variant shares with its source, beside the graph. */
const copied = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'sentencepiece.bpe.model',
  'spiece.model',
  'modules.json',
  'sentence_bert_config.json',
  'config_sentence_transformers.json',
  '1_Pooling/config.json',
  learnedTextsFile,
];
const legal = /^(licen[cs]e|notice|copying)/i;

/** Copies what a variant shares with its source: tokenizer, configuration, licences. */
export async function copyFiles(from: string, to: string): Promise<void> {
  const names = [...copied, ...(await readdir(from)).filter((name) => legal.test(name))];
  for (const name of names) {
    if (!existsSync(join(from, name))) continue;
    await mkdir(dirname(join(to, name)), { recursive: true });
    await copyFile(join(from, name), join(to, name));
  }
}
