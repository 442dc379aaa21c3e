import { UserErrorCode, type Payload } from '../schema/user-error.js';
import { toUserError } from './error-table.js';

/**
 * Runs a mutation: its outcome under `name`, or what the caller can put right in `userErrors`.
 * Everything else is thrown on and becomes a top-level error.
 * @param current with CONFLICT: reads the entity as it is now, so that the caller can decide what to do about it
 */
export async function payload<K extends string, T>(
  name: K,
  change: () => Promise<T>,
  current?: () => Promise<T | undefined>,
): Promise<{ [P in K]?: T } & { current?: T } & Payload> {
  try {
    return { [name]: await change(), userErrors: [] } as unknown as { [P in K]?: T } & Payload;
  } catch (thrown) {
    const userError = toUserError(thrown);
    if (userError === undefined) throw thrown;
    // If it cannot be read just now, the conflict is told without it.
    const isConflict = userError.code === UserErrorCode.CONFLICT;
    const now = isConflict ? await current?.().catch(() => undefined) : undefined;
    return { current: now, userErrors: [userError] } as { [P in K]?: T } & { current?: T } & Payload;
  }
}
