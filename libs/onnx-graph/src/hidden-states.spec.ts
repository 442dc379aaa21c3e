/** @jest-environment ./test/environments/onnx.js */
import { randomEncoderModel, type RandomEncoderOptions } from '../../../test/support/random-encoder.js';
import { goldenEncoders, goldenTolerance, type GoldenEncoder } from '../../../test/support/random-encoder/golden.js';
import { resolveOptions } from '../../../test/support/random-encoder/options.js';
import { randomWeights } from '../../../test/support/random-encoder/random-weights.js';
import { farthest, runGolden } from '../../../test/support/random-encoder/run-golden.js';
import { toFloat16 } from './float16.js';
import { float, GraphBuilder, int, ints } from './graph-builder.js';
import { exposeHiddenStates, hiddenStateName } from './hidden-states.js';
import { attributeTypes, decodeModel, elementTypes, encodeModel, type ModelProto, type NodeProto } from './model.js';
import { importDomain, makeNode, microsoft } from './nodes.js';
import { prepareEncoder } from './prepare-encoder.js';
import { makeTensor, tensorValues } from './tensor.js';

const berts = goldenEncoders().filter(({ options }) => options.family === 'bert');
const bert = berts.find(({ activation }) => activation === 'erf')!;
const { layers, hidden, heads } = bert.options;

const modelOf = (options: RandomEncoderOptions = {}): ModelProto =>
  decodeModel(randomEncoderModel({ ...bert.options, ...options }));

async function expectGoldenStates(model: ModelProto, golden = bert, tolerance = goldenTolerance): Promise<void> {
  const outputs = await runGolden(encodeModel(model), golden);
  golden.hiddenStates.forEach((state, layer) => {
    const output = outputs[hiddenStateName(layer, layers)];
    expect(output).toBeInstanceOf(Float32Array);
    expect(farthest(output, state)).toBeLessThan(tolerance);
  });
}

function expectUnchanged(model: ModelProto, sizes = { layers, hidden }): void {
  const before = encodeModel(model);
  expect(exposeHiddenStates(model, sizes.layers, sizes.hidden)).toBe(false);
  expect(Buffer.compare(encodeModel(model), before)).toBe(0);
}

const norms = (model: ModelProto): NodeProto[] =>
  model.graph!.node.filter(({ opType }) => opType === 'LayerNormalization');

const expose = (model: ModelProto): boolean => exposeHiddenStates(model, layers, hidden);

/** Puts a node between a value and all that read it. */
function insertBehind(model: ModelProto, value: string, nodeOf: (from: string) => NodeProto): void {
  const { node } = model.graph!;
  const at = node.findIndex(({ output }) => output.includes(value));
  const before = `${value}_before`;
  node[at].output = node[at].output.map((name) => (name === value ? before : name));
  node.splice(at + 1, 0, nodeOf(before));
}

/**
 * BERT as ONNX Runtime's optimiser for transformers writes it, offline: embeddings, attention with packed weights, sums
 * and activations merged with what stands behind or in front of them.
 */
