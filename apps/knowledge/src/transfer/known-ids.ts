import { acrossSpaces } from '../access/scope.js';
import type { Database, Sql } from '../persistence/database.js';

export type Kind = 'topic' | 'question' | 'answer';

/** Ids of content by the ids it has in exports; what is not there is absent. */
export async function knownIds(sql: Sql, kind: Kind, exported: readonly string[]): Promise<Map<string, string>> {
  if (exported.length === 0) return new Map();
  const rows = await sql.rows<{ exported: string; id: string }>(
    `SELECT coalesce(origin_id, id) AS exported, id FROM ${kind}
     WHERE origin_id = ANY ($1::uuid[]) OR (id = ANY ($1::uuid[]) AND origin_id IS NULL)`,
    [exported],
  );
  return new Map(rows.map((row) => [row.exported, row.id]));
}

/**
 * Ids that content of any space has. Content keeps its id on its way into another installation, so that links to it
 * hold; within one installation the copy gets an id of its own. Call it outside of a transaction.
 */
export async function takenIds(database: Database, kind: Kind, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await acrossSpaces(() =>
    database.rows<{ id: string }>(`SELECT id FROM ${kind} WHERE id = ANY ($1::uuid[])`, [ids]),
  );
  return new Set(rows.map(({ id }) => id));
}
