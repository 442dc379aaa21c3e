import type { PaddedBatch } from '../batching/collate.js';

/** In place of a layer: the logits of a sequence classifier, `[batch, classes]`. */
export const logits = -1;

/**
 * One forward pass of an encoder, wherever it runs. May block the calling thread.
 * @param padded `[batch, seq]`
 * @param layers hidden states wanted: 0 is the embeddings, n the last of n layers; or `logits`
 * @returns for each of `layers`, `[batch, seq, hidden]`, row-major
 */
export type Forward = (padded: PaddedBatch, layers: readonly number[]) => Promise<Float32Array[]>;
