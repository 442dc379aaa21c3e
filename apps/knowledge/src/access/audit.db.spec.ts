import { randomUUID } from 'node:crypto';
import { keysetPage } from '../persistence/keyset-page.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { createAnswer } from '../answers/change-answer.js';
import { createQuestion, setQuestionState, updateQuestion } from '../questions/change-question.js';
import { createKey, listKeys, revokeKey, verifyKey } from './api-keys.js';
import { listAuditEntries, type AuditFilter } from './audit-log.js';
import type { Caller } from './caller.js';
import { acrossSpaces, inScope } from './scope.js';
import { createSpace, findSpace, listSpaces, updateSpace } from './spaces.js';

const ada: Caller = { requestId: 'request-1', actor: 'ada', role: 'admin' };
const root: Caller = { ...ada, actor: 'root', everySpace: true };
const anything: AuditFilter = { entityId: '', entity: '', actor: '', since: '', until: '' };

describe('access', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await startTestDatabase();
  }, 120_000);
  afterAll(() => test?.stop());

  const as = <T>(caller: Caller, operation: string, work: () => Promise<T>) =>
    inScope({ actor: caller.actor, requestId: caller.requestId, operation }, work);
  const entries = async (filter: Partial<AuditFilter> = {}, first = 100) =>
    (await listAuditEntries(test.database, ada, { ...anything, ...filter }, { first, withTotal: false })).rows;

  describe('the audit log', () => {
    it('has who changed what, from what to what, in the transaction of the change', async () => {
      const { database } = test;
      const id = await as(ada, 'createQuestion', () =>
        database.transaction((sql) =>
          createQuestion(sql, ada, {
            text: 'Why?',
            state: 'draft',
            tags: [],
            topicId: '',
            idempotencyKey: '',
          } as never),
        ),
      );
      await as({ ...ada, actor: 'ben' }, 'updateQuestion', () =>
        database.transaction((sql) =>
          updateQuestion(sql, ada, { id, expectedVersion: 1, text: 'Why not?', tags: undefined } as never),
        ),
      );
      const [updated, created] = await entries({ entityId: id });
      expect(created).toMatchObject({
        actor: 'ada',
        operation: 'createQuestion',
        request_id: 'request-1',
        action: 'insert',
        entity: 'question',
        entity_ids: [id],
      });
      expect(created.changes?.[0].after).toMatchObject({ text: 'Why?', state: 'draft' });
      expect(created.changes?.[0].after).not.toHaveProperty('search');
      expect(updated).toMatchObject({ actor: 'ben', operation: 'updateQuestion', action: 'update' });
      expect(updated.changes?.[0]).toMatchObject({ id, before: { text: 'Why?' }, after: { text: 'Why not?' } });
    });

    it('has nothing of what was rolled back, nor of what did not change', async () => {
      const before = (await entries()).length;
      await expect(
        test.database.transaction(async (sql) => {
          await sql.rows(`INSERT INTO topic (slug, title) VALUES ('gone', 'Gone')`);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      await test.database.rows(`UPDATE question SET updated_at = now()`);
      await test.database.rows(`DELETE FROM topic WHERE slug = 'gone'`);
      expect((await entries()).length).toBe(before);
    });

    it('names the rows of a change of many, and does not copy them', async () => {
      await as(ada, 'importQuestions', () =>
        test.database.rows(
          `INSERT INTO question (slug, text, state, source) SELECT 'm' || n, 'M', 'draft', 'many' FROM generate_series(1, 50) n`,
        ),
      );
      const [{ entity_ids, changes, operation }] = await entries({ entity: 'question' });
      expect([entity_ids.length, changes, operation]).toEqual([50, null, 'importQuestions']);
      expect((await entries({ entityId: entity_ids[17] })).length).toBe(1);
    });

    it('cannot be changed, by members or by the owner', async () => {
      await expect(test.database.rows('DELETE FROM audit_entry')).rejects.toThrow(/permission denied/);
      const forged = `INSERT INTO audit_entry (actor, operation, request_id, action, entity, entity_ids)
        VALUES ('x', 'x', 'x', 'insert', 'x', '{}')`;
      await expect(test.database.rows(forged)).rejects.toThrow(/permission denied/);
      for (const statement of ['DELETE FROM audit_entry', `UPDATE audit_entry SET actor = 'x'`, 'TRUNCATE audit_entry'])
        await expect(acrossSpaces(() => test.database.rows(statement))).rejects.toThrow(/append-only/);
    });

    it('is for admins, in pages that neither skip nor repeat, and finds by actor and time', async () => {
      await expect(
        listAuditEntries(test.database, { ...ada, role: 'editor' }, anything, { first: 1, withTotal: false }),
      ).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const all = (await entries()).map(({ id }) => id);
      const paged: string[] = [];
      for (let after = ''; ;) {
        const page = keysetPage({ first: 2, after, withTotal: false });
        const { rows, pageInfo } = await listAuditEntries(test.database, ada, anything, page);
        paged.push(...rows.map(({ id }) => id));
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.cursors.at(-1)!;
      }
      expect(paged).toEqual(all);
      expect((await entries({ actor: 'ben' })).length).toBe(1);
      expect(await entries({ until: '2020-01-01' })).toEqual([]);
      expect((await entries({ since: '2020-01-01T00:00:00Z' })).length).toBe(all.length);
      await expect(entries({ since: 'yesterday' })).rejects.toMatchObject({ details: { field: 'since' } });
      expect(await entries({ actor: 'a\0' })).toEqual([]);
    });

    it('watches every table but those that could be computed again', async () => {
      const unwatched = await acrossSpaces(() =>
        test.database.rows<{ name: string }>(
          `SELECT relname AS name FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
           AND coalesce(obj_description(c.oid, 'pg_class'), '') NOT LIKE 'not audited%'
           AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND tgname = 'audited_update') ORDER BY name`,
        ),
      );
      expect(unwatched.map(({ name }) => name)).toEqual([
        'audit_entry',
        'classification',
        'clustering',
        'clustering_member',
        'embedding',
        'idempotent_result',
        'migrations',
      ]);
    });
  });

  describe('keys', () => {
    const given = { name: 'ci', role: 'editor', scopes: ['read'], everySpace: false };

    it('are made, used, listed and revoked; their text is nowhere but in the answer', async () => {
      const { key, secret } = await as(ada, 'createKey', () => createKey(test.database, ada, given));
      expect(secret.startsWith(key.prefix)).toBe(true);
      expect(await verifyKey(test.database, secret)).toMatchObject({ name: 'ci', role: 'editor', scopes: ['read'] });
      const { rows } = await listKeys(test.database, ada, { first: 10, withTotal: true });
      expect(rows[0]).toMatchObject({ id: key.id, created_by: 'ada' });
      expect(rows[0].last_used_at).toBeInstanceOf(Date);
      await revokeKey(test.database, ada, key.id);
      await expect(verifyKey(test.database, secret)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      const logged = JSON.stringify(await entries({ entityId: key.id }));
      expect(logged).toContain('revoked_at');
      expect(logged).not.toContain(secret.slice(12));
      expect(logged).not.toContain('hash');
    });

    it('expire', async () => {
      const soon = new Date(Date.now() + 60_000).toISOString();
      const { key, secret } = await createKey(test.database, ada, { ...given, expiresAt: soon });
      await verifyKey(test.database, secret);
      await acrossSpaces(() =>
        test.database.rows(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [key.id]),
      );
      await expect(verifyKey(test.database, secret)).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.stringContaining('expired'),
      });
    });

    it.each([
      ['name', { name: ' ' }],
      ['role', { role: 'owner' }],
      ['scopes', { scopes: ['everything'] }],
      ['expiresAt', { expiresAt: '2020-01-01' }],
      ['expiresAt', { expiresAt: 'soon' }],
    ])('are refused with a bad %s', async (field, wrong) => {
      await expect(createKey(test.database, ada, { ...given, ...wrong })).rejects.toMatchObject({ details: { field } });
    });

    it('of every space are made by admins of every space, and of another space are not seen', async () => {
      await expect(createKey(test.database, ada, { ...given, everySpace: true })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
      const { key } = await createKey(test.database, root, { ...given, name: 'all', everySpace: true });
      const names = async (caller: Caller) =>
        (await listKeys(test.database, caller, { first: 100, withTotal: false })).rows.map(({ name }) => name);
      expect(await names(root)).toContain('all');
      expect(await names(ada)).not.toContain('all');
      await expect(revokeKey(test.database, ada, key.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(createKey(test.database, { ...ada, role: 'editor' }, given)).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
    });
  });

  describe('spaces', () => {
    it('are made by admins of the installation, and changed with the version that was seen', async () => {
      const wanted = { slug: 'support', title: 'Support', anonymousReading: false };
      await expect(createSpace(test.database, ada, wanted)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const space = await createSpace(test.database, root, wanted);
      await expect(createSpace(test.database, root, wanted)).rejects.toMatchObject({ code: 'CONFLICT' });
      for (const slug of ['', 'Über', 'a b', '-a', 'x'.repeat(64)])
        await expect(createSpace(test.database, root, { ...wanted, slug })).rejects.toMatchObject({
          details: { field: 'slug' },
        });
      expect(await findSpace(test.database, 'support')).toMatchObject({ id: space.id, anonymous_reading: false });
      await expect(findSpace(test.database, 'nowhere')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const change = { id: space.id, expectedVersion: 1, title: 'Help' };
      await expect(updateSpace(test.database, ada, change)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await updateSpace(test.database, root, change)).toMatchObject({ title: 'Help', version: 2 });
      await expect(updateSpace(test.database, root, change)).rejects.toMatchObject({ code: 'CONFLICT' });
      const slugs = async (caller: Caller) =>
        (await listSpaces(test.database, caller, { first: 10, withTotal: false })).rows.map(({ slug }) => slug);
      expect(await slugs(root)).toEqual(['support', 'default']);
      expect(await slugs(ada)).toEqual(['default']);
    });

    it('refuse ids of another space as if they did not exist', async () => {
      const { database } = test;
      const { id: space } = await findSpace(database, 'support');
      const create = (text: string) =>
        database.transaction((sql) =>
          createQuestion(sql, ada, { text, state: 'draft', tags: [], topicId: '', idempotencyKey: '' } as never),
        );
      const ours = await create('Ours?');
      await inScope({ space }, async () => {
        const missing = { code: 'NOT_FOUND' };
        const change = { id: ours, expectedVersion: 1 };
        await expect(
          database.transaction((sql) => createAnswer(sql, ada, { questionId: ours, body: 'x', idempotencyKey: '' })),
        ).rejects.toMatchObject(missing);
        await expect(
          database.transaction((sql) => setQuestionState(sql, ada, { ...change, state: 'published' })),
        ).rejects.toMatchObject(missing);
        expect(
          (await listAuditEntries(database, ada, { ...anything, entityId: ours }, { first: 1, withTotal: false })).rows,
        ).toEqual([]);
        expect(await create(`Theirs ${randomUUID()}?`)).not.toBe(ours);
      });
    });
  });
});
