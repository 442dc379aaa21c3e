import { Refusal } from '../threads/refusal.js';
import type { TrainingSettings } from './training-settings.js';

/** What decides the memory of a training step. */
export interface StepSize {
  /** Weights of the whole model, and those that are trained. */
  readonly weights: number;
  readonly trained: number;
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  /** Texts of a batch, and tokens of the longest. */
  readonly texts: number;
  readonly tokens: number;
}

const float = 4;
/** Runtime, tokenizer, examples. */
const base = 110 * 2 ** 20;

/**
 * Bytes that a training takes at most, about: weights, gradients and two moments; the model as it is loaded; and what a
 * forward pass leaves for the backward pass. The factors are
 * above what was measured (peak resident memory, dropout 0.1) with 4 layers of 256 in batches of 32 x 32 to 32 x 128 and
 * 16 x 256 (0.5 to 1.6 GB), and with 6 layers of 384 at 32 x 32 and 16 x 128 (1.0 and 1.9 GB), by up to 30 %.
 */
export function estimateMemory(size: StepSize): number {
  return base + float * (3 * size.weights + 4 * size.trained + activations(size));
}

function activations({ layers, hidden, intermediate, heads, texts, tokens }: StepSize): number {
  const perToken = 30 * hidden + 7 * intermediate + 6 * heads * tokens;
  return texts * tokens * layers * perToken;
}

/** The most texts that fit into so many bytes; 0: not even one. */
export function textsThatFit(size: StepSize, bytes: number): number {
  const fixed = estimateMemory({ ...size, texts: 0 });
  const each = estimateMemory({ ...size, texts: 1 }) - fixed;
  return Math.max(0, Math.floor((bytes - fixed) / each));
}

/**
 * Looks whether the largest batch of a training fits.
 * @throws Refusal for "batchSize" with the batch that fits, or for "scope" if none does
 */
export function checkMemory(
  model: Omit<StepSize, 'texts' | 'tokens'>,
  { longest, perExample }: { readonly longest: number; readonly perExample: number },
  { batchSize, batchTokens = Infinity }: Pick<TrainingSettings, 'batchSize' | 'batchTokens'>,
  limit: number,
): void {
  const examples = Math.max(1, Math.min(batchSize, Math.floor(batchTokens / longest)));
  const size = { ...model, texts: examples * perExample, tokens: longest };
  const needed = estimateMemory(size);
  if (needed <= limit) return;
  const fitting = Math.floor(textsThatFit(size, limit) / perExample);
  const what = `A batch of ${examples} examples of ${longest} tokens needs about ${gigabytes(needed)} of memory; ${gigabytes(limit)} are there.`;
  if (fitting === 0)
    throw new Refusal(
      'scope',
      `${what} Not even one fits: cut texts (maxTokens), train only the last layers, or take a smaller encoder.`,
    );
  throw new Refusal(
    'batchSize',
    `${what} A batch of ${fitting} fits; accumulate ${Math.ceil(examples / fitting)} of them for steps of the same size, or cut texts (maxTokens).`,
  );
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;
