/** @jest-environment ./test/environments/onnx.js */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModel, type GraphProto } from '@cairn/onnx-graph';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  activationOf,
  choices,
  randomEncoderModel,
  shapes,
  writeRandomEncoder,
  type RandomEncoderOptions,
} from '../test/support/random-encoder.js';
import { goldenEncoders, goldenTolerance, type GoldenEncoder } from '../test/support/random-encoder/golden.js';
import { repository } from '../test/support/repository.js';

const cases = goldenEncoders();
const folder = mkdtempSync(join(tmpdir(), 'cairn-random-encoder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What ONNX Runtime computes for the batch of a case: the graph as it is, or with all its own rewriting. */
async function outputOf(
  golden: GoldenEncoder,
  options: RandomEncoderOptions,
  graphOptimizationLevel: 'disabled' | 'all' = 'disabled',
): Promise<Float32Array> {
  const model = randomEncoderModel({ ...golden.options, ...options });
  const session = await InferenceSession.create(model, { graphOptimizationLevel, intraOpNumThreads: 1 });
  const int64 = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), golden.dims);
  const feeds: Record<string, Tensor> = {
    input_ids: int64(golden.inputIds),
    attention_mask: int64(golden.attentionMask),
    token_type_ids: int64(golden.tokenTypeIds),
  };
  const outputs = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
  await session.release();
  const [output] = Object.values(outputs);
  return output.data as Float32Array;
}

