import fc from 'fast-check';
import type { Caller } from '../access/caller.js';
import { inScope } from '../access/scope.js';
import { importQuestions } from '../import/import-questions.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { getQuestions } from '../questions/read-questions.js';
import { changing } from '../persistence/changing.js';
import { updateQuestion } from '../questions/change-question.js';
import { exportRecords, type ExportRequest } from './export-records.js';
import { importRecords, type RecordResult } from './import-records.js';
import { live, newSpace } from './random-life.js';

const admin: Caller = { requestId: 'test', actor: 'anna', role: 'admin' };
const everything: ExportRequest = { after: '', first: 0, versions: true, topicId: '', source: '' };
type Fields = Record<string, unknown> & { record: string };

describe('transfer', () => {
  let test: TestDatabase;
  let other: TestDatabase;
  beforeAll(async () => {
    [test, other] = await Promise.all([startTestDatabase(), startTestDatabase()]);
  }, 240_000);
  afterAll(() => Promise.all([test?.stop(), other?.stop()]));

  const within = <T>(space: string, work: () => Promise<T>) => inScope({ space }, work);
  const exported = async (at: TestDatabase, space: string, request: Partial<ExportRequest> = {}): Promise<string[]> =>
    within(space, async () => {
      const lines: string[] = [];
      for (let after = ''; ;) {
        const page = await exportRecords(at.database, admin, { ...everything, ...request, after });
        lines.push(...page.records);
        if (page.done) return lines;
        after = page.cursor;
      }
    });
  const load = async (at: TestDatabase, space: string, lines: readonly string[], batch = 100) =>
    within(space, async () => {
      const results: RecordResult[] = [];
      for (let start = 0; start < lines.length; start += batch) {
        const records = lines.slice(start, start + batch).map((json, index) => ({ line: start + index + 1, json }));
        results.push(...(await importRecords(at.database, admin, records, false)));
      }
      return results;
    });
  const outcomes = (results: readonly RecordResult[]) =>
    results.map((result) => ('outcome' in result ? result.outcome : `${result.error.code} ${result.error.message}`));
  const fieldsOf = (lines: readonly string[], record?: string) =>
    lines.map((line) => JSON.parse(line) as Fields).filter((one) => record === undefined || one.record === record);

  const step = fc.record({
    numbers: fc.array(fc.nat({ max: 1_000_000 }), { minLength: 6, maxLength: 6 }),
    text: fc
      .oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), fc.constantFrom('"quoted"', 'a, b\nc', '😀 ü'))
      .map((text) => text.replaceAll('\0', '').trim() || 'x'),
  });

  it('gives the same content in an empty space, of this installation and of another, and the same again', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 40, maxLength: 80, size: 'max' }),
        fc.integer({ min: 1, max: 60 }),
        async (steps, batch) => {
          const from = await newSpace(test.database);
          await within(from, () => live(test.database, steps));
          const lines = await exported(test, from);
          for (const fields of fieldsOf(lines)) for (const name in fields) seen.add(`${fields.record}.${name}`);
          for (const at of [test, other]) {
            const to = await newSpace(at.database);
            const made = outcomes(await load(at, to, lines, batch));
            expect(made.filter((outcome) => !['created', 'updated', 'unchanged'].includes(outcome))).toEqual([]);
            expect(await exported(at, to)).toEqual(lines);
            const again = outcomes(await load(at, to, lines, batch + 7));
            expect(new Set(again)).toEqual(new Set(['unchanged']));
            expect(await exported(at, to)).toEqual(lines);
          }
          // Over itself it changes nothing either.
          expect(new Set(outcomes(await load(test, from, lines)))).toEqual(new Set(['unchanged']));
        },
      ),
      { numRuns: 6, seed: 11, endOnFailure: true },
    );
    // The lives were full enough to show it.
    for (const name of ['publishedAt', 'publishAt', 'deletedAt', 'labels', 'annotations', 'redirects', 'externalId'])
      expect(seen).toContain(`question.${name}`);
    for (const name of ['topic.redirects', 'place.parent', 'place.mergedInto', 'answer.imported', 'answer.deletedAt'])
      expect(seen).toContain(name);
    for (const name of ['answer.stateBeforeDeletion', 'vote.comment', 'version.content', 'end.records'])
      expect(seen).toContain(name);
  }, 240_000);

  it('keeps ids where they are free, and the effective label, votes and order with them', async () => {
    const from = await newSpace(test.database);
    const rows = [1, 2, 3].map((line) => ({
      line,
      externalId: `row-${line}`,
      text: `Number ${line}`,
      answer: 'So.',
      topic: line === 2 ? 'cards' : '',
      tags: ['x'],
    }));
    await within(from, () =>
      importQuestions(test.database, admin, { source: 'rows', rows, topics: [], dryRun: false }),
    );
    const lines = await exported(test, from);
    const to = await newSpace(other.database);
    await load(other, to, lines);
    const ids = fieldsOf(lines, 'question').map(({ id }) => id as string);
    const there = await within(to, () => getQuestions(other.database, admin, ids));
    expect(there.map(({ id, saidBy }) => [id, saidBy])).toEqual([
      [ids[0], null],
      [ids[1], 'import'],
      [ids[2], null],
    ]);
  });

  it('leaves what was changed here later, and takes what was changed there later', async () => {
    const from = await newSpace(test.database);
    const to = await newSpace(test.database);
    const row = { line: 1, externalId: 'one', text: 'First', answer: '', topic: '', tags: [] };
    await within(from, () =>
      importQuestions(test.database, admin, { source: 's', rows: [row], topics: [], dryRun: false }),
    );
    const first = await exported(test, from);
    await load(test, to, first);
    const change = async (space: string, text: string) =>
      within(space, async () => {
        const [{ id, version }] = await test.database.rows<{ id: string; version: number }>(
          'SELECT id, version FROM question',
        );
        await changing(test.database, admin, (sql) =>
          updateQuestion(sql, admin, { id, expectedVersion: version, text }),
        );
      });
    const textIn = (space: string) =>
      within(space, async () => (await test.database.rows<{ text: string }>('SELECT text FROM question'))[0].text);
    await change(from, 'Second');
    expect(outcomes(await load(test, to, await exported(test, from)))).toContain('updated');
    expect(await textIn(to)).toBe('Second');
    // What it replaced is a version.
    const [{ n }] = await within(to, () =>
      test.database.rows<{ n: number }>(`SELECT count(*) AS n FROM content_version WHERE content ->> 'text' = 'First'`),
    );
    expect(Number(n)).toBe(1);
    await change(to, 'Ours');
    expect(outcomes(await load(test, to, await exported(test, from))).join()).toContain('changed here later');
    expect(await textIn(to)).toBe('Ours');
  });

  it('finds rows that came by an ordinary import before, and gives addresses that are taken another number', async () => {
    const from = await newSpace(test.database);
    const to = await newSpace(test.database);
    const row = { line: 1, externalId: 'one', text: 'How?', answer: 'So.', topic: 'cards', tags: [] };
    const rows = [row, { ...row, line: 2, externalId: 'two', text: 'Why?' }];
    await within(from, () => importQuestions(test.database, admin, { source: 's', rows, topics: [], dryRun: false }));
    await within(to, () =>
      importQuestions(test.database, admin, {
        source: 's',
        rows: [row, { ...row, line: 2, externalId: 'else', text: 'Why?', topic: '' }],
        topics: [],
        dryRun: false,
      }),
    );
    await load(test, to, await exported(test, from));
    const found = await within(to, () =>
      test.database.rows(`SELECT external_id, slug FROM question ORDER BY external_id`),
    );
    expect(found).toEqual([
      { external_id: 'else', slug: 'why' },
      { external_id: 'one', slug: 'how' },
      { external_id: 'two', slug: 'why-2' },
    ]);
    const [{ topics }] = await within(to, () =>
      test.database.rows<{ topics: number }>('SELECT count(*)::int AS topics FROM topic'),
    );
    expect(topics).toBe(1);
    expect(new Set(outcomes(await load(test, to, await exported(test, to))))).toEqual(new Set(['unchanged']));
  });

  it('exports what belongs to a topic or a source, in pages of any size, and no versions unless asked', async () => {
    const from = await newSpace(test.database);
    const row = { line: 1, externalId: '1', text: 'One', answer: 'So.', topic: 'cards', tags: [] };
    const rows = [row, { ...row, line: 2, externalId: '2', text: 'Two', topic: 'loans' }];
    await within(from, () => importQuestions(test.database, admin, { source: 'a', rows, topics: [], dryRun: false }));
    await within(from, () =>
      importQuestions(test.database, admin, { source: 'b', rows: [{ ...row, text: 'B' }], topics: [], dryRun: false }),
    );
    const ofA = await exported(test, from, { source: 'a', first: 1 });
    expect(fieldsOf(ofA, 'question').map(({ text }) => text)).toEqual(['One', 'Two']);
    expect(fieldsOf(ofA, 'topic').map(({ slug }) => slug)).toEqual(['cards', 'loans']);
    expect(fieldsOf(ofA, 'answer')).toHaveLength(2);
    const [{ id: topicId }] = fieldsOf(ofA, 'topic') as (Fields & { id: string })[];
    const ofCards = await exported(test, from, { topicId });
    expect(fieldsOf(ofCards, 'question').map(({ text }) => text)).toEqual(['One', 'B']);
    expect(fieldsOf(ofCards, 'topic')).toHaveLength(1);
    expect(await exported(test, from, { first: 1 })).toEqual(await exported(test, from));
    expect(fieldsOf(await exported(test, from, { versions: false }), 'version')).toEqual([]);
    expect(fieldsOf(ofA, 'end')).toEqual([{ record: 'end', records: ofA.length - 2 }]);
  });

  it('cuts pages before they grow large', async () => {
    const from = await newSpace(test.database);
    const rows = Array.from({ length: 24 }, (_, index) => ({
      line: index + 1,
      externalId: `${index}`,
      text: `Long ${index}`,
      answer: 'x'.repeat(120_000),
      topic: '',
      tags: [],
    }));
    await within(from, () => importQuestions(test.database, admin, { source: 'a', rows, topics: [], dryRun: false }));
    const largest = await within(from, async () => {
      const sizes: number[] = [];
      for (let after = ''; ;) {
        const page = await exportRecords(test.database, admin, { ...everything, after });
        sizes.push(page.records.join('').length);
        if (page.done) return Math.max(...sizes);
        after = page.cursor;
      }
    });
    expect(largest).toBeGreaterThan(500_000);
    expect(largest).toBeLessThan(1_300_000);
  });

  it('fails records one by one, names the field, and stores the others', async () => {
    const space = await newSpace(test.database);
    const nobody = '00000000-0000-4000-8000-00000000abcd';
    const now = '2026-01-31T12:00:00.000000Z';
    const content = { id: nobody, version: 1, createdAt: now, updatedAt: now };
    const question = {
      record: 'question',
      ...content,
      source: 's',
      slug: 'q',
      text: 'Q?',
      language: 'en',
      state: 'draft',
    };
    const bad = [
      ['{"record":"question"', 'record'],
      [JSON.stringify({ record: 'comment' }), 'record'],
      [JSON.stringify({ ...question, text: 'a\0b' }), 'text'],
      [JSON.stringify({ ...question, text: ' ' }), 'text'],
      [JSON.stringify({ ...question, text: 'x'.repeat(32_769) }), 'text'],
      [JSON.stringify({ ...question, slug: 'Not A Slug' }), 'slug'],
      [JSON.stringify({ ...question, updatedAt: '31.1.2026' }), 'updatedAt'],
      [JSON.stringify({ ...question, createdAt: '2026-13-31T12:00:00Z' }), 'createdAt'],
      [JSON.stringify({ ...question, state: 'gone' }), 'state'],
      [JSON.stringify({ ...question, deletedAt: now }), 'deletedAt'],
      [JSON.stringify({ ...question, version: 0 }), 'version'],
      [JSON.stringify({ ...question, labels: [{ saidBy: 'import', topic: nobody, actor: 'x', at: now }] }), 'labels'],
      [JSON.stringify({ record: 'answer', ...content, question: nobody, body: 'B', state: 'draft' }), 'question'],
      [JSON.stringify({ record: 'vote', answer: nobody, voter: 'v', helpful: true, at: now }), 'answer'],
      [JSON.stringify({ record: 'place', topic: nobody, updatedAt: now }), 'topic'],
      [
        JSON.stringify({ record: 'version', of: 'topic', id: nobody, version: 1, content: {}, changedAt: now }),
        'topic',
      ],
    ];
    const results = await load(test, space, [...bad.map(([json]) => json), JSON.stringify(question)]);
    expect(
      results.map((result) => ('error' in result ? [result.error.code, result.error.details.field] : result.outcome)),
    ).toEqual([...bad.map(([, field]) => ['INVALID_INPUT', field]), 'created']);
  });

  it('is for admins, takes 500 records, and no foreign cursor', async () => {
    const ask = (request: Partial<ExportRequest>, caller = admin) =>
      exportRecords(test.database, caller, { ...everything, ...request });
    await expect(ask({}, { ...admin, role: 'editor' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(importRecords(test.database, { requestId: 'r' }, [], false)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const { cursor } = await ask({});
    for (const after of ['x', Buffer.from('{"part":0}').toString('base64url')])
      await expect(ask({ after })).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'after' } });
    await expect(ask({ after: cursor, versions: false })).rejects.toMatchObject({ details: { field: 'after' } });
    await expect(ask({ first: 1_001 })).rejects.toMatchObject({ details: { field: 'first' } });
    const many = Array.from({ length: 501 }, () => ({ line: 1, json: '{}' }));
    await expect(importRecords(test.database, admin, many, false)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
