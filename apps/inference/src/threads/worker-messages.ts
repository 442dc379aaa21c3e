/** What passes between a RestartingWorker and the thread behind it. */
import { DomainError, type DomainErrorCode, type DomainErrorDetails } from '@cairn/contracts';

export interface ToWorker<Q> {
  readonly id: number;
  readonly request: Q;
}

export type FromWorker<R, I> =
  | { readonly type: 'ready'; readonly info: I }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'answer'; readonly id: number; readonly answer: R }
  | { readonly type: 'refusal'; readonly id: number; readonly failure: Failure };

/** An error that crossed a thread: classes do not survive structured cloning, so a DomainError is taken apart. */
export interface Failure {
  readonly message: string;
  readonly stack?: string;
  readonly code?: DomainErrorCode;
  readonly details?: DomainErrorDetails;
}

export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof DomainError) return { message: thrown.message, code: thrown.code, details: thrown.details };
  if (thrown instanceof Error) return { message: thrown.message, stack: thrown.stack };
  return { message: String(thrown) };
}

export function fromFailure({ message, stack, code, details }: Failure): Error {
  if (code !== undefined) return new DomainError(code, message, details);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
