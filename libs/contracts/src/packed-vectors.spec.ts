import fc from 'fast-check';
import { fromVectors, packFloat32, toVectors, unpackFloat32 } from './packed-vectors.js';

describe('packed vectors', () => {
  it('come back bit for bit, wherever their bytes lie', () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 50 }), fc.integer({ min: 0, max: 7 }), (values, offset) => {
        const bytes = packFloat32(values);
        const shifted = new Uint8Array(bytes.length + offset);
        shifted.set(bytes, offset);
        const unpacked = unpackFloat32(shifted.subarray(offset));
        expect(new Uint8Array(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength)).toEqual(
          new Uint8Array(bytes),
        );
      }),
    );
  });

  it('a shape that does not fit the bytes is refused with both numbers', () => {
    const vectors = { ...toVectors(new Float32Array(6), 3), count: 3 };
    expect(() => fromVectors(vectors, 'examples')).toThrow(/3 vectors of dimension 3 take 36 bytes; got 24/);
    expect(() => unpackFloat32(new Uint8Array(5))).toThrow(/5 bytes/);
  });
});
