import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import type { PageOfRows } from '../persistence/keyset-list.js';
import { pageOf, type KeysetPage } from '../persistence/keyset-page.js';
import { checkedId } from '../questions/checked-text.js';
import { contentOfRow, type ContentKind } from './content-kind.js';

/** What a version consists of, by name; absent and null mean the same. */
export type Content = Readonly<Record<string, unknown>>;

export interface VersionRecord {
  /** The version: pages are ordered by it. */
  readonly seq: number;
  readonly version: number;
  readonly content: Content;
  readonly changedBy: string;
  readonly changedAt: Date;
  readonly current: boolean;
}

/** Every version there is of one thing: `$1` is its id. */
function versionsOf(kind: ContentKind): string {
  return `(
    SELECT version, ${contentOfRow[kind]} AS content, changed_by, updated_at AS changed_at, true AS current
    FROM ${kind} WHERE id = $1
    UNION ALL
    SELECT version, content, changed_by, changed_at, false
    FROM content_version WHERE entity = '${kind}' AND entity_id = $1
  ) AS versions`;
}

const columns = `version AS seq, version, content, changed_by AS "changedBy", changed_at AS "changedAt", current`;

/** Versions of one thing, newest first. @throws NOT_FOUND */
export async function listVersions(
  sql: Sql,
  caller: Caller,
  kind: ContentKind,
  id: string,
  page: KeysetPage,
): Promise<PageOfRows<VersionRecord>> {
  requireRole(caller, 'reader');
  const [counted] = await sql.rows<{ total: number }>(`SELECT count(*) AS total FROM ${versionsOf(kind)}`, [
    checkedId(kind, id),
  ]);
  if (counted.total === 0) throw DomainError.notFound(kind, id);
  const rows = await sql.rows<VersionRecord>(
    `SELECT ${columns} FROM ${versionsOf(kind)}
     WHERE $2::bigint IS NULL OR version < $2 ORDER BY version DESC LIMIT ${page.first + 1}`,
    [id, page.afterSeq ?? null],
  );
  return pageOf(rows, page, page.withTotal ? counted.total : undefined);
}

/**
 * The content of a version. A number that has no row of its own has the content of the next that has one: only a model's
 * label changed in between.
 * @param version 0: the one that holds
 * @throws NOT_FOUND
 */
export async function readVersion(sql: Sql, kind: ContentKind, id: string, version: number): Promise<VersionRecord> {
  const [found] = await sql.rows<VersionRecord>(
    `SELECT ${columns} FROM ${versionsOf(kind)}
     WHERE CASE WHEN $2 = 0 THEN current ELSE version >= $2 END ORDER BY version LIMIT 1`,
    [checkedId(kind, id), version],
  );
  if (found === undefined) throw DomainError.notFound(version === 0 ? kind : `version ${version} of ${kind}`, id);
  return found;
}