function optimised(golden: GoldenEncoder, biasInNorm: boolean): ModelProto {
  const weights = randomWeights(resolveOptions(golden.options));
  const builder = new GraphBuilder('optimised', 17);
  const [ids, mask, types] = ['input_ids', 'attention_mask', 'token_type_ids'].map((name) =>
    builder.node('Cast', [builder.input(name, 'int64', ['batch', 'seq'])], { attributes: { to: int(6) } }),
  );
  const lengths = builder.node('ReduceSum', [mask[0], builder.constant('1', 'int64', [1], BigInt64Array.of(1n))], {
    attributes: { keepdims: int(0) },
  });
  const weight = (name: string): string => {
    const { dims, values } = weights.get(name)!;
    return builder.constant(name, 'float32', dims, values);
  };
  /** `[in, parts * out]` of linear maps that are kept as `[out, in]`. */
  const joined = (...names: string[]): string => {
    const parts = names.map((name) => weights.get(`${name}.weight`)!);
    const [to, from] = parts[0].dims;
    const values = new Float32Array(from * to * parts.length);
    parts.forEach((part, p) => {
      for (let i = 0; i < to; i++)
        for (let j = 0; j < from; j++) values[j * to * parts.length + p * to + i] = part.values[i * from + j];
    });
    return builder.constant(`${names[0]}.joined`, 'float32', [from, to * parts.length], values);
  };
  const epsilon = { epsilon: float(1e-12) };
  const e = 'embeddings';
  const tables = ['word', 'position', 'token_type'].map((table) => weight(`${e}.${table}_embeddings.weight`));
  let [x] = builder.node(
    'EmbedLayerNormalization',
    [ids[0], types[0], ...tables, weight(`${e}.LayerNorm.weight`), weight(`${e}.LayerNorm.bias`)],
    { attributes: epsilon, outputs: ['embedded', 'mask_index'] },
  );
  const skip = (of: string, residual: string, dense: string, norm: string): string => {
    const [product] = builder.node('MatMul', [of, joined(dense)]);
    const bias = weight(`${dense}.bias`);
    const [sum] = biasInNorm ? [product] : builder.node('Add', [product, bias]);
    const inputs = [sum, residual, weight(`${norm}.weight`), weight(`${norm}.bias`), ...(biasInNorm ? [bias] : [])];
    return builder.node('SkipLayerNormalization', inputs, { attributes: epsilon })[0];
  };
  for (let i = 0; i < layers; i++) {
    const layer = `encoder.layer.${i}`;
    const parts = ['query', 'key', 'value'].map((part) => `${layer}.attention.self.${part}`);
    const biases = Float32Array.from(parts.flatMap((part) => Array.from(weights.get(`${part}.bias`)!.values)));
    const packed = [joined(...parts), builder.constant(`${layer}.biases`, 'float32', [3 * hidden], biases)];
    const [context] = builder.node('Attention', [x, ...packed, lengths[0]], { attributes: { num_heads: int(heads) } });
    const attended = skip(context, x, `${layer}.attention.output.dense`, `${layer}.attention.output.LayerNorm`);
    const [inner] = builder.node('MatMul', [attended, joined(`${layer}.intermediate.dense`)]);
    const gelu = golden.activation === 'erf' ? 'BiasGelu' : 'FastGelu';
    const [active] = builder.node(gelu, [inner, weight(`${layer}.intermediate.dense.bias`)]);
    x = skip(active, attended, `${layer}.output.dense`, `${layer}.output.LayerNorm`);
  }
  builder.node('Identity', [x], { outputs: ['last_hidden_state'] });
  builder.output('last_hidden_state', 'float32', ['batch', 'seq', hidden]);
  const model = builder.model();
  const standard = ['Cast', 'ReduceSum', 'MatMul', 'Add', 'Identity'];
  for (const node of model.graph!.node) if (!standard.includes(node.opType ?? '')) node.domain = microsoft;
  importDomain(model, microsoft, 1);
  return model;
}

describe('hidden states are found', () => {
  it.each(berts)('in what an optimiser for transformers wrote, $activation', async (golden) => {
    for (const biasInNorm of [true, false]) {
      const model = optimised(golden, biasInNorm);
      expect(prepareEncoder(model, { layers, hidden }).description).toBe('hidden states 0..2 exposed');
      await expectGoldenStates(model, golden);
    }
  });

  it('behind a projection of the embeddings (ELECTRA, ALBERT) and behind a mask of them (DeBERTa)', async () => {
    // A projection and a mask that change nothing: the golden values stay.
    const identity = Float32Array.from({ length: hidden * hidden }, (_, i) => (i % (hidden + 1) === 0 ? 1 : 0));
    const added = {
      projected: makeTensor('added', 'float32', [hidden, hidden], identity),
      masked: makeTensor('added', 'float32', [1], Float32Array.of(1)),
    };
    for (const [how, tensor] of Object.entries(added)) {
      const model = modelOf();
      const [{ output }] = norms(model);
      const opType = how === 'projected' ? 'MatMul' : 'Mul';
      insertBehind(model, output[0], (from) => makeNode(opType, [from, 'added'], output));
      model.graph!.initializer.push(tensor);
      expect(expose(model)).toBe(true);
      await expectGoldenStates(model);
    }
  });

  it('beside outputs of other names, and read by subgraphs', async () => {
    const model = modelOf();
    const { node, output: outputs } = model.graph!;
    const [embedded, , first] = norms(model).map(({ output }) => output[0]);
    outputs.push({ ...outputs[0], name: embedded });
    const branch = (name: string) => ({
      node: [makeNode('Neg', [first], [name])],
      name,
      initializer: [],
      input: [],
      output: [{ ...outputs[0], name }],
      valueInfo: [],
      metadataProps: [],
    });
    node.push(
      makeNode('Cast', ['always'], ['condition'], { to: int(elementTypes.bool) }),
      makeNode('If', ['condition'], ['negative'], {
        then_branch: { type: attributeTypes.graph, g: branch('then') },
        else_branch: { type: attributeTypes.graph, g: branch('else') },
      }),
    );
    model.graph!.initializer.push(makeTensor('always', 'float32', [], Float32Array.of(1)));
    outputs.push({ ...outputs[0], name: 'negative' });
    expect(prepareEncoder(model, { layers, hidden }).hiddenStates).toBe(true);
    await expectGoldenStates(model);
    const results = await runGolden(encodeModel(model), bert);
    expect(farthest(results[embedded], bert.hiddenStates[0])).toBeLessThan(goldenTolerance);
    expect(
      farthest(
        results.negative,
        bert.hiddenStates[1].map((value) => -value),
      ),
    ).toBeLessThan(goldenTolerance);
  });

  it('in float16, and given back as float32', async () => {
    const model = modelOf({ maskValue: -60_000, reshape: 'static' });
    const graph = model.graph!;
    prepareEncoder(model, { layers, hidden, attention: false });
    graph.output = graph.output.filter(({ name }) => name === 'last_hidden_state');
    for (const tensor of graph.initializer) {
      if (tensor.dataType !== elementTypes.float32) continue;
      const halves = toFloat16(tensorValues(tensor) as Float32Array);
      Object.assign(tensor, { dataType: elementTypes.float16, rawData: new Uint8Array(halves.buffer) });
    }
    for (const node of graph.node)
      if (node.opType === 'Cast') node.attribute = makeNode('Cast', [], [''], { to: int(10) }).attribute;
    const castBack = decodeModel(encodeModel(model));
    graph.output[0].type!.tensorType!.elemType = elementTypes.float16;
    expect(prepareEncoder(model, { layers, hidden }).hiddenStates).toBe(true);
    await expectGoldenStates(model, bert, 0.02);

    insertBehind(castBack, 'last_hidden_state', (from) =>
      makeNode('Cast', [from], ['last_hidden_state'], { to: int(elementTypes.float32) }),
    );
    expect(expose(castBack)).toBe(true);
    await expectGoldenStates(castBack, bert, 0.02);
  });
});

