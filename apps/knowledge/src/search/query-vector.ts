import { DomainError, fromVectors, inferenceV1, sameProvenance, type InferenceClient } from '@cairn/contracts';
import type { Caller } from '../access/caller.js';
import { findEncoderInUse } from '../embedding/encoder-in-use.js';
import type { Sql } from '../persistence/database.js';
import type { QueryVector } from './nearest.js';

/** Somebody is waiting: after this, words alone have to do. */
export const interactiveDeadlineMs = 5_000;

const withoutVectors = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'OVERLOADED', 'NOT_FOUND']);

/**
 * The vector of a text, by the encoder whose vectors are stored; undefined if nothing is embedded yet, inference
 * cannot be reached, or it has another revision of that encoder now.
 */
export async function queryVector(
  sql: Sql,
  inference: InferenceClient,
  text: string,
  caller: Caller,
): Promise<QueryVector | undefined> {
  const encoder = await findEncoderInUse(sql);
  if (encoder === undefined) return undefined;
  const options = {
    model: encoder.provenance.encoderId,
    pooling: encoder.provenance.pooling,
    normalize: encoder.provenance.normalized,
    priority: inferenceV1.Priority.PRIORITY_INTERACTIVE,
  };
  try {
    const response = await inference.embed(
      { texts: [text], options },
      { context: caller, deadlineMs: interactiveDeadlineMs },
    );
    refuseFailed(response.errors);
    const { vectors } = response;
    if (!vectors?.provenance || !sameProvenance(vectors.provenance, encoder.provenance)) return undefined;
    return { encoder, values: fromVectors(vectors) };
  } catch (error) {
    if (error instanceof DomainError && withoutVectors.has(error.code)) return undefined;
    throw error;
  }
}

/** @throws what inference says of the one text that was sent */
export function refuseFailed(errors: readonly inferenceV1.ItemError[]): void {
  const [error] = errors;
  if (error === undefined) return;
  if (error.code === 'INVALID_INPUT') throw DomainError.invalid('text', error.message);
  throw new DomainError('UNAVAILABLE', error.message);
}
