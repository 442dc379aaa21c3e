import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../repository.js';
import type { EncoderShape, RandomEncoderOptions } from './options.js';

/** A tiny random encoder, a padded batch, and what `scripts/golden-encoder.py` (numpy, float64) computes for it. */
export interface GoldenEncoder {
  /** For `writeRandomEncoder` with either task, any export style, and a `gelu` that computes the activation. */
  readonly options: RandomEncoderOptions & Pick<EncoderShape, 'family' | 'layers' | 'hidden' | 'heads' | 'labels'>;
  /** Which Gelu, as `activationOf` says. */
  readonly activation: 'erf' | 'tanh';
  /** Texts and tokens, padding included. */
  readonly dims: [texts: number, tokens: number];
  /** Row-major `[texts, tokens]`, as the others. */
  readonly inputIds: number[];
  readonly attentionMask: number[];
  /** All 0 where the family has no such input. */
  readonly tokenTypeIds: number[];
  /** `[layers + 1][texts · tokens · hidden]`: the embeddings, then every layer; 7 decimals. Padded tokens have some, too. */
  readonly hiddenStates: number[][];
  /** `[texts · labels]`, of the sequence classifier. */
  readonly logits: number[];
}

/** Largest difference between a float32 computation and a golden value. */
export const goldenTolerance = 1e-5;

/** Three families, each with two activations. */
export function goldenEncoders(): readonly GoldenEncoder[] {
  const file = join(repository, 'test/support/random-encoder/golden.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenEncoder[] }).cases;
}
