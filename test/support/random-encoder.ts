import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encoderGraph } from './random-encoder/encoder-graph.js';
import { modelConfig } from './random-encoder/model-config.js';
import { resolveOptions, type RandomEncoderOptions } from './random-encoder/options.js';
import { randomWeights } from './random-encoder/random-weights.js';
import { safetensors } from './random-encoder/safetensors.js';
import { tokenizerFiles } from './random-encoder/tokenizer-files.js';

export { activationOf, choices, defaults, shapes, type RandomEncoderOptions } from './random-encoder/options.js';

/** The bytes of the ONNX file of a random encoder, alone. */
export function randomEncoderModel(options: RandomEncoderOptions): Uint8Array {
  const resolved = resolveOptions(options);
  return encoderGraph(resolved, randomWeights(resolved));
}

/**
 * Writes an encoder of the BERT family with random weights in the Hugging Face layout: config.json, the files of a
 * WordPiece tokenizer, onnx/model.onnx. Its graph is made as the exporters of others make theirs: see `ExportStyle`.
 * The same options give the same bytes. The folder is made if it is not there; files in it are overwritten.
 * @param withWeights also writes model.safetensors, for implementations that do not read ONNX
 * @throws RangeError if the options cannot go together
 */
export async function writeRandomEncoder(
  folder: string,
  options: RandomEncoderOptions,
  withWeights = false,
): Promise<void> {
  const resolved = resolveOptions(options);
  const weights = randomWeights(resolved);
  await mkdir(join(folder, 'onnx'), { recursive: true });
  const files: Record<string, string | Uint8Array> = {
    'config.json': `${JSON.stringify(modelConfig(resolved), null, 2)}\n`,
    ...tokenizerFiles(resolved),
    'onnx/model.onnx': encoderGraph(resolved, weights),
    ...(withWeights && { 'model.safetensors': safetensors(resolved, weights) }),
  };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
}
