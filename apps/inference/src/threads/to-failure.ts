import { Refusal } from './refusal.js';
import { Unavailable } from './unavailable.js';
import type { Failure } from './worker-messages.js';

/** An error as it leaves a thread. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Refusal) return { message: thrown.message, field: thrown.field };
  if (thrown instanceof Unavailable) return { message: thrown.message, unavailable: true };
  if (thrown instanceof Error) return { message: thrown.message, stack: thrown.stack };
  return { message: String(thrown) };
}
