import { DomainError } from '@cairn/contracts';
import { Random } from '@cairn/numerics';
import { checkedChunk, type VectorsMessage } from '../receive-vectors.js';
import type { VectorSpool } from './vector-spool.js';

/** Some of the rows, each with the same probability. */
export interface SampledRows {
  /** `[rows.length, dimension]`, in shared memory. */
  readonly values: Float32Array;
  /** Their places among all rows, in the order of `values`. */
  readonly rows: Int32Array;
}

/**
 * Reads `count` vectors into a spool, and keeps a sample of them, drawn by the seed (Vitter's reservoir).
 * @throws INVALID_INPUT where they are not as announced or a component is not a finite number
 */
export async function receiveSpool(
  requests: AsyncIterator<VectorsMessage>,
  count: number,
  spool: VectorSpool,
  { limit, seed }: { readonly limit: number; readonly seed: number },
  onReceived: (done: number) => Promise<void>,
): Promise<SampledRows> {
  const { dimension } = spool;
  const kept = Math.min(limit, count);
  const values = new Float32Array(new SharedArrayBuffer(kept * dimension * 4));
  const rows = new Int32Array(kept);
  const random = new Random(seed);
  for (let next = await requests.next(); !next.done; next = await requests.next()) {
    const { vectors: chunk, weights = [] } = next.value;
    if (chunk == null) throw DomainError.invalid('vectors', 'Only "vectors" may follow "start".');
    if (weights.length > 0)
      throw DomainError.invalid('weights', 'So many vectors are clustered from disk, where they have no weights.');
    const received = spool.count;
    const part = checkedChunk(chunk, dimension, received, 'vectors');
    if (received + chunk.count > count)
      throw DomainError.invalid('count', `"start" announced ${count} vectors; ${received + chunk.count} came.`);
    for (let i = 0; i < chunk.count; i++) {
      const place = received + i < kept ? received + i : random.below(received + i + 1);
      if (place >= kept) continue;
      rows[place] = received + i;
      values.set(part.subarray(i * dimension, (i + 1) * dimension), place * dimension);
    }
    await spool.append(part);
    await onReceived(spool.count);
  }
  if (spool.count < count)
    throw DomainError.invalid('count', `"start" announced ${count} vectors; ${spool.count} came.`);
  return { values, rows };
}
