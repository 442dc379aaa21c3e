import { request } from 'node:http';
import { DomainError, type DomainErrorCode, type inferenceV1 } from '@cairn/contracts';
import { limits } from '../src/limits/limits.js';
import { embedResponse, modelRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';

type Embed = inferenceV1.EmbedRequest;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    data: { object: string; index: number; embedding: number[] | string }[];
    model: string;
    usage: object;
    error?: { message: string; type: string; param: string | null; code: string | null };
  };
}

describe('the OpenAI API', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench()));
  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const call = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${bench.gateway.url}/v1${path}`, init);
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
  };
  const embed = (body: object | string, headers: Record<string, string> = {}) =>
    call('/embeddings', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  /** Answers each text with `[its length, 0.5]`, and as many tokens as it has characters. */
  const encode = ({ texts }: Embed) => ({
    ...embedResponse(Float32Array.from(texts.flatMap(({ length }) => [length, 0.5])), 2),
    items: texts.map(({ length }) => ({ tokens: length })),
  });
  const answering = () => {
    bench.inference
      .on<Embed, inferenceV1.EmbedResponse>('embed', encode)
      .on<Embed, inferenceV1.EmbedResponse>('embedStream', encode);
  };

  it('answers one text and many, as numbers and as bytes', async () => {
    answering();
    const one = await embed({ input: 'abc', model: 'fast', user: 'somebody' });
    expect([one.status, one.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(one.body).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [3, 0.5] }],
      // Who answered, not what was asked for.
      model: 'encoder',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    const many = await embed({ input: ['a', 'bb'], model: 'fast', encoding_format: 'base64', dimensions: 2 });
    const packed = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer).toString('base64');
    expect(many.body.data).toEqual([
      { object: 'embedding', index: 0, embedding: packed(1, 0.5) },
      { object: 'embedding', index: 1, embedding: packed(2, 0.5) },
    ]);
    expect(bench.inference.calls.map(({ request }) => request)).toMatchObject([
      { texts: ['abc'], options: { model: 'fast', dimensions: 0, truncate: 'TRUNCATE_ERROR' } },
      { texts: ['a', 'bb'], options: { model: 'fast', dimensions: 2, truncate: 'TRUNCATE_ERROR' } },
    ]);
  });

  it('sends as many texts as may come in chunks, and keeps their order', async () => {
    answering();
    const input = Array.from({ length: 2048 }, (_none, index) => 'x'.repeat(1 + (index % 97)));
    const { status, body } = await embed({ input, model: 'm' });
    expect(status).toBe(200);
    expect(body.data.map(({ index, embedding }) => [index, embedding[0]])).toEqual(
      input.map(({ length }, index) => [index, length]),
    );
    const sent = bench.inference.calls.map(({ request }) => request as Embed);
    expect(new Set(bench.inference.methods)).toEqual(new Set(['embedStream']));
    expect(sent.flatMap(({ texts }) => texts)).toEqual(input);
    expect(sent.every(({ texts, options }) => texts.length <= 256 && options?.priority === 'PRIORITY_BULK')).toBe(true);
  });

  it.each<[string, object | string, string | null, RegExp]>([
    ['no JSON', '{"input":', null, /JSON/],
    ['a list', [], null, /object/],
    ['nothing', {}, 'model', /model/],
    ['no model', { input: 'a' }, 'model', /GET \/v1\/models/],
    ['no input', { model: 'm' }, 'input', /at least one/],
    ['an empty list', { input: [], model: 'm' }, 'input', /at least one/],
    ['an empty text', { input: '', model: 'm' }, 'input', /"input" is empty/],
    ['an empty text of many', { input: ['a', ''], model: 'm' }, 'input', /"input\[1\]" is empty/],
    ['no text', { input: ['a', null], model: 'm' }, 'input', /"input\[1\]" must be a text/],
    ['tokens', { input: [1, 2, 3], model: 'm' }, 'input', /Token arrays/],
    ['lists of tokens', { input: [[1, 2], [3]], model: 'm' }, 'input', /Token arrays/],
    ['too many texts', { input: Array(2049).fill('a'), model: 'm' }, 'input', /2049 inputs; at most 2048/],
    ['an unknown format', { input: 'a', model: 'm', encoding_format: 'int8' }, 'encoding_format', /base64/],
    ['no dimensions', { input: 'a', model: 'm', dimensions: 0 }, 'dimensions', /1 or more/],
    ['half a dimension', { input: 'a', model: 'm', dimensions: 1.5 }, 'dimensions', /1 or more/],
    ['dimensions in words', { input: 'a', model: 'm', dimensions: '2' }, 'dimensions', /whole number/],
    ['a user that is no string', { input: 'a', model: 'm', user: 1 }, 'user', /string/],
    ['an unknown truncation', { input: 'a', model: 'm', truncate: true }, 'truncate', /"error"/],
    ['half a character', '{"input":"\\ud83d","model":"m"}', 'input', /surrogate/],
  ])('refuses %s before any work', async (_name, sent, param, message) => {
    const { status, body } = await embed(sent);
    const error = { message: expect.stringMatching(message) as string, type: 'invalid_request_error', param };
    expect([status, body]).toEqual([400, { error: { ...error, code: null } }]);
    expect(bench.inference.methods).toEqual([]);
  });

  it('refuses the whole for one text that cannot be embedded, and says which', async () => {
    const errors = [{ index: 0, code: 'INVALID_INPUT', message: 'The text has 900 tokens; 256 are taken.' }];
    const failing = (request: Embed) =>
      request.texts[0] === 'long' ? { ...encode(request), errors } : encode(request);
    bench.inference.on('embed', failing).on('embedStream', failing);
    const of = async (input: unknown) => (await embed({ input, model: 'm' })).body.error;
    const told = { type: 'invalid_request_error', param: 'input', code: null };
    const message = 'The text has 900 tokens; 256 are taken.';
    expect(await of('long')).toEqual({ ...told, message: `input: ${message}` });
    expect(await of([...Array<string>(512).fill('a'), 'long'])).toEqual({ ...told, message: `input[512]: ${message}` });
  });

  it('refuses a text of too many tokens, unless it may be cut', async () => {
    answering();
    const tooLong = await embed({ input: ['a', 'x'.repeat(8193)], model: 'm' });
    expect([tooLong.status, tooLong.body.error?.message]).toEqual([400, expect.stringContaining('8193 tokens')]);
    expect((await embed({ input: 'x'.repeat(8193), model: 'm', truncate: 'end' })).status).toBe(200);
    expect(bench.inference.calls.at(-1)?.request).toMatchObject({ options: { truncate: 'TRUNCATE_END' } });
  });

  it('refuses too many tokens together before any work, and counts only where there may be too many', async () => {
    answering();
    const tokens = ({ texts }: { texts: string[] }) => ({
      encodings: texts.map((text) => ({ inputIds: Array<number>(text.startsWith('few') ? 10 : text.length).fill(1) })),
    });
    bench.inference.on<inferenceV1.TokenizeRequest, inferenceV1.TokenizeResponse>('tokenize', tokens);
    const methods = async (input: string[]) => {
      bench.inference.calls.length = 0;
      const { status, body } = await embed({ input, model: 'm' });
      return { status, error: body.error?.message, methods: bench.inference.methods };
    };
    const long = 'x'.repeat(998);
    expect(await methods(Array(300).fill(long))).toMatchObject({
      status: 200,
      methods: ['embedStream', 'embedStream'],
    });
    expect(await methods([...Array(300).fill(long), 'few'])).toMatchObject({
      status: 200,
      methods: ['tokenize', 'tokenize', 'embedStream', 'embedStream'],
    });
    const tooMany = 'The inputs have more than 300,000 tokens together. Send them in parts.';
    expect(await methods(Array(302).fill(long))).toEqual({
      status: 400,
      error: tooMany,
      methods: ['tokenize', 'tokenize'],
    });
    // Whatever the tokenizer said, the forward pass counts too.
    bench.inference.on('tokenize', () => ({ encodings: [] }));
    expect(await methods(Array(302).fill(long))).toMatchObject({ status: 400, error: tooMany });
    bench.inference.on('tokenize', () => {
      throw DomainError.invalid('texts.3', 'The text is empty.');
    });
    expect(await methods(Array(302).fill(long))).toMatchObject({ status: 400, error: 'input[3]: The text is empty.' });
  });

  it.each<[DomainErrorCode, number, object]>([
    ['NOT_FOUND', 404, { type: 'invalid_request_error', code: 'model_not_found', param: 'model' }],
    ['INVALID_INPUT', 400, { type: 'invalid_request_error', code: null, param: 'model' }],
    ['OVERLOADED', 429, { type: 'overloaded', code: 'rate_limit_exceeded' }],
    ['UNAVAILABLE', 503, { type: 'server_error', code: 'service_unavailable' }],
    ['DEADLINE_EXCEEDED', 504, { type: 'server_error', code: 'timeout' }],
  ])('tells %s with the status %i', async (code, expected, error) => {
    bench.inference.on('embed', () => {
      throw new DomainError(code, 'Not so.', { field: 'options.model', retryAfterMs: 1200 });
    });
    const { status, headers, body } = await embed({ input: 'a', model: 'm' });
    expect([status, body]).toMatchObject([expected, { error: { message: 'Not so.', ...error } }]);
    expect([headers.get('retry-after'), headers.get('retry-after-ms')]).toEqual(['2', '1200']);
  });

  it('tells nothing of an unexpected error but where to look', async () => {
    bench.inference.on('embed', () => {
      throw new Error('the key of the store is hunter2');
    });
    const { status, headers, body } = await embed({ input: 'a', model: 'm' }, { 'x-request-id': 'r-7' });
    expect([status, headers.get('x-request-id')]).toEqual([500, 'r-7']);
    const message = 'Something went wrong on our side (request r-7).';
    expect(body).toEqual({ error: { message, type: 'server_error', param: null, code: 'internal_error' } });
  });

  it('tells a stream that fails half-way as what it is', async () => {
    let answered = 0;
    bench.inference.on<Embed, inferenceV1.EmbedResponse>('embedStream', (request) => {
      if (++answered > 2) throw new DomainError('UNAVAILABLE', 'A thread died.');
      return encode(request);
    });
    const { status, body } = await embed({ input: Array(2000).fill('a'), model: 'm' });
    expect([status, body.error?.code]).toEqual([503, 'service_unavailable']);
  });

  it('takes calls without a key, and refuses a wrong one', async () => {
    answering();
    const request = { input: 'a', model: 'm' };
    expect((await embed(request)).status).toBe(200);
    expect((await embed(request, { authorization: 'Bearer reader-key' })).status).toBe(200);
    expect(bench.inference.calls.map(({ context }) => context.role)).toEqual([undefined, 'reader']);
    const { status, body } = await embed(request, { authorization: 'Bearer sk-nonsense' });
    expect([status, body.error]).toMatchObject([401, { type: 'invalid_request_error', code: 'invalid_api_key' }]);
    expect((await call('/models', { headers: { authorization: 'Bearer sk-nonsense' } })).status).toBe(401);
  });

  it('has its own words for faults of HTTP', async () => {
    const large = await embed({ input: 'x'.repeat(limits.bodyBytes), model: 'm' });
    expect([large.status, large.body.error]).toMatchObject([413, { code: 'request_too_large' }]);
    const text = await embed('input=a', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([text.status, text.body.error?.type]).toEqual([415, 'invalid_request_error']);
    for (const [path, method] of [
      ['/chat/completions', 'POST'],
      ['/embeddings', 'GET'],
    ]) {
      const { status, body } = await call(path, { method });
      expect([status, body.error]).toMatchObject([
        404,
        { code: 'unknown_url', message: expect.stringContaining(path) as string },
      ]);
    }
  });

  it('lists what can embed, under all of its names', async () => {
    const models = [
      modelRow('a', { aliases: ['text-embedding-3-small'] }),
      modelRow('b', { state: 'MODEL_STATE_AVAILABLE' as inferenceV1.ModelState }),
      modelRow('c', { task: 'classification' }),
      modelRow('owner/name'),
    ];
    bench.inference
      .on('listModels', () => ({ models }))
      .on<inferenceV1.GetModelRequest, inferenceV1.Model>('getModel', ({ id }) => {
        const found = models.find((model) => model.id === id || model.aliases?.includes(id));
        if (found === undefined) throw DomainError.notFound('model', id);
        return found;
      });
    const listed = (id: string, root: string) => ({ id, object: 'model', created: 0, owned_by: 'cairn', root });
    const alias = listed('text-embedding-3-small', 'a');
    expect((await call('/models')).body).toEqual({
      object: 'list',
      data: [listed('a', 'a'), alias, listed('owner/name', 'owner/name')],
    });
    expect((await call('/models/text-embedding-3-small')).body).toEqual(alias);
    expect((await call('/models/owner%2Fname')).body).toEqual(listed('owner/name', 'owner/name'));
    for (const id of ['b', 'c', 'nothing']) {
      const { status, body } = await call(`/models/${id}`);
      expect([status, body.error]).toMatchObject([404, { param: 'model', code: 'model_not_found' }]);
    }
  });

  it('stops the work of a caller who has left', async () => {
    const cancelled = new Promise<void>((resolve) => {
      bench.inference.on<Embed, inferenceV1.EmbedResponse>('embed', async (_request, outgoing) => {
        leaving.destroy();
        await outgoing.cancelled;
        resolve();
        return {};
      });
    });
    // fetch would open another connection at once, which nobody uses.
    const headers = { 'content-type': 'application/json' };
    const leaving = request(`${bench.gateway.url}/v1/embeddings`, { method: 'POST', headers, agent: false });
    leaving.on('error', () => {});
    leaving.end(JSON.stringify({ input: 'a', model: 'm' }));
    await cancelled;
  });
});
