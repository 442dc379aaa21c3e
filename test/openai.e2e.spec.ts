/** Embeddings over HTTP as a program made for OpenAI asks for them: OpenAI's own client against the whole stack. */
import OpenAI, { APIError } from 'openai';
import { Stack } from './support/stack.js';

jest.setTimeout(120_000);

const encoder = 'cairn-encoder-v2';

describe('the OpenAI client', () => {
  let stack: Stack;
  let client: OpenAI;
  beforeAll(async () => {
    stack = await Stack.start();
    client = clientWith(stack.key);
  });
  afterAll(() => stack?.stop());

  const clientWith = (apiKey: string) =>
    new OpenAI({ apiKey, baseURL: new URL('/v1', stack.url).href, maxRetries: 0, timeout: 60_000 });
  const embed = (input: string | string[], more: Partial<OpenAI.EmbeddingCreateParams> = {}) =>
    client.embeddings.create({ model: encoder, input, ...more });
  /** What a call is refused with. */
  const refusal = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof APIError)) throw new Error(`No API error: ${String(error)}`);
    const { status, type, param, code } = error as APIError<number>;
    return { status, type, param, code };
  };
  const throughGraphql = async (texts: string[]): Promise<Float32Array> => {
    const { data } = await stack.graphql<{ embed: { packed: string } }>(
      'query ($texts: [String!]!) { embed(texts: $texts) { packed } }',
      { texts },
    );
    return new Float32Array(new Uint8Array(Buffer.from(data.embed.packed, 'base64')).buffer);
  };

  it('gets the vectors that GraphQL gives, by default as base64, also as numbers', async () => {
    const texts = ['How do I reset my password?', 'What is attention?', '数学 🗿'];
    const expected = await throughGraphql(texts);
    for (const format of [undefined, 'base64', 'float'] as const) {
      const { data, model, usage, object } = await embed(texts, { encoding_format: format });
      expect([object, model, data.map(({ index }) => index)]).toEqual(['list', encoder, [0, 1, 2]]);
      expect(usage.prompt_tokens).toBeGreaterThan(texts.length * 2);
      // With an encoding of its own choice the client decodes; else it gives what came.
      const vectors = data.map(({ embedding }) =>
        typeof embedding === 'string'
          ? new Float32Array(new Uint8Array(Buffer.from(embedding as string, 'base64')).buffer)
          : Float32Array.from(embedding),
      );
      // The same texts in other batches: float32 sums in another order.
      vectors.forEach((vector, row) =>
        vector.forEach((value, i) => expect(Math.abs(value - expected[row * vector.length + i])).toBeLessThan(1e-5)),
      );
    }
  });

  it('gets fewer dimensions, scaled to unit length again', async () => {
    const { data } = await embed('short', { dimensions: 64 });
    const [{ embedding }] = data;
    expect(embedding).toHaveLength(64);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  });

  it('gets 2,048 embeddings in one call, each of its own text', async () => {
    const texts = Array.from({ length: 2048 }, (_none, index) => `question number ${index} of many`);
    const { data, usage } = await embed(texts);
    expect(data.map(({ index }) => index)).toEqual(texts.map((_text, index) => index));
    expect(usage.total_tokens).toBeGreaterThan(2048 * 5);
    const chosen = [0, 255, 256, 1025, 2047];
    const alone = await embed(chosen.map((index) => texts[index]));
    chosen.forEach((index, i) => {
      const cosine = data[index].embedding.reduce((sum, value, k) => sum + value * alone.data[i].embedding[k], 0);
      expect(cosine).toBeCloseTo(1, 5);
    });
  });

  it('names a model by alias, and is told who answered', async () => {
    const alias = 'text-embedding-3-small';
    expect((await refusal(embed('a', { model: alias }))).code).toBe('model_not_found');
    expect(await stack.cli(['models', 'alias', alias, encoder])).toMatchObject({ code: 0 });
    expect((await embed('a', { model: alias })).model).toBe(encoder);
    const listed = [];
    for await (const { id } of client.models.list()) listed.push(id);
    expect(listed).toEqual([encoder, alias]);
    expect(await client.models.retrieve(alias)).toMatchObject({ id: alias, object: 'model', root: encoder });
    expect((await refusal(client.models.retrieve('nothing'))).code).toBe('model_not_found');
  });

  it('is refused what cannot be done, in the words it knows', async () => {
    const invalid = { status: 400, type: 'invalid_request_error', code: null };
    expect(await refusal(embed(''))).toEqual({ ...invalid, param: 'input' });
    expect(await refusal(embed([]))).toEqual({ ...invalid, param: 'input' });
    expect(await refusal(embed(['fine', ' \n']))).toEqual({ ...invalid, param: 'input' });
    expect(await refusal(embed(Array<string>(2049).fill('a')))).toEqual({ ...invalid, param: 'input' });
    expect(await refusal(embed('word '.repeat(400)))).toEqual({ ...invalid, param: 'input' });
    expect(await refusal(embed('a', { dimensions: 257 }))).toEqual({ ...invalid, param: 'dimensions' });
    expect(await refusal(client.embeddings.create({ model: encoder, input: [[1, 2, 3]] }))).toMatchObject(invalid);
    expect(await refusal(embed('a', { model: 'nothing' }))).toMatchObject({ status: 404, code: 'model_not_found' });
    const stranger = clientWith('sk-nonsense').embeddings.create({ model: encoder, input: 'a' });
    expect(await refusal(stranger)).toMatchObject({ status: 401, code: 'invalid_api_key' });
  });

  it('may ask for long texts to be cut', async () => {
    const cut = { truncate: 'end' } as object;
    const [long, beginning] = await Promise.all([
      embed('word '.repeat(400), cut),
      embed('word '.repeat(254), { encoding_format: 'float' }),
    ]);
    const cosine = long.data[0].embedding.reduce((sum, value, i) => sum + value * beginning.data[0].embedding[i], 0);
    expect(cosine).toBeCloseTo(1, 5);
  });
});
