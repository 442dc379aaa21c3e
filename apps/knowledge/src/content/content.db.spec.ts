import { contextToMetadata, DomainError, knowledgeV1, type CallContext } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { acrossSpaces } from '../access/scope.js';
import { bootstrapKey, verifyKey } from '../access/api-keys.js';
import { answerFields } from '../answers/read-answers.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { writeLabels } from '../questions/effective-label.js';
import { questionFields, topicFields } from '../questions/question-record.js';
import { ContentController } from './content.controller.js';

const { ContentState, SaidBy, TopicState } = knowledgeV1;
const as = (role?: CallContext['role']): Metadata =>
  contextToMetadata({ requestId: 'test', actor: role && `the ${role}`, role });
const admin = as('admin');
const editor = as('editor');
const reader = as('reader');
const anonymous = as();

const filter = (given: Partial<knowledgeV1.QuestionFilter>): knowledgeV1.QuestionFilter => ({
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
  ...given,
});
const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field && { details: expect.objectContaining({ field }) }) });

describe('content', () => {
  let test: TestDatabase;
  let content: ContentController;
  let made = 0;

  beforeAll(async () => {
    test = await startTestDatabase();
    content = new ContentController(test.database);
  }, 120_000);
  afterAll(() => test?.stop());

  const create = (given: Partial<knowledgeV1.CreateQuestionRequest> = {}) =>
    content.createQuestion(
      {
        text: `Question number ${++made}?`,
        tags: [],
        topicId: '',
        state: ContentState.CONTENT_STATE_UNSPECIFIED,
        idempotencyKey: '',
        language: '',
        ...given,
      },
      editor,
    );
  const setState = (question: { id: string; version: number }, state: knowledgeV1.ContentState) =>
    content.setQuestionState({ id: question.id, expectedVersion: question.version, state }, editor);
  const topic = (title: string) => content.createTopic({ title, slug: '', description: '', parentId: '' }, admin);
  const get = async (id: string, who: Metadata) => (await content.getQuestions({ ids: [id] }, who)).questions[0];

  describe('questions', () => {
    it('are drafts with a slug of their own', async () => {
      const first = await create({ text: '  Why  is the sky blue? 🚀 ', tags: ['sky', 'sky'] });
      const second = await create({ text: 'Why is the sky blue?' });
      expect(first).toMatchObject({
        text: 'Why  is the sky blue? 🚀',
        slug: 'why-is-the-sky-blue',
        tags: ['sky'],
        state: ContentState.CONTENT_STATE_DRAFT,
        source: 'api',
        version: 1,
        publishedAtMs: 0,
        embedded: false,
      });
      expect(second.slug).toBe('why-is-the-sky-blue-2');
    });

    it('are made once per idempotency key, also by retries at the same time', async () => {
      const attempts = await Promise.all(
        Array.from({ length: 5 }, () => create({ text: 'Idempotent unicorns?', idempotencyKey: 'once' })),
      );
      expect(new Set(attempts.map(({ id }) => id)).size).toBe(1);
      const listed = await content.listQuestions({ page: undefined, filter: filter({ text: 'idempotent unicorn' }) }, reader);
      expect(listed.questions).toHaveLength(1);
    });

    it('take one of fifty changes of the same version', async () => {
      const question = await create();
      const changes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) =>
          content.updateQuestion(
            { id: question.id, expectedVersion: 1, text: `Changed by ${index}`, tags: [], setTags: false },
            editor,
          ),
        ),
      );
      const refused = changes.filter((change) => change.status === 'rejected');
      expect(refused).toHaveLength(49);
      for (const { reason } of refused) {
        expect(reason).toEqual(refusal('CONFLICT', 'expectedVersion'));
        expect((reason as DomainError).message).toContain('has version 2 now, not 1');
        expect((reason as DomainError).details.currentVersion).toBe(2);
      }
      expect((await get(question.id, reader)).version).toBe(2);
    });

    it('do not change their version when nothing changes', async () => {
      const question = await create({ tags: ['a'] });
      const { id, text } = question;
      const same = await content.updateQuestion(
        { id, expectedVersion: 1, text, tags: ['a'], setTags: true },
        editor,
      );
      expect(same.version).toBe(1);
    });

    it('follow their states and remember when they were first published', async () => {
      const draft = await create();
      const published = await setState(draft, ContentState.CONTENT_STATE_PUBLISHED);
      const archived = await setState(published, ContentState.CONTENT_STATE_ARCHIVED);
      expect(archived).toMatchObject({ version: 3, publishedAtMs: published.publishedAtMs });
      expect(published.publishedAtMs).toBeGreaterThan(0);
      await expect(setState(archived, ContentState.CONTENT_STATE_PUBLISHED)).rejects.toEqual(
        refusal('CONFLICT', 'state'),
      );
    });

    it('are refused with the field that is wrong', async () => {
      await expect(create({ text: ' ' })).rejects.toEqual(refusal('INVALID_INPUT', 'text'));
      await expect(create({ text: 'a\0b' })).rejects.toEqual(refusal('INVALID_INPUT', 'text'));
      await expect(create({ text: 'a'.repeat(32_769) })).rejects.toEqual(refusal('INVALID_INPUT', 'text'));
      await expect(create({ topicId: 'nope' })).rejects.toEqual(refusal('INVALID_INPUT', 'topicId'));
      await expect(create({ state: ContentState.CONTENT_STATE_PUBLISHED })).rejects.toEqual(
        refusal('INVALID_INPUT', 'state'),
      );
      for (const id of ['nope', '00000000-0000-4000-8000-000000000000'])
        await expect(
          content.updateQuestion({ id, expectedVersion: 1, tags: [], setTags: true }, editor),
        ).rejects.toEqual(refusal('NOT_FOUND'));
    });

    it('come in pages that neither skip nor repeat while others are made', async () => {
      const source = filter({ text: 'paged' });
      const all = [];
      for (let i = 0; i < 7; i++) all.push((await create({ text: `Paged ${i}` })).id);
      const seen: string[] = [];
      let after = '';
      for (;;) {
        const { questions, pageInfo } = await content.listQuestions(
          { page: { first: 3, after, withTotal: true }, filter: source },
          reader,
        );
        seen.push(...questions.map(({ id }) => id));
        await create({ text: 'Paged later' });
        if (!pageInfo!.hasNextPage) break;
        after = pageInfo!.cursors.at(-1)!;
      }
      expect(seen).toEqual([...all].reverse());
    });
  });

  describe('labels', () => {
    it('let a person outrank an import, and an import a model', async () => {
      const [one, two, three] = [await topic('One'), await topic('Two'), await topic('Three')];
      const { id } = await create();
      const say = (topicId: string, saidBy: 'import' | 'model') =>
        test.database.transaction((sql) =>
          writeLabels(sql, { questionIds: [id, id], topicIds: [two.id, topicId], saidBy, actor: 'x' }),
        );
      const holds = async () => {
        const { label } = await get(id, reader);
        return label && [label.topicId, label.saidBy];
      };
      expect(await say(one.id, 'model')).toEqual([id]);
      expect(await holds()).toEqual([one.id, SaidBy.SAID_BY_MODEL]);
      await say(two.id, 'import');
      expect(await say(three.id, 'model')).toEqual([]);
      expect(await holds()).toEqual([two.id, SaidBy.SAID_BY_IMPORT]);
      const { version } = await get(id, reader);
      const labelled = await content.labelQuestion({ id, expectedVersion: version, topicId: three.id }, editor);
      expect(labelled.label).toMatchObject({
        topicId: three.id,
        saidBy: SaidBy.SAID_BY_PERSON,
        actor: 'the editor',
      });
      await content.labelQuestion({ id, expectedVersion: labelled.version, topicId: '' }, editor);
      expect(await holds()).toEqual([two.id, SaidBy.SAID_BY_IMPORT]);
      const listed = await content.listQuestions(
        { page: undefined, filter: filter({ topicId: two.id, labelled: true }) },
        reader,
      );
      expect(listed.questions.map((question) => question.id)).toEqual([id]);
      const [counted] = (await content.getTopics({ ids: [], slugs: ['two'] }, reader)).topics;
      expect(counted).toMatchObject({ questionCount: 1, labelledCount: 1 });
    });
  });

  describe('what callers see', () => {
    it('is published content only, without a role', async () => {
      const secret = await topic('Secret');
      const draft = await create({ topicId: secret.id });
      expect(await get(draft.id, anonymous)).toBeUndefined();
      const answer = await content.createAnswer(
        { questionId: draft.id, body: 'Because.', idempotencyKey: '' },
        editor,
      );
      const published = await setState(draft, ContentState.CONTENT_STATE_PUBLISHED);
      const seen = await get(draft.id, anonymous);
      expect(seen).toMatchObject({ source: '', externalId: '', classification: undefined });
      expect(seen.label).toEqual({ topicId: secret.id, saidBy: SaidBy.SAID_BY_UNSPECIFIED, actor: '', createdAtMs: 0 });
      const answers = async () => (await content.getAnswersOfQuestions({ ids: [draft.id] }, anonymous)).answers;
      expect(await answers()).toEqual([]);
      const { id, version } = answer;
      await content.setAnswerState(
        { id, expectedVersion: version, state: ContentState.CONTENT_STATE_PUBLISHED },
        editor,
      );
      expect(await answers()).toMatchObject([{ id, body: 'Because.' }]);
      await content.setTopicState({ id: secret.id, expectedVersion: 1, state: TopicState.TOPIC_STATE_ARCHIVED }, admin);
      expect((await get(draft.id, anonymous)).label).toBeUndefined();
      expect((await content.getTopics({ ids: [secret.id], slugs: [] }, anonymous)).topics).toEqual([]);
      await setState(published, ContentState.CONTENT_STATE_ARCHIVED);
      expect(await get(draft.id, anonymous)).toBeUndefined();
      expect(await answers()).toEqual([]);
      const everything = await content.listQuestions({ page: undefined, filter: undefined }, anonymous);
      for (const { state } of everything.questions) expect(state).toBe(ContentState.CONTENT_STATE_PUBLISHED);
    });

    it('is the same in a list with answers and topics as asked for by id', async () => {
      const [shown, hidden] = [await topic('Shown'), await topic('Hidden')];
      for (const { id } of [shown, hidden, shown]) {
        const question = await create({ topicId: id, tags: ['along'] });
        const answer = { questionId: question.id, idempotencyKey: '' };
        const first = await content.createAnswer({ ...answer, body: 'One.' }, editor);
        await content.createAnswer({ ...answer, body: 'Two.' }, editor);
        const state = ContentState.CONTENT_STATE_PUBLISHED;
        await content.setAnswerState({ id: first.id, expectedVersion: first.version, state }, editor);
        await setState(question, state);
      }
      await content.setTopicState({ id: hidden.id, expectedVersion: 1, state: TopicState.TOPIC_STATE_ARCHIVED }, admin);
      for (const who of [anonymous, reader]) {
        const list = { page: undefined, filter: filter({ tags: ['along'] }) };
        const { questions, ...along } = await content.listQuestions({ ...list, withAnswers: true, withTopics: true }, who);
        const byId = questions.map(({ id }) => id);
        expect(byId).toHaveLength(3);
        expect(along.answers).toEqual((await content.getAnswersOfQuestions({ ids: byId }, who)).answers);
        expect(along.answers).toHaveLength(who === anonymous ? 3 : 6);
        const topicIds = [...new Set(questions.flatMap(({ label }) => label?.topicId ?? []))];
        const { topics } = await content.getTopics({ ids: topicIds, slugs: [], withoutCounts: true }, who);
        expect(along.topics).toEqual(topics);
        expect(topics.map(({ id, questionCount }) => [id, questionCount])).toEqual(
          (who === anonymous ? [shown.id] : [shown.id, hidden.id]).map((id) => [id, 0]),
        );
        expect(await content.listQuestions(list, who)).toMatchObject({ questions, answers: [], topics: [] });
        for (const name of ['ofQuestions', 'ofAnswers', 'ofTopics'] as const) {
          const fields = { ofQuestions: [], ofAnswers: [], ofTopics: [], [name]: ['id', 'nothing'] };
          await expect(content.listQuestions({ ...list, fields }, who)).rejects.toEqual(
            refusal('INVALID_INPUT', `fields.${name}`),
          );
        }
      }
    });

    it('fills in every field that is asked for, and no other', async () => {
      const topicId = (await topic('Wanted')).id;
      const made = await create({ topicId, tags: ['wanted'] });
      const answer = await content.createAnswer({ questionId: made.id, body: 'Whole.', idempotencyKey: '' }, editor);
      const list = { page: undefined, filter: filter({ tags: ['wanted'] }), withAnswers: true, withTopics: true };
      const ask = async (fields?: Partial<knowledgeV1.WantedFields>) => {
        const none = { ofQuestions: [], ofAnswers: [], ofTopics: [] };
        const { questions, answers, topics } = await content.listQuestions(
          { ...list, fields: fields && { ...none, ...fields } },
          admin,
        );
        return { question: questions[0], answer: answers[0], topic: topics[0] };
      };
      const whole = await ask();
      expect(whole).toMatchObject({ question: { id: made.id }, answer: { id: answer.id }, topic: { id: topicId } });
      const kinds = [
        { kind: 'question', name: 'ofQuestions', known: questionFields },
        { kind: 'answer', name: 'ofAnswers', known: answerFields },
        { kind: 'topic', name: 'ofTopics', known: topicFields },
      ] as const;
      const camel = (field: string) => field.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
      for (const { kind, name, known } of kinds) {
        // All names are known, and with all of them nothing is missing.
        expect((await ask({ [name]: [...known] }))[kind]).toEqual(whole[kind]);
        for (const field of known) {
          const part = (await ask({ [name]: [field] }))[kind] as unknown as Record<string, unknown>;
          const full = whole[kind] as unknown as Record<string, unknown>;
          expect([field, part[camel(field)]]).toEqual([field, full[camel(field)]]);
          expect(part).toMatchObject({ id: full.id, state: full.state });
        }
      }
      const bare = await ask({ ofQuestions: ['id'], ofAnswers: ['id'], ofTopics: ['id'] });
      expect(bare.question).toMatchObject({ id: made.id, text: undefined, createdAtMs: 0 });
      expect(bare.answer).toMatchObject({ questionId: made.id, body: undefined, createdAtMs: 0 });
    });

    it('and change depends on the role', async () => {
      const question = { text: 'x', tags: [], topicId: '', state: ContentState.CONTENT_STATE_DRAFT, idempotencyKey: '', language: '' };
      await expect(content.createQuestion(question, anonymous)).rejects.toEqual(refusal('UNAUTHENTICATED'));
      await expect(content.createQuestion(question, reader)).rejects.toEqual(refusal('FORBIDDEN'));
      await expect(content.createTopic({ title: 'x', slug: '', description: '', parentId: '' }, editor)).rejects.toEqual(
        refusal('FORBIDDEN'),
      );
      await expect(content.getStatus({}, anonymous)).rejects.toEqual(refusal('UNAUTHENTICATED'));
      await expect(
        content.listQuestions({ page: undefined, filter: filter({ labelled: true }) }, anonymous),
      ).rejects.toEqual(refusal('UNAUTHENTICATED'));
    });
  });

  describe('topics', () => {
    it('keep their slug and refuse one that is taken', async () => {
      const first = await content.createTopic({ title: 'Card arrival', slug: '', description: ' d ', parentId: '' }, admin);
      expect(first).toMatchObject({ slug: 'card-arrival', description: 'd', questionCount: 0 });
      const renamed = await content.updateTopic({ id: first.id, expectedVersion: 1, title: 'Cards' }, admin);
      expect(renamed).toMatchObject({ slug: 'card-arrival', title: 'Cards', description: 'd', version: 2 });
      await expect(
        content.createTopic({ title: 'x', slug: 'card-arrival', description: '', parentId: '' }, admin),
      ).rejects.toEqual(refusal('CONFLICT', 'slug'));
      await expect(content.createTopic({ title: 'x', slug: 'Not A Slug', description: '', parentId: '' }, admin)).rejects.toEqual(
        refusal('INVALID_INPUT', 'slug'),
      );
    });
  });

  describe('keys', () => {
    it('are made once, known by their hash and refused when revoked', async () => {
      const kept: string[] = [];
      const made = await Promise.all(
        [1, 2, 3].map(() => bootstrapKey(test.database, (key) => void kept.push(key))),
      );
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(kept).toHaveLength(1);
      expect(kept[0]).toMatch(/^cairn_[A-Za-z0-9_-]{43}$/);
      expect(await verifyKey(test.database, kept[0])).toMatchObject({ name: 'admin', role: 'admin' });
      await expect(verifyKey(test.database, `${kept[0]}x`)).rejects.toEqual(refusal('UNAUTHENTICATED'));
      await acrossSpaces(() => test.database.rows('UPDATE api_key SET revoked_at = now()'));
      await expect(verifyKey(test.database, kept[0])).rejects.toEqual(refusal('UNAUTHENTICATED'));
    });
  });

  it('counts what is there', async () => {
    const status = await content.getStatus({}, reader);
    const [{ questions }] = await test.database.rows<{ questions: number }>('SELECT count(*) AS questions FROM question');
    expect(status).toMatchObject({ questions, labelled: 6, embedded: 0, classified: 0, encoderId: '', headId: '' });
    expect(status.database).toBe(test.database.kind);
  });
});
