import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../repository.js';
import type { Family } from './families.js';

const letters = [...'abcdefghijklmnopqrstuvwxyz'];

/**
 * `size` tokens: the family's special ones, the letters, at a word's start and within, so that with 57 or more every
 * English word can be spelled; then those of the bundled encoder, most frequent first; then fillers that no text has.
 */
export function vocabulary(size: number, family: Family): string[] {
  const special = family.specialOrder.map((kind) => family.special[kind]);
  const tokens = new Set([...special, ...letters, ...letters.map((letter) => `##${letter}`)]);
  for (const token of bundledVocabulary()) if (tokens.size < size) tokens.add(token);
  for (let i = 0; tokens.size < size; i++) tokens.add(`[unused${i}]`);
  return [...tokens].slice(0, size);
}

/** Tokens of the bundled encoder, without its special ones. */
function bundledVocabulary(): string[] {
  const file = readFileSync(join(repository, 'models/cairn-encoder-v2/vocab.txt'), 'utf8');
  return file.split('\n').filter((token) => token !== '' && !/^\[[A-Z]+\]$/.test(token));
}
