import { DomainError, type DomainErrorCode, type knowledgeV1 } from '@cairn/contracts';
import { questionRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';

const publish = `mutation { publishQuestion(id: "q1", expectedVersion: 3) {
  question { id version } userErrors { code field message } } }`;

describe('errors', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench()));
  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const failWith = (error: Error) => () => {
    throw error;
  };

  it('gives the entity and no user errors when a change was made', async () => {
    bench.knowledge.on<knowledgeV1.SetStateRequest, knowledgeV1.Question>('setQuestionState', ({ id }) =>
      questionRow(id, { version: 4 }),
    );
    const { data } = await bench.ask(publish, { key: 'editor-key' });
    expect(data).toEqual({ publishQuestion: { question: { id: 'q1', version: 4 }, userErrors: [] } });
    expect(bench.knowledge.calls.at(-1)?.request).toEqual({
      id: 'q1',
      expectedVersion: 3,
      state: 'CONTENT_STATE_PUBLISHED',
    });
  });

  it.each<[DomainErrorCode, string | undefined]>([
    ['NOT_FOUND', 'id'],
    ['INVALID_INPUT', 'topic_id'],
    ['CONFLICT', undefined],
  ])('tells %s of a change as a user error', async (code, field) => {
    bench.knowledge.on('setQuestionState', failWith(new DomainError(code, 'Read it again.', { field })));
    const { data, errors } = await bench.ask(publish, { key: 'editor-key' });
    expect(errors).toEqual([]);
    const told = { code, field: field?.replace('topic_id', 'topicId') ?? null, message: 'Read it again.' };
    expect(data).toEqual({ publishQuestion: { question: null, userErrors: [told] } });
  });

  it.each<DomainErrorCode>(['UNAUTHENTICATED', 'FORBIDDEN', 'OVERLOADED', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'])(
    'tells %s of a change at the top',
    async (code) => {
      bench.knowledge.on('setQuestionState', failWith(new DomainError(code, 'Not now.', { retryAfterMs: 250 })));
      const { data, errors, status } = await bench.ask(publish, {
        key: 'editor-key',
        headers: { 'x-request-id': 'r-1' },
      });
      expect([status, data]).toEqual([200, { publishQuestion: null }]);
      expect(errors).toEqual([
        expect.objectContaining({
          message: 'Not now.',
          path: ['publishQuestion'],
          extensions: { code, requestId: 'r-1', retryAfterMs: 250 },
        }),
      ]);
    },
  );

  it.each<DomainErrorCode>(['NOT_FOUND', 'INVALID_INPUT', 'CONFLICT', 'FORBIDDEN', 'OVERLOADED'])(
    'tells %s of a query at the top, with its field',
    async (code) => {
      bench.knowledge.on('search', failWith(new DomainError(code, 'Shorten the text.', { field: 'text' })));
      const { data, errors } = await bench.ask('{ search(text: "why") { vectorsUsed } __typename }');
      expect(data).toEqual({ search: null, __typename: 'Query' });
      expect(errors).toMatchObject([{ message: 'Shorten the text.', extensions: { code, field: 'text' } }]);
    },
  );

  it('tells nothing of an unexpected error but where to look', async () => {
    bench.knowledge.on('search', failWith(new Error('password of the database is hunter2')));
    const { errors } = await bench.ask('{ search(text: "why") { vectorsUsed } }', {
      headers: { 'x-request-id': 'r-2' },
    });
    expect(errors).toEqual([
      {
        message: 'Something went wrong on our side (request r-2).',
        locations: expect.anything() as unknown,
        path: ['search'],
        extensions: { code: 'INTERNAL', requestId: 'r-2' },
      },
    ]);
  });

  it('hides what breaks in the gateway itself', async () => {
    // A value that the schema cannot express: the count does not fit a GraphQL Int.
    bench.knowledge.on<unknown, knowledgeV1.Status>('getStatus', () => ({ questions: 2 ** 40 }));
    const { errors, data } = await bench.ask('{ status { questions } }', {
      key: 'admin-key',
      headers: { 'x-request-id': 'r-3' },
    });
    expect(data).toEqual({ status: null });
    expect(errors).toEqual([
      {
        message: 'Something went wrong on our side (request r-3).',
        path: ['status', 'questions'],
        extensions: { code: 'INTERNAL', requestId: 'r-3' },
      },
    ]);
  });

  it('refuses page sizes outside their bounds', async () => {
    for (const [query, most] of [
      ['{ questions(first: 0) { nodes { id } } }', 100],
      ['{ topics(first: 101) { nodes { id } } }', 100],
      ['{ ask(text: "why", first: 21) { unknown } }', 20],
    ]) {
      const { errors } = await bench.ask(String(query));
      expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', field: 'first' } }]);
      expect(errors[0].message).toContain(`between 1 and ${most}`);
    }
    expect(bench.knowledge.methods).toEqual([]);
  });

  it('reports an import row by row', async () => {
    bench.knowledge.on<knowledgeV1.ImportQuestionsRequest, knowledgeV1.ImportQuestionsResponse>(
      'importQuestions',
      () => ({
        results: [
          { line: 1, outcome: 'IMPORT_OUTCOME_CREATED' as knowledgeV1.ImportOutcome, questionId: 'q1' },
          {
            line: 2,
            outcome: 'IMPORT_OUTCOME_FAILED' as knowledgeV1.ImportOutcome,
            code: 'INVALID_INPUT',
            field: 'text',
            message: 'Empty.',
          },
        ],
      }),
    );
    const input = {
      source: 'file',
      rows: [
        { line: 1, text: 'a', topic: 't', state: 'DRAFT' },
        { line: 2, text: '' },
      ],
    };
    const { data, errors } = await bench.ask(
      `mutation Import($input: ImportQuestionsInput!) { importQuestions(input: $input) {
         results { line outcome questionId code field message } userErrors { message } } }`,
      { key: 'editor-key', variables: { input } },
    );
    expect(errors).toEqual([]);
    const none = { code: null, field: null, message: null };
    expect(data).toEqual({
      importQuestions: {
        userErrors: [],
        results: [
          { line: 1, outcome: 'CREATED', questionId: 'q1', ...none },
          { line: 2, outcome: 'FAILED', questionId: null, code: 'INVALID_INPUT', field: 'text', message: 'Empty.' },
        ],
      },
    });
    expect(bench.knowledge.calls.at(-1)?.request).toMatchObject({
      source: 'file',
      dryRun: false,
      rows: [
        { line: 1, text: 'a', topic: 't', state: 'CONTENT_STATE_DRAFT', externalId: '' },
        { line: 2, text: '', state: 'CONTENT_STATE_UNSPECIFIED' },
      ],
    });
  });
});
