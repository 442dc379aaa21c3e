import { DomainError } from '@cairn/contracts';
import type { Database, Sql } from '../persistence/database.js';
import { readPage, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import { checkedId, checkedText } from '../questions/checked-text.js';
import { requireInstallationAdmin, requireRole, type Caller } from './caller.js';
import { acrossSpaces, currentScope } from './scope.js';

/** A row of `space`. */
export interface SpaceRecord {
  readonly id: string;
  readonly seq: number;
  readonly slug: string;
  readonly title: string;
  readonly anonymous_reading: boolean;
  readonly version: number;
  readonly created_at: Date;
}

const slugPattern = /^[a-z0-9](-?[a-z0-9]){0,62}$/;
const uniqueViolation = '23505';

/** The space with a slug. @throws NOT_FOUND */
export async function findSpace(database: Database, slug: string): Promise<SpaceRecord> {
  const [space] = slugPattern.test(slug)
    ? await acrossSpaces(() => database.rows<SpaceRecord>('SELECT * FROM space WHERE slug = $1', [slug]))
    : [];
  if (space === undefined) throw DomainError.notFound('space', slug);
  return space;
}

/** All spaces for admins of the installation, else the caller's own. */
export async function listSpaces(
  database: Database,
  caller: Caller,
  page: KeysetPage,
): Promise<PageOfRows<SpaceRecord>> {
  requireRole(caller, 'reader');
  const list = {
    columns: '*',
    tables: 'space',
    ordered: 'space',
    where: ['($1 OR id = $2)'],
    parameters: [caller.everySpace === true, currentScope().space],
  };
  return acrossSpaces(() => readPage<SpaceRecord>(database, list, page));
}

/** @throws CONFLICT if the slug is taken, INVALID_INPUT naming the field */
export async function createSpace(
  database: Database,
  caller: Caller,
  given: { slug: string; title: string; anonymousReading: boolean },
): Promise<SpaceRecord> {
  requireInstallationAdmin(caller);
  const title = checkedText(given.title, 'title', 200);
  if (!slugPattern.test(given.slug))
    throw DomainError.invalid('slug', 'A slug has up to 63 letters a-z and digits, with single hyphens between them.');
  const insert = (sql: Sql) =>
    sql.rows<SpaceRecord>(`INSERT INTO space (slug, title, anonymous_reading) VALUES ($1, $2, $3) RETURNING *`, [
      given.slug,
      title,
      given.anonymousReading,
    ]);
  try {
    const [space] = await acrossSpaces(() => database.transaction(insert));
    return space;
  } catch (error) {
    if ((error as { code?: string }).code !== uniqueViolation) throw error;
    throw DomainError.conflict(`There is a space "${given.slug}" already; choose another slug.`, 'slug');
  }
}

/** @throws NOT_FOUND, CONFLICT if somebody else changed it */
export async function updateSpace(
  database: Database,
  caller: Caller,
  change: { id: string; expectedVersion: number; title?: string; anonymousReading?: boolean },
): Promise<SpaceRecord> {
  requireRole(caller, 'admin');
  const id = checkedId('space', change.id);
  if (caller.everySpace !== true && id !== currentScope().space) throw DomainError.notFound('space', change.id);
  const title = change.title == null ? null : checkedText(change.title, 'title', 200);
  return acrossSpaces(() =>
    database.transaction(async (sql) => {
      const [space] = await sql.rows<SpaceRecord>('SELECT * FROM space WHERE id = $1 FOR UPDATE', [id]);
      if (space === undefined) throw DomainError.notFound('space', change.id);
      if (space.version !== change.expectedVersion)
        throw DomainError.conflict(
          `The space has version ${space.version} now, not ${change.expectedVersion}. Read it again and repeat the change.`,
          'expectedVersion',
        );
      const [changed] = await sql.rows<SpaceRecord>(
        `UPDATE space SET title = coalesce($2, title), anonymous_reading = coalesce($3, anonymous_reading),
           version = version + 1 WHERE id = $1 RETURNING *`,
        [id, title, change.anonymousReading ?? null],
      );
      return changed;
    }),
  );
}

interface Known {
  readonly open: Promise<boolean>;
  readonly until: number;
}
const keepMs = 5_000;
const maxKnown = 1_000;

/** Whether callers without a key may read a space, asked of the database every five seconds at most. */
export class AnonymousReading {
  private readonly known = new Map<string, Known>();

  constructor(private readonly database: Database) {}

  /** @throws UNAUTHENTICATED if the space is closed to them, or there is none */
  async check(space: string): Promise<void> {
    let known = this.known.get(space);
    if (known === undefined || known.until < Date.now()) {
      if (this.known.size >= maxKnown) this.known.clear();
      known = { open: this.ask(space), until: Date.now() + keepMs };
      this.known.set(space, known);
      known.open.catch(() => this.known.delete(space));
    }
    if (!(await known.open))
      throw new DomainError('UNAUTHENTICATED', 'This space is not open to callers without a key; send one.');
  }

  private async ask(space: string): Promise<boolean> {
    const [row] = await acrossSpaces(() =>
      this.database.rows<{ open: boolean }>('SELECT anonymous_reading AS open FROM space WHERE id = $1', [space]),
    );
    return row?.open ?? false;
  }
}
