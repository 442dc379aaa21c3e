import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  decodeModel,
  encodeModel,
  fuseGelus,
  fuseLayerNorms,
  hoistConstants,
  includeData,
  nonFiniteTensor,
  OnnxFormatError,
  quantizeDynamic,
  separateData,
  storeFloat16,
  type ModelProto,
} from '@cairn/onnx-graph';
import type { QuantizeSettings } from './quantize-settings.js';
import { UsageFault } from './usage-fault.js';

/** Protobuf messages end at 2 GiB; well before that, the weights go into a file of their own. */
const largestFile = 1 << 30;

/**
 * Reads an ONNX file with the data beside it.
 * @throws UsageFault if it is not a whole model, or holds weights that are no numbers
 */
export function readOnnx(file: string): ModelProto {
  const model = wholeModel(file);
  const broken = nonFiniteTensor(model);
  if (broken !== undefined)
    throw new UsageFault('--model', `${file} holds weights that are no numbers (NaN or infinite), in "${broken}".`);
  return model;
}

function wholeModel(file: string): ModelProto {
  try {
    const model = decodeModel(readFileSync(file));
    if (model.graph === undefined) throw new OnnxFormatError('it has no graph');
    includeData(model, (location) => readFileSync(join(dirname(file), location)));
    return model;
  } catch (error) {
    throw new UsageFault(
      '--model',
      `${file} cannot be read as an ONNX model; it may be cut short or of another kind: ${(error as Error).message}`,
    );
  }
}

/**
 * Stores a model's weights in fewer bits, in place.
 * @returns what was done, for people
 * @throws UsageFault if there is nothing to be done
 */
export function rewriteModel(
  model: ModelProto,
  { precision, reduceRange }: Pick<QuantizeSettings, 'precision' | 'reduceRange'>,
): string {
  const nothing = (what: string) =>
    new UsageFault('--model', `the graph has no ${what} in float32: is it stored as ${precision} already?`);
  if (precision === 'float16') {
    const { tensors, kept } = storeFloat16(model);
    if (tensors === 0) throw nothing('matrices');
    const rest = kept.length === 0 ? '' : `; ${kept.length} stay float32, as their values are outside of its range`;
    return `${tensors} matrices stored as float16, computed in float32${rest}`;
  }
  try {
    // One operator each, where exports have up to nine: fewer places in which activations lie between float32 and int8.
    hoistConstants(model.graph!);
    fuseLayerNorms(model);
    fuseGelus(model);
    const { products, embeddings } = quantizeDynamic(model, { reduceRange });
    if (products === 0) throw nothing('products with constant weights');
    const bits = reduceRange ? '7 bits of int8' : 'int8';
    const tables = embeddings === 0 ? '' : `; the token embeddings in int8, one scale for each token`;
    return `${products} products with weights in ${bits}, symmetric, one scale for each output channel, and activations in uint8, one scale for each product, found at run time${tables}`;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageFault('--model', error.message);
    throw error;
  }
}

/** Writes a model as `model.onnx`, and its weights beside it if they are large. */
export function writeOnnx(model: ModelProto, folder: string): void {
  const size = model.graph!.initializer.reduce((sum, { rawData }) => sum + (rawData?.byteLength ?? 0), 0);
  if (size > largestFile) {
    const pieces = separateData(model, 'model.onnx_data');
    for (const piece of pieces) writeFileSync(join(folder, 'model.onnx_data'), piece, { flag: 'a' });
  }
  writeFileSync(join(folder, 'model.onnx'), encodeModel(model));
}