/** Largest difference to the golden values; NaN and another length are as far as can be. */
function distance(actual: Float32Array, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  return expected.reduce((far, value, i) => {
    const difference = Math.abs(actual[i] - value);
    return difference <= far ? far : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

function graphOf(options: RandomEncoderOptions): GraphProto {
  const { graph } = decodeModel(randomEncoderModel(options));
  if (graph === undefined) throw new Error('There is no graph.');
  return graph;
}

function operators(graph: GraphProto): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { opType = '' } of graph.node) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}

/** Everything that changes what is computed and how; the rest, which is only form, takes turns with the number of a case. */
const styles = choices.gelu.flatMap((gelu) =>
  choices.layerNorm.flatMap((layerNorm) =>
    choices.reshape.flatMap((reshape) =>
      choices.attention.map((attention) => ({ gelu, layerNorm, reshape, attention })),
    ),
  ),
);
const forms = choices.constants.flatMap((constants) => choices.names.map((names) => ({ constants, names })));

describe.each(cases)('the random $options.family with $activation', (golden) => {
  const [, first, last] = golden.hiddenStates;
  const combinations = styles
    .filter(({ gelu }) => activationOf(gelu) === golden.activation)
    .map((style, i) => ({ ...style, ...forms[(i + (i >> 2)) % forms.length] }));

  it.each(combinations)(
    'computes what numpy does: $gelu, $layerNorm, $reshape, $attention, $constants, $names',
    async (style) => {
      expect(distance(await outputOf(golden, style), last)).toBeLessThan(goldenTolerance);
      const logits = await outputOf(golden, { ...style, task: 'sequence-classification' });
      expect(distance(logits, golden.logits)).toBeLessThan(goldenTolerance);
    },
  );

  it('ends with the golden state of the first layer if it has no more', async () => {
    const gelu = golden.activation === 'erf' ? 'erf-decomposed' : 'tanh-decomposed';
    expect(distance(await outputOf(golden, { gelu, layers: 1 }), first)).toBeLessThan(goldenTolerance);
  });
});

describe.each(cases.filter(({ activation }) => activation === 'erf'))('the random $options.family', (golden) => {
  const [, , last] = golden.hiddenStates;

  it('computes the same with the operators of every opset, whatever ONNX Runtime makes of it', async () => {
    for (const opset of [11, 12, 13, 14, 17, 18, 20]) {
      const options = { opset, attention: choices.attention[opset % 2], layerNorm: 'decomposed' } as const;
      expect(distance(await outputOf(golden, options), last)).toBeLessThan(goldenTolerance);
      expect(distance(await outputOf(golden, options, 'all'), last)).toBeLessThan(goldenTolerance);
    }
  });

  it('computes the same with the masks of older exporters', async () => {
    expect(distance(await outputOf(golden, { maskValue: -10_000 }), last)).toBeLessThan(goldenTolerance);
    const infinite = {
      maskValue: -Infinity,
      attention: golden.options.family === 'distilbert' ? 'eager' : 'sdpa',
    } as const;
    expect(distance(await outputOf(golden, infinite), last)).toBeLessThan(goldenTolerance);
    // The mask does something: without it, padded tokens are seen.
    expect(distance(await outputOf(golden, { maskValue: 0 }), last)).toBeGreaterThan(0.01);
  });
});

describe('the graph of a random encoder', () => {
  const layers = shapes.tiny.layers;

  it('is made of the operators that its style names', () => {
    const count = (options: RandomEncoderOptions) => operators(graphOf({ ...shapes.tiny, ...options }));
    expect(count({})).toMatchObject({ LayerNormalization: 2 * layers + 1, Erf: layers, Softmax: layers });
    expect(count({ layerNorm: 'decomposed' })).toMatchObject({ ReduceMean: 2 * (2 * layers + 1) });
    expect(count({ layerNorm: 'decomposed' }).LayerNormalization).toBeUndefined();
    expect(count({ gelu: 'op' })).toMatchObject({ Gelu: layers });
    expect(count({ gelu: 'tanh-decomposed' })).toMatchObject({ Tanh: layers });
    expect(count({ reshape: 'static' }).Concat).toBeUndefined();
    expect(count({ reshape: 'dynamic' })).toMatchObject({ Concat: 4 * layers });
    expect(count({ attention: 'sdpa' })).toMatchObject({ Sqrt: 3 * layers, Where: 2, Expand: 1 });
    expect(count({ constants: 'initializers' }).Constant).toBeUndefined();
    expect(count({ family: 'distilbert' })).toMatchObject({ Where: layers, Equal: layers, Expand: layers });
    expect(count({ family: 'roberta' })).toMatchObject({ CumSum: 1, Not: 1, Expand: 1 });
  });

  it('has the names that exporters give', () => {
    const named = (options: RandomEncoderOptions) =>
      new Set(graphOf({ ...shapes.tiny, ...options }).node.flatMap(({ name = '', output }) => [name, ...output]));
    const bert = named({ layerNorm: 'decomposed' });
    for (const name of [
      '/embeddings/word_embeddings/Gather_output_0',
      '/embeddings/LayerNorm/ReduceMean_1',
      '/encoder/layer.1/attention/self/query/MatMul_output_0',
      '/encoder/layer.0/attention/self/Softmax',
      '/encoder/layer.0/attention/output/LayerNorm/Add_1_output_0',
      '/encoder/layer.0/intermediate/intermediate_act_fn/Erf',
      'last_hidden_state',
    ])
      expect(bert).toContain(name);
    const distilbert = named({ family: 'distilbert', task: 'sequence-classification' });
    for (const name of ['/distilbert/transformer/layer.1/ffn/lin1/Add', '/pre_classifier/Gemm', 'logits'])
      expect(distilbert).toContain(name);
    expect([...named({ names: 'numbered' })].filter((name) => name.includes('/'))).toEqual([]);
  });

  it('declares inputs and outputs with named dimensions, and only the inputs that the family has', () => {
    const graph = graphOf({ ...shapes.tiny, task: 'sequence-classification', labels: 4 });
    const dims = [{ dimParam: 'batch_size' }, { dimParam: 'sequence_length' }];
    expect(graph.input.map(({ name }) => name)).toEqual(['input_ids', 'attention_mask', 'token_type_ids']);
    expect(graph.input[0].type?.tensorType).toEqual({ elemType: 7, shape: { dim: dims } });
    expect(graph.output[0].name).toBe('logits');
    expect(graph.output[0].type?.tensorType?.shape?.dim).toEqual([dims[0], { dimValue: 4 }]);
    for (const family of ['distilbert', 'roberta'] as const)
      expect(graphOf({ ...shapes.tiny, family }).input).toHaveLength(2);
  });

  it('has weights of the given scale that depend on seed and name alone', () => {
    const values = (options: RandomEncoderOptions, name: string): Buffer => {
      const tensor = graphOf(options).initializer.find((initializer) => initializer.name === name);
      return Buffer.from(tensor?.rawData ?? []);
    };
    const words = 'embeddings.word_embeddings.weight';
    const options = { ...shapes.tiny, vocab: 2000, weightScale: 0.02 };
    const bytes = values(options, words);
    const table = new Float32Array(new Uint8Array(bytes).buffer);
    expect(table).toHaveLength(2000 * 16);
    const deviation = Math.sqrt(table.reduce((sum, value) => sum + value * value, 0) / table.length);
    expect(deviation).toBeCloseTo(0.02, 3);

    const other = { ...options, layers: 1, layerNorm: 'decomposed', names: 'numbered' } as const;
    expect(values(other, words).equals(bytes)).toBe(true);
    expect(values({ ...other, task: 'sequence-classification' }, `bert.${words}`).equals(bytes)).toBe(true);
    expect(values({ ...other, seed: 2 }, words).equals(bytes)).toBe(false);
    const bias = (layer: number) => values(shapes.tiny, `encoder.layer.${layer}.output.dense.bias`);
    expect(bias(0).equals(bias(1))).toBe(false);
  });

  it('is refused if its options cannot go together', () => {
    const refused = (options: RandomEncoderOptions) => expect(() => randomEncoderModel(options)).toThrow(RangeError);
    refused({ opset: 14 });
    refused({ gelu: 'op', opset: 19 });
    refused({ opset: 21 });
    refused({ heads: 7 });
    refused({ vocab: 4 });
    refused({ layers: 0 });
    refused({ maskValue: -Infinity });
    refused({ family: 'gpt2' as 'bert' });
  });
});

describe('writeRandomEncoder', () => {
  const read = (model: string, name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(folder, model, name), 'utf8')) as Record<string, unknown>;

  it.each(choices.family)(
    'writes a tokenizer of %s that spells any word and knows as many tokens as it should',
    async (family) => {
      for (const vocab of [60, 17_000]) {
        await writeRandomEncoder(join(folder, family), { ...shapes.tiny, hidden: 2, layers: 1, family, vocab });
        const tokenizer = new Tokenizer(read(family, 'tokenizer.json'), read(family, 'tokenizer_config.json'));
        const special = read(family, 'special_tokens_map.json') as Record<string, string>;
        const { tokens, ids }: { tokens: string[]; ids: number[] } = tokenizer.encode('Hello, WÖRLD zyx');
        expect([tokens[0], tokens[tokens.length - 1]]).toEqual([special.cls_token, special.sep_token]);
        const text = tokens.slice(1, -1).join('').replaceAll('##', '');
        expect(text).toBe(`hello${vocab === 60 ? special.unk_token : ','}worldzyx`);
        expect(Math.max(...ids)).toBeLessThan(vocab);
        const known = Object.values((read(family, 'tokenizer.json').model as { vocab: Record<string, number> }).vocab);
        known.sort((a, b) => a - b);
        expect(known).toHaveLength(vocab);
        expect(known.every((id, place) => id === place)).toBe(true);
        expect(tokenizer.token_to_id(special.pad_token)).toBe(read(family, 'config.json').pad_token_id);
      }
    },
  );

  it('writes a configuration in the words of the family and the task', async () => {
    await writeRandomEncoder(join(folder, 'classifier'), {
      ...shapes.tiny,
      family: 'distilbert',
      task: 'sequence-classification',
      problemType: 'multi_label_classification',
      labels: 2,
    });
    expect(read('classifier', 'config.json')).toMatchObject({
      architectures: ['DistilBertForSequenceClassification'],
      model_type: 'distilbert',
      dim: 16,
      n_layers: 2,
      problem_type: 'multi_label_classification',
      id2label: { 0: 'label 0', 1: 'label 1' },
    });
    await writeRandomEncoder(join(folder, 'encoder'), { ...shapes.tiny, family: 'roberta' });
    const config = read('encoder', 'config.json');
    // Positions of RoBERTa begin behind the padding id: two rows of its table hold no token's position.
    expect(config).toMatchObject({ architectures: ['RobertaModel'], hidden_size: 16, max_position_embeddings: 14 });
    expect(read('encoder', 'tokenizer_config.json').model_max_length).toBe(12);
    expect(config).not.toHaveProperty('id2label');
  });

  it('is what the script does', async () => {
    const script = join(repository, 'scripts/random-encoder.mjs');
    const flags = ['--shape', 'tiny', '--family', 'roberta', '--layer-norm', 'decomposed', '--seed', '5'];
    execFileSync(process.execPath, [script, ...flags, '--output', join(folder, 'by-script')]);
    await writeRandomEncoder(join(folder, 'by-call'), {
      ...shapes.tiny,
      family: 'roberta',
      layerNorm: 'decomposed',
      seed: 5,
    });
    for (const name of ['config.json', 'tokenizer.json', 'onnx/model.onnx'])
      expect(
        Buffer.compare(readFileSync(join(folder, 'by-script', name)), readFileSync(join(folder, 'by-call', name))),
      ).toBe(0);

    const refused = spawnSync(process.execPath, [script, '--output', folder, '--heads', '7'], { encoding: 'utf8' });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('7 heads do not divide');
  });
});
