import { Random } from '@cairn/numerics';
import { keyLimit, splitByKeys } from './held-out-split.js';
import { stratifiedFolds } from './stratified-folds.js';

const random = new Random(3);
const drawn = (count: number) => Float64Array.from({ length: count }, () => Math.floor(random.uniform() * keyLimit));
const keysOf = (indices: Int32Array, keys: Float64Array) => new Set(Array.from(indices, (i) => keys[i]));

describe('splitByKeys', () => {
  const keys = drawn(400);
  const labels = Int32Array.from(keys, (_, i) => i % 4);

  it('holds out the same texts whatever else there is and in whatever order, and more of them for a larger share', () => {
    const small = keysOf(splitByKeys(labels, 4, 0.1, keys).heldOut, keys);
    const large = splitByKeys(labels, 4, 0.2, keys);
    expect(large.heldOut.length).toBeGreaterThan(60);
    expect(large.heldOut.length).toBeLessThan(100);
    for (const key of small) expect(keysOf(large.heldOut, keys)).toContain(key);
    const half = { keys: keys.slice(200).reverse(), labels: labels.slice(200).reverse() };
    const again = keysOf(splitByKeys(half.labels, 4, 0.2, half.keys).heldOut, half.keys);
    for (const key of again) expect(keysOf(large.heldOut, keys)).toContain(key);
    expect([...large.train, ...large.heldOut].sort((a, b) => a - b)).toEqual([...labels.keys()]);
  });

  it('keeps at least one of each class on each side, and a class of one text in training', () => {
    const few = Float64Array.of(1, 2, 3, keyLimit - 1, keyLimit - 2, 4, 9, 9);
    const { train, heldOut } = splitByKeys(Int32Array.of(0, 0, 0, 1, 1, 2, 3, 3), 4, 0.2, few);
    expect([...heldOut]).toEqual([0, 1, 4]);
    expect([...train]).toEqual([2, 3, 5, 6, 7]);
  });

  it('never holds out what the encoder has learned from', () => {
    const { heldOut } = splitByKeys(labels, 4, 0.2, keys);
    const learned = new Set([...keysOf(heldOut, keys)].slice(0, 30));
    const rest = keysOf(splitByKeys(labels, 4, 0.2, keys, learned).heldOut, keys);
    expect(rest.size).toBe(heldOut.length - 30);
    for (const key of learned) expect(rest).not.toContain(key);
    expect(splitByKeys(labels, 4, 0.2, keys, new Set(keys)).heldOut.length).toBe(0);
  });
});

describe('stratifiedFolds with keys', () => {
  it('holds out equal texts together, and never what the encoder has learned from', () => {
    const keys = Float64Array.of(1, 1, 2, 3, 3, 4, 10, 11, 12, 13);
    const labels = Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 1);
    const folds = stratifiedFolds(labels, 2, 3, new Random(1), keys, new Set([10]));
    const held = folds.map(({ heldOut }) => [...heldOut]);
    expect(held.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9]);
    for (const [a, b] of [
      [0, 1],
      [3, 4],
    ])
      expect(held.filter((one) => one.includes(a) && one.includes(b)).length).toBe(1);
  });
});
