import type { Provenance, Vectors } from './generated/cairn/vectors/v1/vectors.js';
import { DomainError } from './domain-error.js';

/** Bytes of a row-major float32 matrix, without a copy. The caller must not change the array afterwards. */
export function packFloat32(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** Float32 values of packed bytes: a view where the bytes are aligned, a copy where they are not. */
export function unpackFloat32(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % 4 !== 0)
    throw DomainError.invalid(
      'data',
      `Packed float32 data has ${bytes.byteLength} bytes, which is not a multiple of 4.`,
    );
  if (bytes.byteOffset % 4 === 0)
    return new Float32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / 4);
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return new Float32Array(copy.buffer);
}

/** A message from `[count, dimension]` row-major values. */
export function toVectors(values: Float32Array, dimension: number, provenance?: Provenance): Vectors {
  const count = dimension === 0 ? 0 : values.length / dimension;
  return { data: packFloat32(values), count, dimension, provenance };
}

/** Values `[count, dimension]` of a message; throws INVALID_INPUT if the shape and the bytes disagree. */
export function fromVectors(vectors: Vectors, field = 'vectors'): Float32Array {
  const expected = vectors.count * vectors.dimension * 4;
  if (vectors.data.byteLength !== expected)
    throw DomainError.invalid(
      field,
      `${vectors.count} vectors of dimension ${vectors.dimension} take ${expected} bytes; got ${vectors.data.byteLength}.`,
    );
  return unpackFloat32(vectors.data);
}

/** Whether two vectors may be compared: every field of their provenance is equal. */
export function sameProvenance(a: Provenance, b: Provenance): boolean {
  return (
    a.encoderId === b.encoderId &&
    a.revision === b.revision &&
    a.layer === b.layer &&
    (a.layers ?? '') === (b.layers ?? '') &&
    a.pooling === b.pooling &&
    a.normalized === b.normalized &&
    a.dimension === b.dimension
  );
}
