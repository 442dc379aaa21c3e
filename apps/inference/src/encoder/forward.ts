import type { PaddedBatch } from '../batching/collate.js';

/**
 * One forward pass of an encoder, wherever it runs. May block the calling thread.
 * @param padded `[batch, seq]`
 * @param layers hidden states wanted: 0 is the embeddings, n the last of n layers
 * @returns for each of `layers`, `[batch, seq, hidden]`, row-major
 */
export type Forward = (padded: PaddedBatch, layers: readonly number[]) => Promise<Float32Array[]>;
