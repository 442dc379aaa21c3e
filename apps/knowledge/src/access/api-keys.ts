import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DomainError, roles, type Role } from '@cairn/contracts';
import { readPage, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import type { Database, Sql } from '../persistence/database.js';
import { checkedId, checkedText } from '../questions/checked-text.js';
import { actorOf, requireInstallationAdmin, requireRole, type Caller } from './caller.js';
import { checkedInstant } from './checked-instant.js';
import { acrossSpaces, currentScope } from './scope.js';

/** What a key may be limited to, below what its role may do. */
export const keyScopes = ['read', 'ask', 'encode', 'write', 'manage', 'access'] as const;

export interface KeyIdentity {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  /** Null: every space. */
  readonly spaceId: string | null;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
}

/** A row of `api_key`, without its hash. */
export interface KeyRecord {
  readonly id: string;
  readonly seq: number;
  readonly name: string;
  readonly role: Role;
  readonly scopes: string[];
  readonly prefix: string;
  readonly space_id: string | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const keyColumns =
  'id, seq, name, role, scopes, prefix, space_id, created_by, created_at, expires_at, last_used_at, revoked_at';

const hashOf = (key: string) => createHash('sha256').update(key, 'utf8').digest('hex');
const newKey = () => `cairn_${randomBytes(32).toString('base64url')}`;
/** "cairn_" and six of 43 characters: enough to know a key again, far too little to guess it. */
const prefixOf = (key: string) => key.slice(0, 12);

/** Any number of its own: of two api processes that start on an empty database, one makes the first key. */
const bootstrapLock = 7_246_004;

/** Who a key belongs to. @throws UNAUTHENTICATED if there is no such key, or it is revoked or expired */
export async function verifyKey(sql: Sql, key: string): Promise<KeyIdentity> {
  return acrossSpaces(async () => {
    const [found] = await sql.rows<KeyIdentity & { expired: boolean; used: boolean }>(
      `SELECT id AS "keyId", name, role, space_id AS "spaceId", scopes, expires_at AS "expiresAt",
         coalesce(expires_at <= now(), false) AS expired,
         coalesce(last_used_at > now() - interval '1 minute', false) AS used
       FROM api_key WHERE hash = $1 AND revoked_at IS NULL`,
      [hashOf(key)],
    );
    if (found === undefined)
      throw new DomainError('UNAUTHENTICATED', 'This key does not exist or is revoked; use another.');
    const { expired, used, ...identity } = found;
    if (expired)
      throw new DomainError(
        'UNAUTHENTICATED',
        `The key "${identity.name}" expired on ${identity.expiresAt?.toISOString()}; use another.`,
      );
    // To the minute: knowing when a key was last used must not cost a write with every call.
    if (!used) await sql.rows('UPDATE api_key SET last_used_at = now() WHERE id = $1', [identity.keyId]);
    return identity;
  });
}

export interface NewKey {
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  /** ISO 8601; absent: it never expires. */
  readonly expiresAt?: string;
  readonly everySpace: boolean;
}

/**
 * Makes a key for the caller's space. Its text is returned this once; the table has its hash only: keys are 256
 * random bits, so a slow hash would protect nothing more.
 * @throws INVALID_INPUT naming the field; FORBIDDEN below admin
 */
export async function createKey(
  database: Database,
  caller: Caller,
  given: NewKey,
): Promise<{ key: KeyRecord; secret: string }> {
  requireRole(caller, 'admin');
  if (given.everySpace) requireInstallationAdmin(caller);
  const name = checkedText(given.name, 'name', 100);
  if (!roles.some((role) => role === given.role))
    throw DomainError.invalid('role', `A key has the role ${roles.join(', ')}; "${given.role}" is none.`);
  const unknown = given.scopes.find((scope) => !keyScopes.some((known) => known === scope));
  if (unknown !== undefined)
    throw DomainError.invalid('scopes', `Scopes are ${keyScopes.join(', ')}; "${unknown}" is none.`);
  const expiresAt = given.expiresAt ? checkedInstant(given.expiresAt, 'expiresAt') : null;
  if (expiresAt !== null && expiresAt.getTime() <= Date.now())
    throw DomainError.invalid('expiresAt', 'A key must expire in the future.');
  const secret = newKey();
  const { space } = currentScope();
  const [key] = await acrossSpaces(() =>
    database.transaction((sql) =>
      sql.rows<KeyRecord>(
        `INSERT INTO api_key (name, role, scopes, prefix, hash, space_id, created_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${keyColumns}`,
        [
          name,
          given.role,
          [...new Set(given.scopes)],
          prefixOf(secret),
          hashOf(secret),
          given.everySpace ? null : space,
          actorOf(caller),
          expiresAt,
        ],
      ),
    ),
  );
  return { key, secret };
}

/** Which keys an admin sees: those of the space, and those of every space if it is an admin of the installation. */
const seen = '(space_id = $1 OR ($2 AND space_id IS NULL))';
const seenBy = (caller: Caller) => [currentScope().space, caller.everySpace === true];

/** Newest first, revoked and expired ones too. */
export async function listKeys(database: Database, caller: Caller, page: KeysetPage): Promise<PageOfRows<KeyRecord>> {
  requireRole(caller, 'admin');
  const list = {
    columns: keyColumns,
    tables: 'api_key',
    ordered: 'api_key',
    where: [seen],
    parameters: seenBy(caller),
  };
  return acrossSpaces(() => readPage<KeyRecord>(database, list, page));
}

/** Revoking twice changes nothing. @throws NOT_FOUND */
export async function revokeKey(database: Database, caller: Caller, id: string): Promise<KeyRecord> {
  requireRole(caller, 'admin');
  const parameters = [...seenBy(caller), checkedId('key', id)];
  const [key] = await acrossSpaces(() =>
    database.transaction((sql) =>
      sql.rows<KeyRecord>(
        `UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE ${seen} AND id = $3 RETURNING ${keyColumns}`,
        parameters,
      ),
    ),
  );
  if (key === undefined) throw DomainError.notFound('key', id);
  return key;
}

/**
 * Makes the first admin key if there is no key yet; it is for every space.
 * @param keep keeps it for the person who runs this; if that fails the key is not stored
 * @returns whether one was made
 */
export async function bootstrapKey(database: Database, keep: (key: string) => void): Promise<boolean> {
  const create = async (sql: Sql) => {
    await sql.rows('SELECT pg_advisory_xact_lock($1)', [bootstrapLock]);
    if ((await sql.rows('SELECT 1 FROM api_key LIMIT 1')).length > 0) return false;
    const key = newKey();
    await sql.rows(`INSERT INTO api_key (name, role, prefix, hash) VALUES ('admin', 'admin', $1, $2)`, [
      prefixOf(key),
      hashOf(key),
    ]);
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
