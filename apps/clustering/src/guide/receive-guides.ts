import { DomainError, type clusteringV1 } from '@cairn/contracts';
import { checkedChunk } from '../receive-vectors.js';

/** Labelled vectors, in the measure of the vectors as they came. */
export interface LabelledVectors {
  /** `[topics.length, dimension]`. */
  readonly values: Float32Array;
  readonly topics: Int32Array;
}

/** Reads exactly `count` labelled vectors, the messages after `start`. */
export async function receiveGuides(
  requests: AsyncIterator<clusteringV1.ClusterRequest>,
  count: number,
  dimension: number,
): Promise<LabelledVectors> {
  const values = new Float32Array(new SharedArrayBuffer(count * dimension * 4));
  const topics = new Int32Array(count);
  for (let received = 0; received < count;) {
    const { value, done } = await requests.next();
    const part = done ? undefined : value.guides;
    if (part?.vectors == null)
      throw DomainError.invalid('guides', `"start" announced ${count} labelled vectors; ${received} came.`);
    const { vectors } = part;
    if (received + vectors.count > count || part.topics.length !== vectors.count)
      throw DomainError.invalid(
        'guides',
        `${vectors.count} labelled vectors came with ${part.topics.length} topics, after ${received} of ${count}.`,
      );
    values.set(checkedChunk(vectors, dimension, received, 'guides'), received * dimension);
    topics.set(part.topics, received);
    received += vectors.count;
  }
  return { values, topics };
}
