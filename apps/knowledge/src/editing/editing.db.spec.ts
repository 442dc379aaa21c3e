import { contextToMetadata, DomainError, knowledgeV1, type CallContext, type InferenceClient } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { ContentController } from '../content/content.controller.js';
import { importQuestions } from '../import/import-questions.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { writeLabels } from '../questions/effective-label.js';
import { EditingController } from './editing.controller.js';
import { publishDue } from './schedule-publication.js';

const { ContentKind, ContentState, DiffKind } = knowledgeV1;
const as = (role?: CallContext['role'], actor = role && `the ${role}`): Metadata =>
  contextToMetadata({ requestId: 'test', actor, role });
const admin = as('admin');
const editor = as('editor');
const reader = as('reader');
const anonymous = as();
const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field && { details: expect.objectContaining({ field }) }) });

/** Nothing is embedded here, so inference is never asked. */
const noInference = {
  embed: () => Promise.reject(new DomainError('UNAVAILABLE', 'there is none')),
} as unknown as InferenceClient;

describe('editing', () => {
  let test: TestDatabase;
  let content: ContentController;
  let editing: EditingController;
  let made = 0;

  beforeAll(async () => {
    test = await startTestDatabase();
    content = new ContentController(test.database);
    editing = new EditingController(test.database, noInference);
  }, 120_000);
  afterAll(() => test?.stop());

  const create = (given: Partial<knowledgeV1.CreateQuestionRequest> = {}, who = editor) =>
    content.createQuestion(
      {
        text: `Question number ${++made} of editing?`,
        tags: [],
        topicId: '',
        state: ContentState.CONTENT_STATE_UNSPECIFIED,
        idempotencyKey: '',
        language: '',
        ...given,
      },
      who,
    );
  const get = async (id: string, who = reader) => (await content.getQuestions({ ids: [id] }, who)).questions[0];
  const update = (id: string, expectedVersion: number, change: Partial<knowledgeV1.UpdateQuestionRequest>) =>
    content.updateQuestion({ id, expectedVersion, tags: [], setTags: false, ...change }, editor);
  const setState = (id: string, expectedVersion: number, state: knowledgeV1.ContentState) =>
    content.setQuestionState({ id, expectedVersion, state }, editor);
  const answer = (questionId: string, body: string) =>
    content.createAnswer({ questionId, body, idempotencyKey: '' }, editor);
  const published = async (body = 'Because.') => {
    const question = await create();
    await setState(question.id, 1, ContentState.CONTENT_STATE_PUBLISHED);
    const { id } = await answer(question.id, body);
    await content.setAnswerState({ id, expectedVersion: 1, state: ContentState.CONTENT_STATE_PUBLISHED }, editor);
    return { questionId: question.id, answerId: id };
  };
  const kind = ContentKind.CONTENT_KIND_QUESTION;
  const versions = async (of: knowledgeV1.ContentKind, id: string, page: Partial<knowledgeV1.PageRequest> = {}) =>
    editing.listVersions({ kind: of, id, page: { first: 0, after: '', withTotal: false, ...page } }, reader);
  const fields = (version: knowledgeV1.ContentVersion) =>
    Object.fromEntries(version.fields.map(({ name, value }) => [name, value]));

  describe('versions', () => {
    it('are all kept, with who made them', async () => {
      const { id } = await create({ text: 'One', tags: ['a'] });
      await update(id, 1, { text: 'Two' });
      await content.updateQuestion(
        { id, expectedVersion: 2, text: 'Three', tags: ['b', 'c'], setTags: true, language: 'pt-BR' },
        as('editor', 'eva'),
      );
      const { versions: all } = await versions(kind, id);
      expect(all.map(({ version, changedBy, current }) => [version, changedBy, current])).toEqual([
        [3, 'eva', true],
        [2, 'the editor', false],
        [1, 'the editor', false],
      ]);
      expect(all.map(fields)).toMatchObject([
        { text: 'Three', tags: 'b, c', language: 'pt-br', state: 'draft' },
        { text: 'Two', tags: 'a', language: 'en' },
        { text: 'One', tags: 'a' },
      ]);
      const first = await versions(kind, id, { first: 2, withTotal: true });
      expect(first.pageInfo).toMatchObject({ hasNextPage: true, total: 3 });
      const rest = await versions(kind, id, { first: 2, after: first.pageInfo!.cursors[1] });
      expect(rest.versions.map(({ version }) => version)).toEqual([1]);
    });

    it('are not made by what a model says, and a number in between is still found', async () => {
      const topic = await content.createTopic({ title: 'Of a model', slug: '', description: '', parentId: '' }, admin);
      const { id } = await create({ text: 'Before' });
      await test.database.transaction((sql) =>
        writeLabels(sql, { questionIds: [id], topicIds: [topic.id], saidBy: 'model', actor: 'head' }),
      );
      await update(id, 2, { text: 'After' });
      const { versions: all } = await versions(kind, id);
      expect(all.map(({ version }) => version)).toEqual([3, 2]);
      const diff = await editing.diffVersions({ kind, id, fromVersion: 1, toVersion: 0 }, reader);
      expect(diff).toEqual({
        fromVersion: 2,
        toVersion: 3,
        fields: [
          {
            name: 'text',
            parts: [
              { kind: DiffKind.DIFF_KIND_REMOVED, text: 'Before' },
              { kind: DiffKind.DIFF_KIND_ADDED, text: 'After' },
            ],
          },
        ],
      });
    });

    it('are kept of answers, topics and what an import writes, too', async () => {
      const caller: CallContext = { requestId: 'r', actor: 'ida', role: 'admin' };
      const row = { line: 1, externalId: 'v', topic: '', tags: [], answer: 'First.' };
      const load = (text: string, body: string) =>
        importQuestions(test.database, caller, {
          source: 'versions',
          rows: [{ ...row, text, answer: body }],
          topics: [],
          dryRun: false,
        });
      await load('Imported?', 'First.');
      await load('Imported again?', 'Second.');
      const [{ id, answerId }] = await test.database.rows<{ id: string; answerId: string }>(
        `SELECT question.id, answer.id AS "answerId" FROM question JOIN answer ON question_id = question.id
         WHERE source = 'versions'`,
      );
      expect((await versions(kind, id)).versions.map((one) => [fields(one).text, one.changedBy])).toEqual([
        ['Imported again?', 'ida'],
        ['Imported?', 'ida'],
      ]);
      const ofAnswer = (await versions(ContentKind.CONTENT_KIND_ANSWER, answerId)).versions;
      expect(ofAnswer.map((one) => fields(one).body)).toEqual(['Second.', 'First.']);
      const topic = await content.createTopic({ title: 'Old', slug: '', description: '', parentId: '' }, admin);
      await content.updateTopic({ id: topic.id, expectedVersion: 1, title: 'New' }, admin);
      const ofTopic = (await versions(ContentKind.CONTENT_KIND_TOPIC, topic.id)).versions;
      expect(ofTopic.map((one) => fields(one).title)).toEqual(['New', 'Old']);
    });

    it('are restored as new ones, state and labels left alone', async () => {
      const { id } = await create({ text: 'Good', tags: ['x'] });
      await update(id, 1, { text: 'Bad', tags: [], setTags: true });
      await setState(id, 2, ContentState.CONTENT_STATE_PUBLISHED);
      await expect(editing.restoreVersion({ kind, id, expectedVersion: 2, version: 1 }, editor)).rejects.toMatchObject({
        code: 'CONFLICT',
        details: { currentVersion: 3 },
      });
      expect(await editing.restoreVersion({ kind, id, expectedVersion: 3, version: 1 }, editor)).toEqual({
        id,
        version: 4,
      });
      expect(await get(id)).toMatchObject({ text: 'Good', tags: ['x'], state: ContentState.CONTENT_STATE_PUBLISHED });
      // The same again changes nothing.
      expect(await editing.restoreVersion({ kind, id, expectedVersion: 4, version: 1 }, editor)).toEqual({
        id,
        version: 4,
      });
      await expect(editing.restoreVersion({ kind, id, expectedVersion: 4, version: 9 }, editor)).rejects.toEqual(
        refusal('NOT_FOUND'),
      );
    });

    it('are for the team', async () => {
      const { id } = await create();
      await expect(editing.listVersions({ kind, id, page: undefined }, anonymous)).rejects.toEqual(
        refusal('UNAUTHENTICATED'),
      );
      await expect(
        editing.listVersions({ kind, id: '00000000-0000-4000-8000-000000000000', page: undefined }, reader),
      ).rejects.toEqual(refusal('NOT_FOUND'));
    });
  });

  describe('deletion', () => {
    const deletedIds = async () => {
      const { questions } = await content.listQuestions(
        {
          page: { first: 100, after: '', withTotal: false },
          filter: { ...noFilter, deleted: true },
        },
        editor,
      );
      return questions.map(({ id }) => id);
    };

    it('hides content until it is taken back in the state it had', async () => {
      const { questionId: id } = await published();
      const seen = async () => [
        await get(id, anonymous),
        (await editing.resolveSlugs({ kind, slugs: [slug] }, reader)).ids,
      ];
      const { slug } = await get(id);
      expect(await seen()).toMatchObject([{ id }, [id]]);
      expect(await editing.deleteContent({ kind, id, expectedVersion: 2 }, editor)).toEqual({ id, version: 3 });
      expect(await seen()).toEqual([undefined, ['']]);
      expect(await deletedIds()).toContain(id);
      const everything = await content.listQuestions(
        { page: { first: 100, after: '', withTotal: false }, filter: noFilter },
        editor,
      );
      expect(everything.questions.map((question) => question.id)).not.toContain(id);
      await expect(update(id, 3, { text: 'x' })).rejects.toEqual(refusal('CONFLICT', 'id'));
      await expect(setState(id, 3, ContentState.CONTENT_STATE_DRAFT)).rejects.toEqual(refusal('CONFLICT', 'id'));
      await editing.undeleteContent({ kind, id, expectedVersion: 3 }, editor);
      expect(await get(id, anonymous)).toMatchObject({ state: ContentState.CONTENT_STATE_PUBLISHED, version: 4 });
      expect(await deletedIds()).not.toContain(id);
    });

    it('of an answer hides that answer', async () => {
      const { questionId, answerId: id } = await published();
      const of = ContentKind.CONTENT_KIND_ANSWER;
      await editing.deleteContent({ kind: of, id, expectedVersion: 2 }, editor);
      expect((await content.getAnswersOfQuestions({ ids: [questionId] }, editor)).answers).toEqual([]);
      await editing.undeleteContent({ kind: of, id, expectedVersion: 3 }, editor);
      expect((await content.getAnswersOfQuestions({ ids: [questionId] }, anonymous)).answers).toHaveLength(1);
    });

    it('is for good once it is purged, with versions, votes and addresses', async () => {
      const { questionId: id, answerId } = await published();
      await update(id, 2, { text: 'Changed before it went', slug: `gone-${made}` });
      await expect(editing.purgeContent({ kind, id, expectedVersion: 3 }, admin)).rejects.toEqual(
        refusal('CONFLICT', 'id'),
      );
      await editing.deleteContent({ kind, id, expectedVersion: 3 }, editor);
      await expect(editing.purgeContent({ kind, id, expectedVersion: 4 }, editor)).rejects.toEqual(
        refusal('FORBIDDEN'),
      );
      await expect(editing.purgeContent({ kind, id, expectedVersion: 3 }, admin)).rejects.toEqual(
        refusal('CONFLICT', 'expectedVersion'),
      );
      expect(await editing.purgeContent({ kind, id, expectedVersion: 4 }, admin)).toEqual({ id, version: 0 });
      const left = await test.database.rows(
        `SELECT entity_id FROM content_version WHERE entity_id = ANY ($1::uuid[])
         UNION ALL SELECT entity_id FROM slug_redirect WHERE entity_id = $2
         UNION ALL SELECT id FROM answer WHERE id = ANY ($1::uuid[])`,
        [[id, answerId], id],
      );
      expect(left).toEqual([]);
      expect(await get(id, admin)).toBeUndefined();
    });

    it('is purged by date, and only what was deleted before it', async () => {
      const { questionId: id } = await published();
      await editing.deleteContent({ kind, id, expectedVersion: 2 }, editor);
      const purge = (deletedBeforeMs: number) => editing.purgeDeleted({ deletedBeforeMs }, admin);
      expect(await purge(Date.now() - 3_600_000)).toEqual({ questions: 0, answers: 0, more: false });
      expect((await purge(Date.now() + 3_600_000)).questions).toBeGreaterThanOrEqual(1);
      expect(await get(id, admin)).toBeUndefined();
    });
  });

  describe('scheduled publishing', () => {
    it('publishes what is due, once, and says who did', async () => {
      const { id } = await create();
      const { id: answerId } = await answer(id, 'Later.');
      const at = Date.now() + 3_600_000;
      const schedule = (of: knowledgeV1.ContentKind, one: string, expectedVersion: number, publishAtMs: number) =>
        editing.schedulePublication({ kind: of, id: one, expectedVersion, publishAtMs }, editor);
      await schedule(kind, id, 1, at);
      await schedule(ContentKind.CONTENT_KIND_ANSWER, answerId, 1, at);
      expect(await get(id)).toMatchObject({ publishAtMs: at, version: 2, state: ContentState.CONTENT_STATE_DRAFT });
      await test.database.rows(`UPDATE question SET publish_at = now() - interval '1 s' WHERE id = $1`, [id]);
      await test.database.rows(`UPDATE answer SET publish_at = now() - interval '1 s' WHERE id = $1`, [answerId]);
      const both = await Promise.all([publishDue(test.database), publishDue(test.database)]);
      expect(both[0] + both[1]).toBe(2);
      expect(await get(id, anonymous)).toMatchObject({ state: ContentState.CONTENT_STATE_PUBLISHED, version: 3 });
      expect(await get(id)).toMatchObject({ publishAtMs: 0, changedBy: 'schedule' });
      expect((await content.getAnswersOfQuestions({ ids: [id] }, anonymous)).answers).toHaveLength(1);
    });

    it('refuses a date that is past, and content that has nothing to wait for', async () => {
      const { id } = await create();
      const schedule = (publishAtMs: number, expectedVersion: number) =>
        editing.schedulePublication({ kind, id, expectedVersion, publishAtMs }, editor);
      for (const wrong of [Date.now() - 1, Date.now() + 1e12, Number.NaN])
        await expect(schedule(wrong, 1)).rejects.toEqual(refusal('INVALID_INPUT', 'publishAt'));
      await schedule(Date.now() + 60_000, 1);
      expect((await schedule(0, 2)).version).toBe(3);
      await setState(id, 3, ContentState.CONTENT_STATE_PUBLISHED);
      await expect(schedule(Date.now() + 60_000, 4)).rejects.toEqual(refusal('CONFLICT', 'state'));
    });
  });

  describe('addresses', () => {
    it('change, and the earlier ones lead on', async () => {
      const { id, slug } = await create({ text: 'A first address' });
      const other = await create({ text: 'Another address' });
      await update(id, 1, { slug: 'second-address' });
      await update(id, 2, { slug: 'third-address' });
      const resolve = async (...slugs: string[]) => (await editing.resolveSlugs({ kind, slugs }, reader)).ids;
      expect(await resolve(slug, 'second-address', 'third-address', 'nowhere', 'a\0b')).toEqual([id, id, id, '', '']);
      await expect(update(other.id, 1, { slug })).rejects.toEqual(refusal('CONFLICT', 'slug'));
      await expect(update(other.id, 1, { slug: 'Not A Slug' })).rejects.toEqual(refusal('INVALID_INPUT', 'slug'));
      // Back to the first: it leads to the same thing, so it may be taken again.
      await update(id, 3, { slug });
      expect(await resolve(slug, 'third-address')).toEqual([id, id]);
      expect((await create({ text: 'Third address' })).slug).toBe('third-address-2');
    });

    it('of what is not published lead nobody without a key', async () => {
      const { slug } = await create();
      expect((await editing.resolveSlugs({ kind, slugs: [slug] }, anonymous)).ids).toEqual(['']);
    });
  });

  describe('votes', () => {
    const vote = (answerId: string, voter: string, helpful: boolean | undefined, who = reader) =>
      editing.voteOnAnswer({ answerId, voter, helpful, comment: helpful === false ? 'Wrong.' : '' }, who);
    const counts = async (id: string) => {
      const { helpful, unhelpful, flagged, version } = (await content.getAnswers({ ids: [id] }, reader)).answers[0];
      return { helpful, unhelpful, flagged, version };
    };

    it('count once a voter, can be changed and taken back, and leave the version alone', async () => {
      const { answerId: id } = await published();
      await Promise.all(Array.from({ length: 10 }, () => vote(id, 'ann', true)));
      await vote(id, 'bob', false);
      await vote(id, '', true);
      await vote(id, '', true, as('reader', 'another key'));
      expect(await counts(id)).toEqual({ helpful: 3, unhelpful: 1, flagged: false, version: 2 });
      await vote(id, 'ann', false);
      await vote(id, 'bob', undefined);
      await vote(id, 'bob', undefined);
      expect(await counts(id)).toEqual({ helpful: 2, unhelpful: 1, flagged: false, version: 2 });
      const { votes } = await editing.listVotes({ answerId: id, page: undefined }, editor);
      expect(votes.map(({ helpful, comment }) => [helpful, comment])).toContainEqual([false, 'Wrong.']);
    });

    it('rank the answers of a question: unvoted ones between good and bad', async () => {
      const { questionId, answerId: bad } = await published('Bad.');
      const more = async (body: string) => {
        const { id } = await answer(questionId, body);
        await content.setAnswerState({ id, expectedVersion: 1, state: ContentState.CONTENT_STATE_PUBLISHED }, editor);
        return id;
      };
      await more('New.');
      const good = await more('Good.');
      await vote(bad, 'x', false);
      await vote(good, 'x', true);
      const { answers } = await content.getAnswersOfQuestions({ ids: [questionId] }, anonymous);
      expect(answers.map(({ body }) => body)).toEqual(['Good.', 'New.', 'Bad.']);
    });

    it('flag an answer once it is beyond chance that most find it unhelpful', async () => {
      const { answerId: id } = await published();
      for (const voter of ['a', 'b', 'c']) await vote(id, voter, false);
      expect((await counts(id)).flagged).toBe(false);
      await vote(id, 'd', false);
      expect((await counts(id)).flagged).toBe(true);
      const { answerIds } = await editing.listFlaggedAnswers({ page: undefined }, reader);
      expect(answerIds).toContain(id);
      for (const voter of ['e', 'f', 'g']) await vote(id, voter, true);
      expect((await counts(id)).flagged).toBe(false);
    });

    it('are refused on what is not published, and without a key', async () => {
      const { id } = await create();
      const { id: draft } = await answer(id, 'x');
      await expect(vote(draft, '', true)).rejects.toEqual(refusal('NOT_FOUND'));
      await expect(vote('nope', '', true)).rejects.toEqual(refusal('NOT_FOUND'));
      await expect(vote(draft, '', true, anonymous)).rejects.toEqual(refusal('UNAUTHENTICATED'));
    });
  });

  describe('questions alike', () => {
    it('are found while one is typed, with what is a duplicate', async () => {
      const { id } = await create({ text: 'How do I reset the password of my account?' });
      await create({ text: 'Where are invoices kept?' });
      const like = async (text: string, who = reader) =>
        (await editing.findSimilar({ text, first: 0 }, who)).questions.map(({ questionId, duplicate }) => [
          questionId,
          duplicate,
        ]);
      expect(await like('reset the passw')).toEqual([[id, false]]);
      expect(await like('How do I reset the pasword of my acount')).toEqual([[id, true]]);
      expect(await like('zzz qqq')).toEqual([]);
      expect(await like('How do I reset the password of my account?', anonymous)).toEqual([]);
      expect(await like('x')).toEqual([]);
      await expect(like(' ')).rejects.toEqual(refusal('INVALID_INPUT', 'text'));
      await expect(editing.findSimilar({ text: 'x', first: 21 }, reader)).rejects.toEqual(
        refusal('INVALID_INPUT', 'first'),
      );
    });
  });
});

const noFilter: knowledgeV1.QuestionFilter = {
  states: [],
  topicId: '',
  verdict: knowledgeV1.Verdict.VERDICT_UNSPECIFIED,
  source: '',
  suggestionId: '',
  text: '',
  language: '',
  tags: [],
  deleted: false,
  scheduled: false,
};
