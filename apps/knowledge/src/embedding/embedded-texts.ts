import { DomainError, fromVectors, sameProvenance, type inferenceV1 } from '@cairn/contracts';
import type { EncoderRecord } from './encoder-in-use.js';
import { encodeVector } from './vector-codec.js';

/** Texts in one message: 128 of the longest allowed texts stay below the 32 MiB of a message. */
export const textsInMessage = 128;

/** Messages on their way at the same time. */
export const messagesUnderWay = 4;

/** What inference made of a text: its vector as a parameter, or why there is none. */
export type EmbeddedText =
  | { readonly vector: Buffer; readonly tokens: number; readonly truncated: boolean; readonly refused?: undefined }
  | { readonly refused: string };

/**
 * The answer to a message of `count` texts, one for each.
 * @throws UNAVAILABLE if inference has another encoder now, or failed
 */
export function embeddedTexts(
  encoder: EncoderRecord,
  count: number,
  { vectors, errors, items }: inferenceV1.EmbedResponse,
): EmbeddedText[] {
  if (vectors == null || vectors.count !== count) throw new Error('Inference answered with another number of vectors.');
  if (vectors.provenance != null && !sameProvenance(vectors.provenance, encoder.provenance))
    throw new DomainError('UNAVAILABLE', 'The encoder was exchanged while texts were embedded.');
  const matrix = fromVectors(vectors);
  const refused = new Map<number, string>();
  for (const { index, code, message } of errors) {
    if (code !== 'INVALID_INPUT') throw new DomainError('UNAVAILABLE', message);
    refused.set(index, message);
  }
  return Array.from({ length: count }, (_, row): EmbeddedText => {
    const reason = refused.get(row);
    if (reason !== undefined) return { refused: reason };
    const { tokens, truncated } = items[row];
    return { vector: encodeVector(matrix, row, vectors.dimension), tokens, truncated };
  });
}
