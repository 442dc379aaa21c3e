import { stateDictName, type Weights } from './random-weights.js';
import type { EncoderShape } from './options.js';

/**
 * The weights as a safetensors file: the length of a header (8 bytes, little-endian), the header (JSON: type, shape and
 * place of each tensor), the tensors. https://github.com/huggingface/safetensors#format
 */
export function safetensors(shape: EncoderShape, weights: Weights): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { dims, values }] of weights) {
    const start = end;
    end += values.byteLength;
    header[stateDictName(shape, name)] = { dtype: 'F32', shape: dims, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const tensors = [...weights.values()].map(({ values }) => Buffer.from(values.buffer));
  return Buffer.concat([length, text, ...tensors]);
}
