import type { DomainError } from '@cairn/contracts';
import type { Caller } from '../access/caller.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { labelQuestion } from '../questions/change-question.js';
import { getQuestion, listQuestions } from '../questions/read-questions.js';
import { importQuestions, type Import } from './import-questions.js';
import type { GivenRow } from './import-row.js';

const admin: Caller = { requestId: 'test', actor: 'anna', role: 'admin' };
const editor: Caller = { requestId: 'test', actor: 'eva', role: 'editor' };

const row = (line: number, given: Partial<GivenRow> = {}): GivenRow => ({
  line,
  externalId: `row-${line}`,
  text: `What about ${line}?`,
  answer: '',
  topic: '',
  tags: [],
  ...given,
});

describe('importQuestions', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await startTestDatabase();
  }, 120_000);
  afterAll(() => test?.stop());

  const load = (source: string, rows: GivenRow[], more: Partial<Import> = {}, caller = admin) =>
    importQuestions(test.database, caller, { source, rows, topics: [], dryRun: false, ...more });
  const outcomes = async (...given: Parameters<typeof load>) =>
    (await load(...given)).map((result) => ('outcome' in result ? result.outcome : 'failed'));
  /** Everything an import could change, with versions. */
  const snapshot = async () => [
    await test.database.rows('SELECT * FROM question ORDER BY id'),
    await test.database.rows('SELECT * FROM answer ORDER BY id'),
    await test.database.rows('SELECT * FROM label ORDER BY question_id, said_by'),
    await test.database.rows('SELECT * FROM topic ORDER BY id'),
  ];

  it('creates, then changes nothing, then only what is different', async () => {
    const rows = [
      row(1, { topic: 'card_arrival', tags: ['a', 'b'] }),
      row(2, { answer: 'Like *this*.', topic: 'card-arrival' }),
      row(3, { externalId: '' }),
    ];
    expect(await outcomes('file', rows)).toEqual(['created', 'created', 'created']);
    const before = await snapshot();
    expect(await outcomes('file', rows)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    expect(await snapshot()).toEqual(before);
    const changed = [row(1, { topic: 'refunds', tags: ['a', 'b'] }), row(2, { answer: 'New.', topic: 'card-arrival' })];
    expect(await outcomes('file', [...changed, rows[2]])).toEqual(['updated', 'updated', 'unchanged']);
    const answers = await test.database.rows(`SELECT body, state, version FROM answer`);
    expect(answers).toEqual([{ body: 'New.', state: 'published', version: 2 }]);
    const topics = await test.database.rows('SELECT slug, title FROM topic ORDER BY seq');
    expect(topics).toEqual([
      { slug: 'card-arrival', title: 'Card arrival' },
      { slug: 'refunds', title: 'Refunds' },
    ]);
  });

  it('publishes questions with their answer and takes the others in', async () => {
    await load('states', [row(1, { answer: 'A.' }), row(2), row(3, { state: 'draft', answer: 'D.' })]);
    const read = () =>
      test.database.rows(
        `SELECT question.state, answer.state AS answer, question.published_at IS NOT NULL AS dated FROM question
         LEFT JOIN answer ON answer.question_id = question.id WHERE source = 'states' ORDER BY question.external_id`,
      );
    expect(await read()).toEqual([
      { state: 'published', answer: 'published', dated: true },
      { state: 'incoming', answer: null, dated: false },
      { state: 'draft', answer: 'draft', dated: false },
    ]);
    expect(await outcomes('states', [row(2, { answer: 'At last.' })])).toEqual(['updated']);
    expect((await read())[1]).toEqual({ state: 'published', answer: 'published', dated: true });
  });

  it('keeps what a person said: labels, answers of their own, and the archive', async () => {
    const [first] = await load('people', [row(1, { topic: 'one', answer: 'Imported.' })]);
    const id = 'questionId' in first ? first.questionId : '';
    const [{ id: topicId }] = await test.database.rows<{ id: string }>(
      `INSERT INTO topic (slug, title) VALUES ('two', 'Two') RETURNING id`,
    );
    const { version } = await getQuestion(test.database, admin, id);
    await test.database.transaction((sql) => labelQuestion(sql, editor, { id, expectedVersion: version, topicId }));
    await test.database.rows(`INSERT INTO answer (question_id, body, state) VALUES ($1, 'By hand.', 'published')`, [
      id,
    ]);
    await test.database.rows(`UPDATE question SET state = 'archived' WHERE id = $1`, [id]);
    await load('people', [row(1, { topic: 'three', answer: 'Imported again.' })]);
    await load('people', [row(1)]);
    expect(await getQuestion(test.database, admin, id)).toMatchObject({ topicId, saidBy: 'person', state: 'archived' });
    const labels = await test.database.rows(
      `SELECT said_by, topic.slug FROM label JOIN topic ON topic.id = topic_id WHERE question_id = $1 ORDER BY said_by`,
      [id],
    );
    expect(labels).toEqual([
      { said_by: 'import', slug: 'three' },
      { said_by: 'person', slug: 'two' },
    ]);
    const bodies = await test.database.rows(`SELECT body FROM answer WHERE question_id = $1 ORDER BY seq`, [id]);
    expect(bodies).toEqual([{ body: 'Imported again.' }, { body: 'By hand.' }]);
  });

  it('fails rows one by one, with line and field, and stores the others', async () => {
    const results = await load('bad', [
      row(1, { text: '' }),
      row(2, { text: 'a\0b' }),
      row(3),
      row(4, { text: 'x'.repeat(32_769) }),
      row(5, { answer: 'x'.repeat(131_073) }),
      row(6, { topic: '???' }),
      row(7, { tags: [''] }),
      row(8, { text: 'Astral 🚀 fine' }),
    ]);
    expect(
      results.map((result) => ('error' in result ? [result.line, fieldOf(result.error)] : [result.line, 'stored'])),
    ).toEqual([
      [1, 'text'],
      [2, 'text'],
      [3, 'stored'],
      [4, 'text'],
      [5, 'answer'],
      [6, 'topic'],
      [7, 'tags'],
      [8, 'stored'],
    ]);
  });

  it('imports the later of two rows with one external id', async () => {
    const rows = [row(1, { externalId: 'x', text: 'First' }), row(2, { externalId: 'x', text: 'Second' })];
    const results = await load('twice', rows);
    expect(results).toMatchObject([{ outcome: 'created' }, { outcome: 'updated' }]);
    const stored = await test.database.rows(`SELECT text FROM question WHERE source = 'twice'`);
    expect(stored).toEqual([{ text: 'Second' }]);
  });

  it('checks everything and keeps nothing in a dry run', async () => {
    const before = await snapshot();
    const rows = [row(1, { topic: 'never', answer: 'x' }), row(2, { text: '' })];
    expect(await outcomes('dry', rows, { dryRun: true })).toEqual(['created', 'failed']);
    expect(await snapshot()).toEqual(before);
  });

  it('creates topics with the title given for them, and only for admins', async () => {
    const topics = [{ slug: 'gpt_3', title: 'GPT-3', description: 'A language model.' }];
    const results = await load('topics', [row(1, { topic: 'gpt-3' }), row(2)], { topics }, editor);
    expect(results).toMatchObject([
      { line: 1, error: { code: 'FORBIDDEN' } },
      { line: 2, outcome: 'created' },
    ]);
    await load('topics', [row(1, { topic: 'gpt-3' })], { topics });
    const stored = await test.database.rows(`SELECT title, description FROM topic WHERE slug = 'gpt-3'`);
    expect(stored).toEqual([{ title: 'GPT-3', description: 'A language model.' }]);
  });

  it('finds rows that are nearly the same as a question or an earlier row, and says so or leaves them out', async () => {
    await load('like', [row(1, { text: 'How do I activate my new credit card online?' })]);
    const rows = [
      row(11, { text: 'how do i activate my new credit-card online' }),
      row(12, { text: 'How do I activate my new credit card online? Thanks!' }),
      row(13, { text: 'Where is the nearest branch of the bank in Lisbon?' }),
      row(14, { text: 'Where is the nearest branch of the bank in Lisboa?' }),
      row(15, { text: 'And what is it?' }),
      row(16, { text: 'and WHAT is it' }),
      row(17, { text: 'Something else entirely, about mortgages' }),
    ];
    const like = async (duplicates: Import['duplicates'], source: string, dryRun = false) =>
      (await load(source, rows, { duplicates, dryRun })).map((result) => [
        result.line,
        'outcome' in result && result.outcome,
        result.duplicate && [result.duplicate.text.slice(0, 9), result.duplicate.questionId !== undefined],
      ]);
    const found = (outcome: string) => [
      [11, outcome, ['How do I ', true]],
      [12, outcome, ['How do I ', true]],
      [13, 'created', undefined],
      [14, outcome, ['Where is ', false]],
      [15, 'created', undefined],
      [16, outcome, ['And what ', false]],
      [17, 'created', undefined],
    ];
    expect(await like('skip', 'other')).toEqual(found('skipped'));
    expect((await like('keep', 'third', true)).map(([, , duplicate]) => duplicate)).not.toContainEqual(
      expect.anything(),
    );
    // What came in the first time is there; again, it is known and nobody looks.
    expect(await like('report', 'other')).toEqual(
      found('created').map(([line, , duplicate]) =>
        duplicate ? [line, 'created', [(duplicate as string[])[0], true]] : [line, 'unchanged', undefined],
      ),
    );
    expect((await like('report', 'other')).map(([, outcome, duplicate]) => [outcome, duplicate])).toEqual(
      rows.map(() => ['unchanged', undefined]),
    );
  });

  it('takes imports of the same rows at the same time', async () => {
    const rows = Array.from({ length: 50 }, (_, index) => row(index + 1, { text: 'The same text', topic: 'same' }));
    const both = await Promise.all([outcomes('parallel', rows), outcomes('parallel', rows)]);
    expect(both.map((each) => new Set(each).size)).toEqual([1, 1]);
    const listed = await listQuestions(
      test.database,
      admin,
      { states: [], source: 'parallel' },
      { first: 100, withTotal: true },
    );
    expect(listed.pageInfo.total).toBe(50);
    expect(new Set(listed.rows.map(({ slug }) => slug)).size).toBe(50);
  });

  it('refuses more than 500 rows and callers who may not', async () => {
    const rows = Array.from({ length: 501 }, (_, index) => row(index));
    await expect(load('many', rows)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'rows' } });
    await expect(load('x', [row(1)], {}, { requestId: 'r' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

const fieldOf = (error: DomainError) => error.details.field;
