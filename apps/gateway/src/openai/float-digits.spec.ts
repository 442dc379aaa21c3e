import fc from 'fast-check';
import { floatDigits } from './float-digits.js';

const read = (values: Float32Array) => JSON.parse(`[${floatDigits(values)}]`) as number[];

describe('floatDigits', () => {
  it('writes numbers of all sizes', () => {
    expect(floatDigits(Float32Array.of(0.5, -0.0625, 0.001, 0, -1, 1.5, 1e-7, -0.000012345))).toBe(
      '0.500000000,-0.0625000000,0.00100000005,0,-1,1.5,1.00000001e-7,-0.0000123450000',
    );
    expect(floatDigits(new Float32Array(0))).toBe('');
  });

  it('gives every float32 back as it was', () => {
    const float = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, min: -1, max: 1 }),
    );
    fc.assert(
      fc.property(fc.array(float, { minLength: 1 }), (numbers) => {
        const values = Float32Array.from(numbers);
        // -0 comes back as 0.
        expect(read(values).map((value) => Math.fround(value) + 0)).toEqual(Array.from(values, (value) => value + 0));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('gives back the neighbours of powers of ten, where a digit is gained or lost', () => {
    const bits = new Int32Array(1);
    const float = new Float32Array(bits.buffer);
    for (const power of [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5])
      for (let step = -3; step <= 3; step++) {
        float[0] = power;
        bits[0] += step;
        expect(Math.fround(read(float)[0])).toBe(float[0]);
      }
  });

  it('stays JSON where a value is no number', () => {
    expect(floatDigits(Float32Array.of(NaN, Infinity, 0.25))).toBe('null,null,0.250000000');
  });
});
