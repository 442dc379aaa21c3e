import { Random } from '@cairn/numerics';
import { collate } from '../../apps/inference/src/batching/collate.js';
import { rotateContent } from './rotate.js';

const [tokens, width, strong] = [300, 40, 6];

/** Vectors that mostly lie in few directions, none of which is a component. */
function madeUp(random: Random) {
  const directions = Float64Array.from({ length: width * width }, () => random.normal());
  const content = new Float32Array(tokens * width);
  for (let t = 0; t < tokens; t++)
    for (let d = 0; d < width; d++) {
      const size = (d < strong ? 3 : 0.2) * random.normal();
      for (let j = 0; j < width; j++) content[t * width + j] += size * directions[d * width + j];
    }
  const counts = Float32Array.from({ length: tokens }, (_, t) => (t < 5 ? 0 : 0.1 + random.uniform()));
  const lengths = Int32Array.from({ length: 400 }, () => 3 + random.below(5));
  const ids = Int32Array.from({ length: lengths.reduce((a, b) => a + b) }, () => random.below(tokens));
  return { content, counts, texts: [collate(ids, lengths, 0)] };
}

/** What LayerNorm leaves of a row. */
const centred = (rows: Float32Array, t: number): number[] => {
  const row = [...rows.subarray(t * width, (t + 1) * width)];
  const mean = row.reduce((sum, value) => sum + value, 0) / width;
  return row.map((value) => value - mean);
};
const product = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, j) => sum + value * b[j], 0);

describe('rotateContent', () => {
  const { content, counts, texts } = madeUp(new Random(3));
  const rotated = rotateContent(content, counts, texts);

  it('keeps the products of vectors as LayerNorm leaves them, and leaves LayerNorm nothing to take', () => {
    for (let t = 0; t < tokens; t += 7) {
      const [own, turned] = [centred(content, t), [...rotated.subarray(t * width, (t + 1) * width)]];
      expect(turned.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4);
      for (let u = 0; u < tokens; u += 13) {
        const expected = product(own, centred(content, u));
        const size = Math.hypot(...own) * Math.hypot(...centred(content, u));
        const got = product(turned, [...rotated.subarray(u * width, (u + 1) * width)]);
        expect(Math.abs(got - expected)).toBeLessThan(1e-5 * size);
      }
    }
  });

  it('puts most of the texts into the first components', () => {
    const share = (rows: Float32Array, first: number) => {
      let [kept, all] = [0, 0];
      const { inputIds, batch, seq } = texts[0];
      for (let row = 0; row < batch; row++) {
        const vector = new Array<number>(width).fill(0);
        for (let i = row * seq; i < (row + 1) * seq; i++) {
          const id = Number(inputIds[i]);
          centred(rows, id).forEach((value, j) => (vector[j] += counts[id] * value));
        }
        kept += product(vector.slice(0, first), vector.slice(0, first));
        all += product(vector, vector);
      }
      return kept / all;
    };
    expect(share(content, strong)).toBeLessThan(0.5);
    // The reflection gives every component a little: 1 of 40 here, 1 of 240 in the recipe.
    expect(share(rotated, strong)).toBeGreaterThan(0.9);
    expect(share(rotated, strong - 1)).toBeLessThan(share(rotated, strong) - 0.01);
  });

  it('is the same every time, and takes vectors that fill few directions', () => {
    expect(rotateContent(content, counts, texts)).toEqual(rotated);
    const flat = content.map((_, at) => (at % width === 1 ? content[at] : 0));
    const turned = rotateContent(flat, counts, texts);
    expect(turned.every(Number.isFinite)).toBe(true);
    expect(Math.hypot(...turned.subarray(9 * width, 10 * width))).toBeCloseTo(Math.hypot(...centred(flat, 9)), 4);
  });
});
