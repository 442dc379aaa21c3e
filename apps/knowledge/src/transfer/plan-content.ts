import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { knownIds, type Kind } from './known-ids.js';
import { readRecord, recordLine, type RecordOf } from './record-format.js';
import { answerFields, questionFields, topicFields } from './select-records.js';

/** What is to be done with the content that a record describes. */
export type Planned<R> =
  | { readonly record: R; readonly todo: 'create'; readonly id: string; readonly originId: string | null }
  | { readonly record: R; readonly todo: 'update'; readonly id: string }
  | { readonly record: R; readonly todo: 'nothing'; readonly id: string }
  | { readonly record: R; readonly todo: 'refuse'; readonly why: DomainError };

export type ContentRecord = RecordOf<Kind>;

const stored: Record<Kind, string> = {
  topic: `SELECT t.id, ${topicFields} AS fields FROM topic AS t WHERE t.id = ANY ($1::uuid[])`,
  question: `SELECT q.id, ${questionFields()} AS fields FROM question AS q WHERE q.id = ANY ($1::uuid[])`,
  answer: `SELECT a.id, ${answerFields} AS fields FROM answer AS a JOIN question AS q ON q.id = a.question_id
           WHERE a.id = ANY ($1::uuid[])`,
};

/**
 * Finds what is there already and compares: the same content needs nothing, of different content the one changed later
 * holds. What is there stays locked until the end of the transaction.
 * @param alike finds content that is the same by something else than its id; returns ids by exported ids
 * @param taken ids that belong to content of other spaces, too
 */
export async function planContent<R extends ContentRecord>(
  sql: Sql,
  kind: R['record'],
  records: readonly R[],
  alike: (unknown: readonly R[]) => Promise<Map<string, string>>,
  taken: ReadonlySet<string>,
): Promise<Planned<R>[]> {
  const ids = await knownIds(
    sql,
    kind,
    records.map(({ id }) => id),
  );
  const unknown = records.filter(({ id }) => !ids.has(id));
  if (unknown.length > 0) {
    const found = [...(await alike(unknown))];
    for (const [exported, id] of found) ids.set(exported, id);
    // From now on it is known by the id it has in this export.
    if (found.length > 0)
      await sql.rows(
        `UPDATE ${kind} SET origin_id = nullif(given.exported, ${kind}.id)
         FROM unnest($1::uuid[], $2::uuid[]) AS given (exported, id) WHERE ${kind}.id = given.id`,
        [found.map(([exported]) => exported), found.map(([, id]) => id)],
      );
  }
  await sql.rows(`SELECT 1 FROM ${kind} WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`, [[...ids.values()]]);
  const rows = await sql.rows<{ id: string; fields: Record<string, unknown> }>(stored[kind], [[...ids.values()]]);
  const present = new Map(rows.map(({ id, fields }) => [id, readRecord(recordLine(kind, fields)) as R]));
  return records.map((record) => {
    const id = ids.get(record.id);
    const there = id === undefined ? undefined : present.get(id);
    if (id === undefined || there === undefined) {
      const free = !taken.has(record.id);
      return { record, todo: 'create', id: free ? record.id : randomUUID(), originId: free ? null : record.id };
    }
    if (isDeepStrictEqual(said(record), said(there))) return { record, todo: 'nothing', id };
    if (record.updatedAt > there.updatedAt) return { record, todo: 'update', id };
    const why = DomainError.conflict(
      `The ${kind} was changed here later than in the file; it was left as it is.`,
      'updatedAt',
      there.version,
    );
    return { record, todo: 'refuse', why };
  });
}

/**
 * What two records have to agree on: not how often and by whom it was written, nor its addresses, which may have been
 * taken here.
 */
function said(record: ContentRecord): Record<string, unknown> {
  const { id, version, updatedAt, createdAt, changedBy, slug, redirects, ...rest } = record as RecordOf<'question'>;
  void [id, version, updatedAt, createdAt, changedBy, slug, redirects];
  return rest;
}
