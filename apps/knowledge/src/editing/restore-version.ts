import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import { refuseDeleted, restoredColumns, type ContentKind } from './content-kind.js';
import { readVersion } from './read-versions.js';

/**
 * Writes what an earlier version said as a new version. State, address, labels and place in the tree stay: to restore a
 * text is not to publish it. Run it inside a transaction.
 * @returns the version that holds now
 */
export async function restoreVersion(
  sql: Sql,
  caller: Caller,
  { kind, id, expectedVersion, version }: { kind: ContentKind; id: string; expectedVersion: number; version: number },
): Promise<number> {
  requireRole(caller, kind === 'topic' ? 'admin' : 'editor');
  const row = await lockVersion<{ version: number; deleted_at: Date | null }>(sql, kind, id, expectedVersion);
  if (kind !== 'topic') refuseDeleted(kind, row);
  const { content } = await readVersion(sql, kind, id, version);
  const columns = Object.entries(restoredColumns[kind]);
  const given = (index: number) => `$${index + 2}`;
  const [changed] = await sql.rows<{ version: number }>(
    `UPDATE ${kind} SET ${columns.map(([, column], index) => `${column} = ${given(index)}`).join(', ')},
       version = version + 1, updated_at = now()
     WHERE id = $1 AND (${columns.map(([, column], index) => `${column} <> ${given(index)}`).join(' OR ')})
     RETURNING version`,
    [id, ...columns.map(([name]) => content[name])],
  );
  return changed?.version ?? row.version;
}
