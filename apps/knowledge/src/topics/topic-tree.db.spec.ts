import { contextToMetadata, knowledgeV1, type CallContext } from '@cairn/contracts';
import { ContentController } from '../content/content.controller.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { writeLabels } from '../questions/effective-label.js';
import { resolveSlugs } from '../questions/slug-redirects.js';
import { TopicTreeController } from './topic-tree.controller.js';

const as = (role?: CallContext['role']) => contextToMetadata({ requestId: 'test', actor: role && `the ${role}`, role });
const admin = as('admin');
const editor = as('editor');
const reader = as('reader');
const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field && { details: expect.objectContaining({ field }) }) });

describe('the tree of topics', () => {
  let test: TestDatabase;
  let content: ContentController;
  let tree: TopicTreeController;
  let made = 0;

  beforeAll(async () => {
    test = await startTestDatabase();
    content = new ContentController(test.database);
    tree = new TopicTreeController(test.database);
  }, 120_000);
  afterAll(() => test?.stop());

  const topic = async (title: string, parentId = '') => {
    const { id } = await content.createTopic(
      { title: `${title} ${++made}`, slug: '', description: '', parentId },
      admin,
    );
    return id;
  };
  const get = async (id: string) => (await content.getTopics({ ids: [id], slugs: [] }, reader)).topics[0];
  const versionOf = async (id: string) => (await get(id)).version;
  const move = async (id: string, parentId: string) =>
    tree.moveTopic({ id, expectedVersion: await versionOf(id), parentId }, admin);
  const merge = async (id: string, intoId: string) =>
    tree.mergeTopics({ id, expectedVersion: await versionOf(id), intoId }, admin);
  const undo = (id: string) => tree.undoTopicOperation({ id }, admin);
  const childrenOf = async (parentId: string) =>
    (await tree.listChildTopics({ parentIds: [parentId], includeArchived: false }, reader)).children[0].topics.map(
      ({ id }) => id,
    );
  const questions = async (count: number, topicId: string, saidBy: 'person' | 'import' | 'model') => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const { id } = await content.createQuestion(
        {
          text: `Question ${++made} of the tree`,
          tags: [],
          topicId: '',
          state: knowledgeV1.ContentState.CONTENT_STATE_DRAFT,
          idempotencyKey: '',
          language: '',
        },
        editor,
      );
      ids.push(id);
    }
    await test.database.transaction((sql) =>
      writeLabels(sql, { questionIds: ids, topicIds: ids.map(() => topicId), saidBy, actor: 'spec' }),
    );
    return ids;
  };
  const topicsOf = async (ids: string[]) =>
    (await content.getQuestions({ ids }, reader)).questions.map(({ label }) => label?.topicId);
  /** All labels, and the copies in the questions. */
  const labels = () =>
    test.database.rows(
      `SELECT label.question_id, said_by, label.topic_id, actor, question.topic_id AS effective, topic_said_by
       FROM label JOIN question ON question.id = question_id ORDER BY question_id, said_by`,
    );

  it('is moved about, and never below itself', async () => {
    const [a, b] = [await topic('a'), await topic('b')];
    const c = await topic('c', b);
    expect(await childrenOf(b)).toEqual([c]);
    await move(b, a);
    expect(await childrenOf(a)).toEqual([b]);
    for (const below of [a, b, c]) await expect(move(a, below)).rejects.toEqual(refusal('INVALID_INPUT', 'parentId'));
    await expect(move(a, '00000000-0000-4000-8000-000000000000')).rejects.toEqual(refusal('INVALID_INPUT', 'parentId'));
    await move(c, '');
    expect(await childrenOf(b)).toEqual([]);
    expect(await childrenOf('')).toEqual(expect.arrayContaining([a, c]));
    expect(await childrenOf('nope')).toEqual([]);
    await expect(tree.moveTopic({ id: c, expectedVersion: 1, parentId: a }, admin)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { currentVersion: await versionOf(c) },
    });
    await expect(tree.moveTopic({ id: c, expectedVersion: 3, parentId: '' }, editor)).rejects.toEqual(
      refusal('FORBIDDEN'),
    );
  });

  it('has no circle when two moves cross', async () => {
    const [a, b] = [await topic('x'), await topic('y')];
    const both = await Promise.allSettled([move(a, b), move(b, a)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is at most 20 levels deep', async () => {
    let last = await topic('level');
    for (let level = 2; level <= 20; level++) last = await topic('level', last);
    const one = await topic('one too many');
    await expect(move(one, last)).rejects.toEqual(refusal('INVALID_INPUT', 'parentId'));
  });

  it('takes a merge back, whatever kinds of labels it moved', async () => {
    const [from, into] = [await topic('from'), await topic('into')];
    const child = await topic('child', from);
    const byPerson = await questions(2, from, 'person');
    const byModel = await questions(2, from, 'model');
    const own = await questions(1, into, 'import');
    // One that a model puts into the topic, and a person somewhere else.
    await test.database.transaction((sql) =>
      writeLabels(sql, { questionIds: own, topicIds: [from], saidBy: 'model', actor: 'head' }),
    );
    const before = [
      await labels(),
      await test.database.rows('SELECT id, state, parent_id, merged_into FROM topic ORDER BY id'),
    ];
    const { slug } = await get(from);
    const operation = await merge(from, into);
    expect(operation).toMatchObject({ topicId: from, targetIds: [into], labels: 5, doneBy: 'the admin', undoneBy: '' });
    expect(await topicsOf([...byPerson, ...byModel, ...own])).toEqual(Array(5).fill(into));
    expect(await childrenOf(into)).toEqual([child]);
    expect(await get(from)).toMatchObject({ mergedIntoId: into, state: 'TOPIC_STATE_ARCHIVED', questionCount: 0 });
    expect(await resolveSlugs(test.database, { requestId: 'r' }, 'topic', [slug])).toEqual([into]);
    expect(await undo(operation.id)).toMatchObject({ undoneBy: 'the admin' });
    expect([
      await labels(),
      await test.database.rows('SELECT id, state, parent_id, merged_into FROM topic ORDER BY id'),
    ]).toEqual(before);
    await expect(undo(operation.id)).rejects.toEqual(refusal('CONFLICT', 'id'));
  });

  it('leaves labels alone that somebody changed after the merge', async () => {
    const [from, into, elsewhere] = [await topic('f'), await topic('i'), await topic('e')];
    const ids = await questions(2, from, 'person');
    const { id } = await merge(from, into);
    await test.database.transaction((sql) =>
      writeLabels(sql, { questionIds: [ids[0]], topicIds: [elsewhere], saidBy: 'person', actor: 'eva' }),
    );
    await undo(id);
    expect(await topicsOf(ids)).toEqual([elsewhere, from]);
  });

  it('merges a topic into one below it', async () => {
    const top = await topic('top');
    const middle = await topic('middle', top);
    const low = await topic('low', middle);
    const aside = await topic('aside', top);
    const { id } = await merge(top, low);
    expect(await get(low)).toMatchObject({ parentId: '' });
    expect([...(await childrenOf(low))].sort()).toEqual([middle, aside].sort());
    await undo(id);
    expect(await get(low)).toMatchObject({ parentId: middle });
    expect(await get(middle)).toMatchObject({ parentId: top });
  });

  it('undoes in order only', async () => {
    const [a, b, c] = [await topic('1'), await topic('2'), await topic('3')];
    const first = await merge(a, b);
    const second = await merge(b, c);
    expect(await resolveSlugs(test.database, { requestId: 'r' }, 'topic', [(await get(a)).slug])).toEqual([c]);
    await expect(undo(first.id)).rejects.toEqual(refusal('CONFLICT', 'id'));
    await undo(second.id);
    await undo(first.id);
    expect((await get(a)).mergedIntoId).toBe('');
    const { operations } = await tree.listTopicOperations({ topicId: b, page: undefined }, reader);
    expect(operations.map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  it('refuses merges that make no sense', async () => {
    const [a, b] = [await topic('m'), await topic('n')];
    await expect(merge(a, a)).rejects.toEqual(refusal('INVALID_INPUT', 'intoId'));
    await expect(merge(a, 'nope')).rejects.toEqual(refusal('NOT_FOUND'));
    await merge(a, b);
    await expect(merge(b, a)).rejects.toEqual(refusal('CONFLICT', 'intoId'));
    await expect(tree.mergeTopics({ id: b, expectedVersion: 99, intoId: a }, admin)).rejects.toEqual(
      refusal('CONFLICT', 'expectedVersion'),
    );
  });

  it('is split, and takes that back', async () => {
    const parent = await topic('parent');
    const wide = await topic('wide', parent);
    const ids = [...(await questions(2, wide, 'person')), ...(await questions(2, wide, 'model'))];
    const before = await labels();
    const expectedVersion = await versionOf(wide);
    const split = (parts: Partial<knowledgeV1.NewTopicOfSplit>[], expected = expectedVersion) =>
      tree.splitTopic(
        {
          id: wide,
          expectedVersion: expected,
          asChildren: false,
          parts: parts.map((part) => ({ title: 'Part', slug: '', description: '', questionIds: [], ...part })),
        },
        admin,
      );
    const [stranger] = await questions(1, parent, 'person');
    await expect(split([{ questionIds: [ids[0]] }, { questionIds: [stranger] }])).rejects.toEqual(
      refusal('INVALID_INPUT', 'parts.1.questionIds'),
    );
    await expect(split([{ questionIds: [ids[0], ids[0]] }])).rejects.toEqual(refusal('INVALID_INPUT', 'parts'));
    await expect(split([])).rejects.toEqual(refusal('INVALID_INPUT', 'parts'));
    const operation = await split([
      { title: 'Narrow one', questionIds: [ids[0], ids[2]] },
      { title: 'Narrow two', questionIds: [ids[1]] },
    ]);
    const [one, two] = operation.targetIds;
    expect(await topicsOf(ids)).toEqual([one, two, one, wide]);
    expect([...(await childrenOf(parent))].sort()).toEqual([wide, one, two].sort());
    await expect(split([{ questionIds: [ids[3]] }])).rejects.toEqual(refusal('CONFLICT', 'expectedVersion'));
    await undo(operation.id);
    expect((await labels()).filter((label) => (label as { question_id: string }).question_id !== stranger)).toEqual(
      before.map((label) => ({ ...(label as object), actor: expect.any(String) as string })),
    );
    expect(await get(one)).toMatchObject({ state: 'TOPIC_STATE_ARCHIVED', mergedIntoId: wide });
  });
});
