import { decodeVectors, encodeVector } from './vector-codec.js';

const matrix = Float32Array.of(0.1, -2.5e-30, 3, 1 / 3, Number.MAX_SAFE_INTEGER, -0);

describe('the binary form of vectors', () => {
  it('is pgvector’s: dimension, zero, big-endian components', () => {
    expect(encodeVector(Float32Array.of(1, -2), 0, 2).toString('hex')).toBe('000200003f800000c0000000');
  });

  it('returns the same bits', () => {
    expect(decodeVectors([encodeVector(matrix, 0, 3), encodeVector(matrix, 1, 3)], 3)).toEqual(matrix);
  });

  it('refuses a vector of another dimension', () => {
    expect(() => decodeVectors([encodeVector(matrix, 0, 3)], 2)).toThrow('has 3 components; its encoder has 2');
  });
});
