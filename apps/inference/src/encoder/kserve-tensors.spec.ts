import { fromHalf, int64Bytes, readFloats } from './kserve-tensors.js';

describe('fromHalf', () => {
  // Bit patterns and their values: IEEE 754-2008, binary16.
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x03ff, 2 ** -14 - 2 ** -24],
    [0x0001, 2 ** -24],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ])('reads %i as %d', (bits, value) => {
    expect(fromHalf(Uint16Array.of(bits))[0]).toBe(value);
  });
});

describe('readFloats', () => {
  const bytes = new Uint8Array(Float32Array.of(1.5, -2).buffer);

  it('gives a view where floats are aligned', () => {
    const floats = readFloats(bytes, 'FP32');
    expect([...floats]).toEqual([1.5, -2]);
    expect(floats.buffer).toBe(bytes.buffer);
  });

  it('copies where they are not', () => {
    const message = new Uint8Array(11);
    message.set(bytes, 3);
    expect([...readFloats(message.subarray(3), 'FP32')]).toEqual([1.5, -2]);
  });

  it('converts halves, aligned or not', () => {
    const message = new Uint8Array(5);
    message.set(new Uint8Array(Uint16Array.of(0x3c00, 0xc000).buffer), 1);
    expect([...readFloats(message.subarray(1), 'FP16')]).toEqual([1, -2]);
  });
});

describe('int64Bytes', () => {
  it('is the part of the buffer that the array sees, little-endian', () => {
    const values = BigInt64Array.of(7n, 258n, 9n).subarray(1, 2);
    expect([...int64Bytes(values)]).toEqual([2, 1, 0, 0, 0, 0, 0, 0]);
  });
});
