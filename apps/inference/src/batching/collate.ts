/** A batch as the encoder takes it: int64, `[batch, seq]`, row-major. */
export interface PaddedBatch {
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
  readonly batch: number;
  readonly seq: number;
}

/**
 * Pads the texts of a batch to the longest.
 * @param ids ids of all texts, one after the other
 * @param lengths ids each text has
 * @param padId id that fills up
 */
export function collate(ids: Int32Array, lengths: Int32Array, padId: number): PaddedBatch {
  const batch = lengths.length;
  let seq = 0;
  for (const length of lengths) seq = Math.max(seq, length);
  const inputIds = new BigInt64Array(batch * seq);
  const attentionMask = new BigInt64Array(batch * seq);
  if (padId !== 0) inputIds.fill(BigInt(padId));
  // Ids are never negative and below 2^31, so the low half of each little-endian int64 holds all of it; a BigInt a
  // token would be an object a token.
  const lowIds = new Int32Array(inputIds.buffer);
  const lowMask = new Int32Array(attentionMask.buffer);
  let at = 0;
  for (let row = 0; row < batch; row++)
    for (let column = 0; column < lengths[row]; column++) {
      const cell = 2 * (row * seq + column);
      lowIds[cell] = ids[at++];
      lowMask[cell] = 1;
    }
  return { inputIds, attentionMask, batch, seq };
}
