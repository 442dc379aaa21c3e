/** Models through the command line: a variant made, loaded, used and unloaded, all by the parts as they are. */
import { Stack } from './support/stack.js';

jest.setTimeout(120_000);

const encoder = 'cairn-encoder-v2';

describe('cairn models', () => {
  let stack: Stack;
  beforeAll(async () => (stack = await Stack.start()));
  afterAll(() => stack?.stop());

  it('makes a smaller variant of the encoder, loads it, and unloads it', async () => {
    const quantized = await stack.cli(['models', 'quantize', encoder, '--json']);
    expect(quantized).toMatchObject({ code: 0 });
    const { id, bytes, cosine } = JSON.parse(quantized.stdout) as {
      id: string;
      bytes: { before: number; after: number };
      cosine: { mean: number };
    };
    expect([id, cosine.mean > 0.99, bytes.after < bytes.before / 3]).toEqual(['cairn-encoder-v2-int8', true, true]);
    expect(await stack.cli(['models', 'quantize', encoder])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--force') as string,
    });

    expect((await stack.cli(['models', 'load', id])).code).toBe(0);
    const { data } = await stack.graphql<{ embed: { provenance: { encoderId: string } } }>(
      'query ($model: ID) { embed(texts: ["a"], model: $model) { provenance { encoderId } } }',
      { model: id },
    );
    expect(data.embed.provenance.encoderId).toBe(id);
    const listed = JSON.parse((await stack.cli(['models', '--json'])).stdout) as object[];
    expect(listed).toMatchObject([
      { id: encoder, state: 'READY', isDefault: true, precision: 'float32' },
      { id, state: 'READY', isDefault: false, precision: 'int8' },
    ]);
    expect((await stack.cli(['models', 'unload', id])).code).toBe(0);
    const unloaded = await stack.cli(['models', 'unload', encoder]);
    expect([unloaded.code > 0, unloaded.stderr]).toEqual([true, expect.stringContaining('default')]);
  });

  it('says what it cannot quantize', async () => {
    const result = await stack.cli(['models', 'quantize', 'nothing-here']);
    expect(result).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^cairn: --model: .+\n$/) as string,
    });
  });
});
