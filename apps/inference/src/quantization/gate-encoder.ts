import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Tokenizer } from '@huggingface/tokenizers';
import { collate, type PaddedBatch } from '../batching/collate.js';
import type { EncodingSpec } from '../encoder/encoding-spec.js';
import { openOnnx } from '../encoder/onnx-forward.js';
import { pool } from '../encoder/pooling.js';
import { EngineGraphs } from '../model-store/engine-graph.js';
import type { ModelFolder } from '../model-store/model-folder.js';
import { encodeTexts, surroundOf, type TokenizedTexts } from '../tokenization/encode-texts.js';
import { UsageFault } from './usage-fault.js';

/** Some texts as the encoder takes them. */
export interface TextBatch {
  /** Which texts. */
  readonly rows: Int32Array;
  /** `[batch]`, ids of each. */
  readonly lengths: Int32Array;
  readonly padded: PaddedBatch;
}

/** Embeds on the thread that calls it. */
export interface GateEncoder {
  /** `[batch, dimension]`, row-major, as the encoder wants to be pooled, of length 1; rows that are not finite are zero. */
  embed(batch: TextBatch): Promise<Float32Array>;
}

/** More than these gain nothing on batches of this size. */
const mostThreads = 8;

/**
 * Opens an encoder on the graph that the service would run.
 * @param work folder for that graph
 * @throws Refusal if ONNX Runtime does not take it
 */
export async function openGateEncoder(folder: ModelFolder, revision: string, work: string): Promise<GateEncoder> {
  const { layers, dimension, pooling } = folder;
  const { file } = await EngineGraphs.in(work).of(folder, revision);
  const threads = Math.min(availableParallelism(), mostThreads);
  const { forward } = await openOnnx({ type: 'onnx', file, threads, device: 'cpu' }, layers);
  const spec: EncodingSpec = { layers: [layers], combination: 'mean', pooling, normalize: true, dimension };
  const embed = async ({ padded, lengths }: TextBatch) => {
    const [hidden] = await forward(padded, [layers]);
    const { batch, seq } = padded;
    if (hidden.length !== batch * seq * dimension)
      throw new UsageFault(
        '--model',
        `the graph gives vectors of ${hidden.length / (batch * seq)} components; config.json says ${dimension}.`,
      );
    return pool(new Map([[layers, hidden]]), lengths, [spec], new Uint16Array(batch), seq).vectors;
  };
  return { embed };
}

/**
 * @returns ids of texts, as the service makes them
 * @throws UsageFault if the tokenizer cannot be read, or gives ids that the encoder has no row for
 */
export function tokenize(folder: ModelFolder, texts: readonly string[]): TokenizedTexts {
  const { tokenizerFile, tokenizerConfigFile, maxTokens, vocabularySize } = folder;
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as object;
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(read(tokenizerFile), tokenizerConfigFile === undefined ? {} : read(tokenizerConfigFile));
  } catch (error) {
    throw new UsageFault('--model', `${tokenizerFile} is not a tokenizer: ${(error as Error).message}.`);
  }
  const tokenized = encodeTexts(tokenizer, texts, maxTokens, surroundOf(tokenizer), 'end');
  const largest = tokenized.ids.reduce((max, id) => Math.max(max, id), 0);
  if (largest >= vocabularySize)
    throw new UsageFault(
      '--model',
      `the tokenizer gives the id ${largest}, but the encoder has ${vocabularySize} tokens: they do not belong together.`,
    );
  return tokenized;
}

/** A batch of these texts, each by its number. */
export function batchOf({ ids, lengths }: TokenizedTexts, rows: Int32Array, padId: number): TextBatch {
  const starts = new Int32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) starts[i + 1] = starts[i] + lengths[i];
  const chosen = rows.map((row) => lengths[row]);
  const joined = new Int32Array(chosen.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    joined.set(ids.subarray(starts[row], starts[row + 1]), at);
    at += lengths[row];
  }
  return { rows, lengths: chosen, padded: collate(joined, chosen, padId) };
}

/** Padded tokens of a batch, as the service fills them by default. */
const tokenBudget = 512;

/** All texts, those of similar length together, longest x number of texts within the service's budget. */
export function batchesByLength(tokenized: TokenizedTexts, padId: number): TextBatch[] {
  const { lengths } = tokenized;
  const order = Int32Array.from(lengths.keys()).sort((a, b) => lengths[a] - lengths[b] || a - b);
  const batches: TextBatch[] = [];
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && lengths[order[to]] * (to + 1 - from) <= tokenBudget) to++;
    batches.push(batchOf(tokenized, order.subarray(from, to), padId));
    from = to;
  }
  return batches;
}
