import { readPage, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import type { Sql } from '../persistence/database.js';
import { requireRole, type Caller } from './caller.js';
import { checkedInstant } from './checked-instant.js';

/** A row of `audit_entry`: one statement that changed something. */
export interface AuditRecord {
  readonly id: string;
  readonly seq: number;
  readonly at: Date;
  readonly actor: string;
  readonly operation: string;
  readonly request_id: string;
  readonly action: 'insert' | 'update' | 'delete';
  readonly entity: string;
  readonly entity_ids: string[];
  readonly changes: { id: string; before?: object; after?: object }[] | null;
}

/** What is looked for; empty texts: anything. */
export interface AuditFilter {
  readonly entityId: string;
  readonly entity: string;
  readonly actor: string;
  /** ISO 8601. */
  readonly since: string;
  readonly until: string;
}

/** Changes in the caller's space, newest first. @throws INVALID_INPUT naming `since` or `until` */
export async function listAuditEntries(
  sql: Sql,
  caller: Caller,
  filter: AuditFilter,
  page: KeysetPage,
): Promise<PageOfRows<AuditRecord>> {
  requireRole(caller, 'admin');
  const where = ['true'];
  const parameters: unknown[] = [];
  const add = (given: string, condition: (place: string) => string, value: unknown = given) => {
    if (given !== '') where.push(condition(`$${parameters.push(value)}`));
  };
  // Like a text that was never stored, one with a NUL matches nothing.
  const { entityId, entity, actor } = filter;
  if (`${entityId}${entity}${actor}`.includes('\0')) where.push('false');
  else {
    add(entityId, (place) => `entity_ids @> ARRAY[${place}::text]`);
    add(entity, (place) => `entity = ${place}`);
    add(actor, (place) => `actor = ${place}`);
  }
  add(filter.since, (place) => `at >= ${place}`, filter.since && checkedInstant(filter.since, 'since'));
  add(filter.until, (place) => `at < ${place}`, filter.until && checkedInstant(filter.until, 'until'));
  const list = { columns: '*', tables: 'audit_entry', ordered: 'audit_entry', where, parameters };
  return readPage<AuditRecord>(sql, list, page);
}
