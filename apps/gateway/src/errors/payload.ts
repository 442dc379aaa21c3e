import type { Payload } from '../schema/user-error.js';
import { toUserError } from './error-table.js';

/**
 * Runs a mutation: its outcome under `name`, or what the caller can put right in `userErrors`.
 * Everything else is thrown on and becomes a top-level error.
 */
export async function payload<K extends string, T>(
  name: K,
  change: () => Promise<T>,
): Promise<{ [P in K]?: T } & Payload> {
  try {
    return { [name]: await change(), userErrors: [] } as unknown as { [P in K]?: T } & Payload;
  } catch (thrown) {
    const userError = toUserError(thrown);
    if (userError === undefined) throw thrown;
    return { userErrors: [userError] } as { [P in K]?: T } & Payload;
  }
}
