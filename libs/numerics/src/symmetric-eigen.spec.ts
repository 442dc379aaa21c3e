import fc from 'fast-check';
import { Random } from './random.js';
import { symmetricEigen } from './symmetric-eigen.js';

describe('symmetricEigen', () => {
  it('takes a matrix apart into what it is made of', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer(), (n, seed) => {
        const random = new Random(seed);
        const matrix = new Float64Array(n * n);
        for (let i = 0; i < n; i++)
          for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal();
        const { values, vectors } = symmetricEigen(matrix, n);
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let k = 0; k < n; k++) sum += values[k] * vectors[k * n + i] * vectors[k * n + j];
            expect(sum).toBeCloseTo(matrix[i * n + j], 9);
          }
        values.forEach((value, i) => expect(value).toBeLessThanOrEqual(i === 0 ? Infinity : values[i - 1]));
      }),
      { seed: 12 },
    );
  });
});
