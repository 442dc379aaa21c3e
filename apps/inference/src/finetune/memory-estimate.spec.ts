import { checkMemory, estimateMemory, textsThatFit } from './memory-estimate.js';

const small = { weights: 7.33e6, trained: 7.33e6, layers: 4, hidden: 256, intermediate: 1024, heads: 4 };
const large = { weights: 22.6e6, trained: 22.6e6, layers: 6, hidden: 384, intermediate: 1536, heads: 12 };
const mebibyte = 2 ** 20;

describe('estimateMemory', () => {
  /** Peak resident memory of training steps in MiB, as measured on Linux with onnxruntime-node 1.30, two threads. */
  it.each([
    [small, 32, 32, 509],
    [small, 32, 64, 787],
    [small, 32, 128, 1357],
    [small, 16, 256, 1554],
    [large, 32, 32, 1007],
    [large, 16, 128, 1870],
  ])('is a little above what was measured', (model, texts, tokens, measured) => {
    const estimated = estimateMemory({ ...model, texts, tokens }) / mebibyte;
    expect(estimated).toBeGreaterThan(measured);
    expect(estimated).toBeLessThan(1.6 * measured);
  });

  it('says how many texts fit', () => {
    const size = { ...small, texts: 0, tokens: 128 };
    const fit = textsThatFit(size, 1024 * mebibyte);
    expect(estimateMemory({ ...size, texts: fit })).toBeLessThanOrEqual(1024 * mebibyte);
    expect(estimateMemory({ ...size, texts: fit + 1 })).toBeGreaterThan(1024 * mebibyte);
    expect(textsThatFit(size, mebibyte)).toBe(0);
  });

  it('refuses a batch that does not fit, counting both texts of a pair and the tokens that a batch may have', () => {
    const check =
      (limit: number, perExample = 1, batchTokens?: number) =>
      () =>
        checkMemory(small, { longest: 128, perExample }, { batchSize: 32, batchTokens }, limit * mebibyte);
    expect(check(2048)).not.toThrow();
    expect(check(2048, 2)).toThrow(/A batch of 32 examples of 128 tokens needs about .* A batch of \d+ fits/);
    expect(check(700)).toThrow(/A batch of \d+ fits; accumulate \d+/);
    expect(check(700, 1, 512)).not.toThrow();
    expect(check(100)).toThrow(/Not even one fits/);
  });
});
