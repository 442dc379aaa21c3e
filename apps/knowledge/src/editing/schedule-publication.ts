import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import { acrossSpaces, inScope } from '../access/scope.js';
import type { Database, Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import type { ContentState } from '../questions/content-state.js';
import { refuseDeleted } from './content-kind.js';
import type { SeenContent } from './delete-content.js';

const farthestMs = 10 * 366 * 24 * 3_600_000;

/**
 * Sets or clears the date at which content is published. Run it inside a transaction.
 * @param publishAt undefined: not any more
 * @returns the version that holds now
 */
export async function schedulePublication(
  sql: Sql,
  caller: Caller,
  { kind, id, expectedVersion }: SeenContent,
  publishAt: Date | undefined,
): Promise<number> {
  requireRole(caller, 'editor');
  const ahead = publishAt && publishAt.getTime() - Date.now();
  if (ahead !== undefined && !(ahead > 0 && ahead < farthestMs))
    throw DomainError.invalid('publishAt', 'Give a time that is still to come, within ten years; or publish it now.');
  const row = await lockVersion<{ version: number; deleted_at: Date | null; state: ContentState }>(
    sql,
    kind,
    id,
    expectedVersion,
  );
  refuseDeleted(kind, row);
  if (publishAt && (row.state === 'published' || row.state === 'archived'))
    throw DomainError.conflict(`This ${kind} is ${row.state}; only what is still to be published has a date.`, 'state');
  const [changed] = await sql.rows<{ version: number }>(
    `UPDATE ${kind} SET publish_at = $2, version = version + 1, updated_at = now()
     WHERE id = $1 AND publish_at IS DISTINCT FROM $2 RETURNING version`,
    [id, publishAt ?? null],
  );
  return changed?.version ?? row.version;
}

/** Things that are published in one transaction. */
const atOnce = 500;

/**
 * Publishes what is due, its date cleared in the same statement: several processes may do it at the same time.
 * @returns how many were published
 */
export async function publishDue(database: Database): Promise<number> {
  const spaces = await acrossSpaces(() =>
    database.rows<{ id: string }>(
      `SELECT space_id AS id FROM question WHERE publish_at <= now()
       UNION SELECT space_id FROM answer WHERE publish_at <= now()`,
    ),
  );
  let published = 0;
  for (const { id: space } of spaces)
    published += await inScope({ space, actor: 'schedule', operation: 'publishDue' }, () => publishInSpace(database));
  return published;
}

function publishInSpace(database: Database): Promise<number> {
  return database.transaction(async (sql) => {
    let published = 0;
    for (const kind of ['question', 'answer'] as const) {
      const firstTime = kind === 'question' ? ', published_at = coalesce(published_at, now())' : '';
      const rows = await sql.rows(
        `UPDATE ${kind} SET state = 'published', publish_at = NULL, version = version + 1, updated_at = now() ${firstTime}
         WHERE id IN (SELECT id FROM ${kind} WHERE publish_at <= now() AND state IN ('incoming', 'draft', 'review')
                      ORDER BY publish_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
         RETURNING id`,
      );
      published += rows.length;
    }
    return published;
  });
}
