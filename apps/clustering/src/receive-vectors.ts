import { DomainError, fromVectors, type vectorsV1 } from '@cairn/contracts';
import { firstNonFinite } from '@cairn/numerics';

/** Reads the first message of a call, which must be `start`. */
export async function receiveStart<Start>(requests: AsyncIterator<{ start?: Start | null }>): Promise<Start> {
  const { value, done } = await requests.next();
  if (done || value.start == null) throw DomainError.invalid('start', 'The first message must be "start".');
  return value.start;
}

/**
 * Reads `count` vectors, in chunks of any size, into memory that the worker threads share: `[count, dimension]`.
 * @throws INVALID_INPUT where the vectors are not as announced or a component is not a finite number
 */
export async function receiveVectors(
  requests: AsyncIterator<{ vectors?: vectorsV1.Vectors | null }>,
  count: number,
  dimension: number,
  onReceived: (done: number) => Promise<void>,
): Promise<Float32Array> {
  const values = new Float32Array(new SharedArrayBuffer(count * dimension * 4));
  let received = 0;
  for (let next = await requests.next(); !next.done; next = await requests.next()) {
    const chunk = next.value.vectors;
    if (chunk == null) throw DomainError.invalid('vectors', 'Only "vectors" may follow "start".');
    if (chunk.dimension !== dimension)
      throw DomainError.invalid(
        'dimension',
        `"start" announced vectors of dimension ${dimension}; these have ${chunk.dimension}.`,
      );
    const part = fromVectors(chunk);
    const bad = firstNonFinite(part);
    if (bad >= 0)
      throw DomainError.invalid(
        'vectors',
        `Component ${bad % dimension} of vector ${received + Math.floor(bad / dimension)} is ${part[bad]}; all must be finite numbers.`,
      );
    if (received + chunk.count > count)
      throw DomainError.invalid('count', `"start" announced ${count} vectors; ${received + chunk.count} came.`);
    values.set(part, received * dimension);
    received += chunk.count;
    await onReceived(received);
  }
  if (received < count) throw DomainError.invalid('count', `"start" announced ${count} vectors; ${received} came.`);
  return values;
}
