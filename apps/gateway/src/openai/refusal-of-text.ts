import { DomainError, domainErrorCodes, type inferenceV1 } from '@cairn/contracts';
import type { EmbeddingsRequest } from './embeddings-request.js';

/** How a caller knows a text of theirs. */
export const placeOf = ({ single }: EmbeddingsRequest, index: number): string => (single ? 'input' : `input[${index}]`);

/** What is wrong with one text, as what is wrong with the request. */
export function refusalOfText(
  request: EmbeddingsRequest,
  index: number,
  { code, message }: Pick<inferenceV1.ItemError, 'code' | 'message'>,
): Error {
  const place = placeOf(request, index);
  const known = domainErrorCodes.find((candidate) => candidate === code);
  if (known === undefined || known === 'INTERNAL') return new Error(`${place}: ${code}: ${message}`);
  return new DomainError(known, `${place}: ${message}`, { field: 'input' });
}