describe('a graph is left as it is', () => {
  it('if it has more or fewer layers than the configuration says, or others', () => {
    expectUnchanged(modelOf(), { layers: 1, hidden });
    expectUnchanged(modelOf(), { layers: 3, hidden });
    expectUnchanged(modelOf({ layers: 3 }));
    expectUnchanged(modelOf(), { layers, hidden: hidden / 2 });
    expectUnchanged(modelOf({ layerNorm: 'decomposed' }));
  });

  it('if a name is taken by something else', () => {
    const model = modelOf();
    insertBehind(model, norms(model)[1].output[0], (from) => makeNode('Neg', [from], ['hidden_state_1']));
    expectUnchanged(model);
    const doubled = modelOf();
    insertBehind(doubled, 'last_hidden_state', (from) => makeNode('Neg', [from], ['last_hidden_state']));
    expectUnchanged(doubled);
  });

  it('if a layer does not add to the one before', () => {
    const model = modelOf();
    const [, , third] = norms(model);
    const sum = model.graph!.node.find(({ output }) => output[0] === third.input[0])!;
    sum.input = [sum.input[0], sum.input[0]];
    expectUnchanged(model);
  });

  /** Two layers x + f(norm(x)), as newer encoders are; with `sandwich` also x + norm(f(norm(x))). */
  function normalisedBefore(sandwich: boolean): ModelProto {
    const builder = new GraphBuilder('pre', 17);
    let count = 0;
    const weights = (...dims: number[]): string => {
      const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(0.1);
      return builder.constant(`weights_${count++}`, 'float32', dims, values);
    };
    const norm = (x: string) => builder.node('LayerNormalization', [x, weights(hidden), weights(hidden)])[0];
    const ids = builder.input('input_ids', 'int64', ['batch', 'seq']);
    let [x] = builder.node('Gather', [weights(60, hidden), ids]);
    for (let i = 0; i < 2 * layers; i++) {
      const [inner] = builder.node('MatMul', [norm(x), weights(hidden, hidden)]);
      const [branch] = builder.node('Add', [inner, weights(hidden)]);
      [x] = builder.node('Add', [x, sandwich ? norm(branch) : branch]);
    }
    const [last] = builder.node('Transpose', [norm(x)], {
      attributes: { perm: ints([0, 1, 2]) },
      outputs: ['last_hidden_state'],
    });
    builder.output(last, 'float32', ['batch', 'seq', hidden]);
    return builder.model();
  }

  it.each([false, true])('if it normalises in front of its layers (and behind: %s)', (sandwich) => {
    expectUnchanged(normalisedBefore(sandwich));
    expectUnchanged(normalisedBefore(sandwich), { layers: 1, hidden });
    const model = normalisedBefore(sandwich);
    const before = encodeModel(model);
    const { hiddenStates, description } = prepareEncoder(model, { layers, hidden });
    expect({ hiddenStates, description }).toEqual({
      hiddenStates: false,
      description: 'structure not known, last hidden state only',
    });
    expect(Buffer.compare(encodeModel(model), before)).toBe(0);
  });
});
