import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DomainError, type Role } from '@cairn/contracts';
import { acrossSpaces } from './scope.js';
import type { Database, Sql } from '../persistence/database.js';

export interface KeyIdentity {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
}

const hashOf = (key: string) => createHash('sha256').update(key, 'utf8').digest('hex');

/** Any number of its own: of two api processes that start on an empty database, one makes the first key. */
const bootstrapLock = 7_246_004;

/** Who a key belongs to. @throws UNAUTHENTICATED if there is no such key or it is revoked */
export async function verifyKey(sql: Sql, key: string): Promise<KeyIdentity> {
  const [identity] = await acrossSpaces(() =>
    sql.rows<KeyIdentity>(`SELECT id AS "keyId", name, role FROM api_key WHERE hash = $1 AND revoked_at IS NULL`, [
      hashOf(key),
    ]),
  );
  if (identity === undefined)
    throw new DomainError('UNAUTHENTICATED', 'This key does not exist or is revoked; use another.');
  return identity;
}

/**
 * Makes the first admin key if there is no key yet.
 * @param keep keeps it for the person who runs this; if that fails the key is not stored
 * @returns whether one was made
 */
export async function bootstrapKey(database: Database, keep: (key: string) => void): Promise<boolean> {
  const create = async (sql: Sql) => {
    await sql.rows('SELECT pg_advisory_xact_lock($1)', [bootstrapLock]);
    if ((await sql.rows('SELECT 1 FROM api_key LIMIT 1')).length > 0) return false;
    const key = `cairn_${randomBytes(32).toString('base64url')}`;
    await sql.rows(`INSERT INTO api_key (name, role, hash) VALUES ('admin', 'admin', $1)`, [hashOf(key)]);
    keep(key);
    return true;
  };
  return acrossSpaces(() => database.transaction(create));
}

/** Writes the first key where the configuration says, for its owner only, or prints it. */
export function keepKey(key: string, file: string | undefined): void {
  if (file === undefined) {
    process.stdout.write(`The admin key, shown only this once: ${key}\n`);
    return;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
}
