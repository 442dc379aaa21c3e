import { Random } from '@cairn/numerics';
import { epochBatches, paddedTokens, pairedBatches } from './training-batches.js';

const random = new Random(1);
const lengths = Int32Array.from({ length: 3000 }, () => 3 + random.below(60));
const limits = { examples: 32, tokens: Infinity };

describe('epochBatches', () => {
  it('takes every example exactly once', () => {
    for (const tokens of [Infinity, 400]) {
      const batches = epochBatches(lengths, { examples: 32, tokens }, 7, 0);
      const seen = batches.flatMap((batch) => [...batch]).sort((a, b) => a - b);
      expect(seen).toEqual([...lengths.keys()]);
    }
  });

  it('keeps to both limits, and lets a text through that is longer than the budget', () => {
    for (const batch of epochBatches(lengths, { examples: 20, tokens: 50 }, 7, 0)) {
      const longest = Math.max(...[...batch].map((index) => lengths[index]));
      expect(batch.length).toBeLessThanOrEqual(20);
      expect(batch.length === 1 || longest * batch.length <= 50).toBe(true);
    }
  });

  it('pads little: texts of similar length lie together', () => {
    const real = lengths.reduce((sum, length) => sum + length, 0);
    expect(paddedTokens(epochBatches(lengths, limits, 7, 0), lengths)).toBeLessThan(1.05 * real);
    const unsorted = Array.from({ length: 94 }, (_, i) =>
      lengths.subarray(32 * i, 32 * i + 32).map((_, j) => 32 * i + j),
    );
    expect(paddedTokens(unsorted, lengths)).toBeGreaterThan(1.5 * real);
  });

  it('depends on seed and epoch alone', () => {
    const first = epochBatches(lengths, limits, 7, 3);
    expect(epochBatches(lengths, limits, 7, 3)).toEqual(first);
    expect(epochBatches(lengths, limits, 7, 4)).not.toEqual(first);
    expect(epochBatches(lengths, limits, 8, 3)).not.toEqual(first);
  });

  it('mixes lengths over the epoch', () => {
    const halves = epochBatches(lengths, limits, 7, 0).map((batch) => lengths[batch[0]]);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const middle = halves.length >> 1;
    expect(Math.abs(mean(halves.slice(0, middle)) - mean(halves.slice(middle)))).toBeLessThan(12);
  });
});

describe('pairedBatches', () => {
  const labels = lengths.map((_, i) => i % 47);

  it('takes every example exactly once, within the limits', () => {
    for (const tokens of [Infinity, 400]) {
      const batches = pairedBatches(lengths, labels, { examples: 32, tokens }, 7, 0);
      expect(batches.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual([...lengths.keys()]);
      for (const batch of batches) {
        const longest = Math.max(...[...batch].map((index) => lengths[index]));
        expect(batch.length).toBeLessThanOrEqual(32);
        expect(batch.length <= 2 || longest * batch.length <= tokens).toBe(true);
      }
    }
  });

  it('brings nearly every text together with another one of its class', () => {
    const batches = pairedBatches(lengths, labels, limits, 7, 0);
    const alone = batches.flatMap((batch) =>
      [...batch].filter((index) => [...batch].filter((other) => labels[other] === labels[index]).length === 1),
    );
    expect(alone.length).toBeLessThanOrEqual(2 * 47);
  });

  it('depends on seed and epoch alone', () => {
    const first = pairedBatches(lengths, labels, limits, 7, 3);
    expect(pairedBatches(lengths, labels, limits, 7, 3)).toEqual(first);
    expect(pairedBatches(lengths, labels, limits, 7, 4)).not.toEqual(first);
  });
});
