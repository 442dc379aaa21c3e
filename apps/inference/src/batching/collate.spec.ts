import { collate } from './collate.js';

describe('collate', () => {
  it('pads to the longest text and masks the padding', () => {
    const padded = collate(Int32Array.from([2, 70, 3, 2, 15_999, 5, 6, 3]), Int32Array.from([3, 5]), 0);
    expect([padded.batch, padded.seq]).toEqual([2, 5]);
    expect([...padded.inputIds]).toEqual([2n, 70n, 3n, 0n, 0n, 2n, 15_999n, 5n, 6n, 3n]);
    expect([...padded.attentionMask]).toEqual([1n, 1n, 1n, 0n, 0n, 1n, 1n, 1n, 1n, 1n]);
  });

  it('fills with the padding id of the encoder', () => {
    const padded = collate(Int32Array.from([0, 2, 0, 9, 2]), Int32Array.from([2, 3]), 1);
    expect([...padded.inputIds]).toEqual([0n, 2n, 1n, 0n, 9n, 2n]);
    expect([...padded.attentionMask]).toEqual([1n, 1n, 0n, 1n, 1n, 1n]);
  });
});
