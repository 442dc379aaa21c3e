import { DomainError } from '@cairn/contracts';
import type { Failure } from './worker-messages.js';

/** An error as it arrives on the main thread. */
export function fromFailure({ message, stack, field, unavailable }: Failure): Error {
  if (field !== undefined) return DomainError.invalid(field, message);
  if (unavailable === true) return new DomainError('UNAVAILABLE', message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
