/**
 * Tensors as the KServe v2 protocol carries them: the bytes of the elements, row-major, little-endian. That is how they
 * lie in memory, too: ONNX Runtime for Node exists for little-endian machines only.
 */

/** Bytes of an element of each datatype that hidden states may have. */
export const floatBytes: Readonly<Record<string, number | undefined>> = { FP32: 4, FP16: 2 };

/** The bytes of an INT64 tensor; a view, nothing is copied. */
export function int64Bytes(values: BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * The values of an FP32 or FP16 tensor.
 * @param raw its bytes, as many as its elements have
 * @returns a view on `raw` for FP32 if it lies at a multiple of four bytes, as one response in four does; else a copy
 */
export function readFloats(raw: Uint8Array, datatype: string): Float32Array {
  const { byteOffset, byteLength } = raw;
  if (datatype === 'FP32' && byteOffset % 4 === 0) return new Float32Array(raw.buffer, byteOffset, byteLength / 4);
  const copy = raw.buffer.slice(byteOffset, byteOffset + byteLength);
  return datatype === 'FP32' ? new Float32Array(copy) : fromHalf(new Uint16Array(copy));
}

let halves: Float32Array | undefined;

/** IEEE 754 half precision to single precision, exactly. */
export function fromHalf(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, half) => halfValue(half));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = halves[bits[i]];
  return values;
}

/** The number that 16 bits stand for: sign, 5 bits of exponent, 10 of fraction. */
function halfValue(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
