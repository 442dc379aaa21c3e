import { DomainError, fromVectors, type vectorsV1 } from '@cairn/contracts';
import { firstNonFinite } from '@cairn/numerics';

/** Reads the first message of a call, which must be `start`. */
export async function receiveStart<Start>(requests: AsyncIterator<{ start?: Start | null }>): Promise<Start> {
  const { value, done } = await requests.next();
  if (done || value.start == null) throw DomainError.invalid('start', 'The first message must be "start".');
  return value.start;
}

/** A message with vectors, and with the weights of them where a call has weights. */
export interface VectorsMessage {
  readonly vectors?: vectorsV1.Vectors | null;
  readonly weights?: readonly number[];
}

/** What of the vectors of a call has been received. */
export interface ReceivedVectors {
  /** `[count, dimension]`, in memory that the worker threads share. */
  readonly values: Float32Array;
  /** `[count]`, shared as well; undefined: all weigh the same. */
  readonly weights: Float32Array | undefined;
}

/**
 * Reads `count` vectors, in chunks of any size.
 * @throws INVALID_INPUT where the vectors or weights are not as announced or a component is not a finite number
 */
export async function receiveWeighted(
  requests: AsyncIterator<VectorsMessage>,
  count: number,
  dimension: number,
  onReceived: (done: number) => Promise<void>,
): Promise<ReceivedVectors> {
  const values = new Float32Array(new SharedArrayBuffer(count * dimension * 4));
  let weights: Float32Array | undefined;
  let received = 0;
  for (let next = await requests.next(); !next.done; next = await requests.next()) {
    const { vectors: chunk, weights: given = [] } = next.value;
    if (chunk == null) throw DomainError.invalid('vectors', 'Only "vectors" may follow "start".');
    const part = checkedChunk(chunk, dimension, received, 'vectors');
    if (received + chunk.count > count)
      throw DomainError.invalid('count', `"start" announced ${count} vectors; ${received + chunk.count} came.`);
    if (given.length > 0 && received === 0) weights ??= new Float32Array(new SharedArrayBuffer(count * 4));
    if (given.length !== (weights === undefined ? 0 : chunk.count))
      throw DomainError.invalid(
        'weights',
        `${chunk.count} vectors came with ${given.length} weights: weigh all vectors of a call or none.`,
      );
    weights?.set(checkedWeights(given, received), received);
    values.set(part, received * dimension);
    received += chunk.count;
    await onReceived(received);
  }
  if (received < count) throw DomainError.invalid('count', `"start" announced ${count} vectors; ${received} came.`);
  if (weights?.every((weight) => weight === 0)) throw DomainError.invalid('weights', 'All weights are 0.');
  return { values, weights };
}

/**
 * Reads `count` vectors that have no weights: `[count, dimension]` in shared memory.
 * @throws INVALID_INPUT where they are not as announced or a component is not a finite number
 */
export async function receiveVectors(
  requests: AsyncIterator<VectorsMessage>,
  count: number,
  dimension: number,
  onReceived: (done: number) => Promise<void>,
): Promise<Float32Array> {
  return (await receiveWeighted(requests, count, dimension, onReceived)).values;
}

/** The values of a chunk, `[chunk.count, dimension]`; `received` came before it. */
export function checkedChunk(
  chunk: vectorsV1.Vectors,
  dimension: number,
  received: number,
  field: string,
): Float32Array {
  if (chunk.dimension !== dimension)
    throw DomainError.invalid(
      'dimension',
      `"start" announced vectors of dimension ${dimension}; these have ${chunk.dimension}.`,
    );
  const part = fromVectors(chunk, field);
  const bad = firstNonFinite(part);
  if (bad >= 0)
    throw DomainError.invalid(
      field,
      `Component ${bad % dimension} of vector ${received + Math.floor(bad / dimension)} is ${part[bad]}; all must be finite numbers.`,
    );
  return part;
}

function checkedWeights(given: readonly number[], received: number): readonly number[] {
  const bad = given.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad >= 0)
    throw DomainError.invalid(
      'weights',
      `The weight of vector ${received + bad} is ${given[bad]}; weights must be finite and not negative.`,
    );
  return given;
}
