import { randomUUID } from 'node:crypto';
import { DomainError } from '@cairn/contracts';
import type { Sql } from './database.js';

export interface IdempotentCall {
  readonly actor: string;
  /** Name of the mutation: the same key may be used for another. */
  readonly operation: string;
  /** Empty: every call makes something new. */
  readonly key: string;
}

/**
 * Makes something once per key: a retry with the same key returns the first id and makes nothing. Run it inside a
 * transaction; of two calls at the same time the second waits for the first.
 * @param make creates the entity under the id it is given
 * @returns the entity's id
 */
export async function once(sql: Sql, call: IdempotentCall, make: (id: string) => Promise<void>): Promise<string> {
  const id = randomUUID();
  if (call.key !== '') {
    if (call.key.length > 200 || call.key.includes('\0'))
      throw DomainError.invalid('idempotencyKey', 'An idempotency key has at most 200 characters and no NUL.');
    const who = [call.actor, call.operation, call.key];
    const claimed = await sql.rows(
      `INSERT INTO idempotent_result (actor, operation, key, entity_id) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING entity_id`,
      [...who, id],
    );
    if (claimed.length === 0) {
      const [first] = await sql.rows<{ id: string }>(
        `SELECT entity_id AS id FROM idempotent_result WHERE actor = $1 AND operation = $2 AND key = $3`,
        who,
      );
      return first.id;
    }
  }
  await make(id);
  return id;
}
