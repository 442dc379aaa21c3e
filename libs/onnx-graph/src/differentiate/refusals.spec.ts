/** @jest-environment ./test/environments/onnx.js */
import { randomEncoderModel, type RandomEncoderOptions } from '../../../../test/support/random-encoder.js';
import { storeFloat16 } from '../float16.js';
import { decodeModel, type ModelProto } from '../model.js';
import { makeNode } from '../nodes.js';
import { prepareEncoder } from '../prepare-encoder.js';
import { quantizeDynamic } from '../quantize.js';
import { buildTrainingGraph, NotTrainableError, type TrainingGraphOptions } from './index.js';

const shape = { layers: 2, hidden: 64, heads: 2, intermediate: 64, vocab: 60, maxPosition: 12 };
const encoder = (options: RandomEncoderOptions = {}): ModelProto =>
  decodeModel(randomEncoderModel({ ...shape, ...options }));
const loss: TrainingGraphOptions['loss'] = { kind: 'cross-entropy', pooling: 'mean', head: { classes: 3 } };
const build = (model: ModelProto, options: Partial<TrainingGraphOptions> = {}) =>
  buildTrainingGraph(model, { loss, parameters: 'all', ...options });

/** The encoder with an operator on its way that has no gradient. */
function withOperator(
  opType: string,
  at = '/encoder/layer.0/output/LayerNorm/LayerNormalization_output_0',
): ModelProto {
  const model = encoder();
  const { node, initializer } = model.graph!;
  const producer = node.findIndex(({ output }) => output[0] === at);
  if (producer < 0) throw new Error(node.map(({ output }) => output[0]).join('\n'));
  for (const one of node) one.input = one.input.map((input) => (input === at ? 'odd' : input));
  initializer.push({
    ...initializer[0],
    name: 'axis',
    dims: [],
    dataType: 7,
    rawData: undefined,
    int64Data: [1],
    floatData: [],
  });
  node.splice(producer + 1, 0, { ...makeNode(opType, [at, 'axis'], ['odd']), name: '/odd/Node' });
  return model;
}

describe('what cannot be trained is refused with what to do', () => {
  it('an operator without a gradient, named with its node, unless training ends behind it', async () => {
    const model = withOperator('CumSum');
    const error = await build(model).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotTrainableError);
    expect(error).toMatchObject({ operator: 'CumSum', node: '/odd/Node' });
    expect((error as Error).message).toMatch(/CumSum.*\/odd\/Node.*last layers/);
    expect((await build(model, { parameters: { lastLayers: 1 } })).parameters).toHaveLength(18);
  });

  it('float16 and quantised weights', async () => {
    const half = encoder();
    storeFloat16(half);
    await expect(build(half)).rejects.toThrow(/float16.*float32 model/);
    const small = encoder();
    quantizeDynamic(small);
    await expect(build(small)).rejects.toThrow(/quantised.*float32 model/);
  });

  it('operators that an optimiser has put in', async () => {
    const fused = encoder();
    expect(prepareEncoder(fused, { layers: 2, hidden: 64 }).fused.attentions).toBe(2);
    await expect(build(fused)).rejects.toThrow(/before it was optimised/);
  });

  it('fixed sizes, old operator sets, outputs that are not there', async () => {
    const fixed = encoder();
    fixed.graph!.input[0].type!.tensorType!.shape!.dim[0] = { dimValue: 1 };
    await expect(build(fixed)).rejects.toThrow('any size');
    const old = encoder();
    old.opsetImport[0].version = 10;
    await expect(build(old)).rejects.toThrow('version 10');
    await expect(build(encoder(), { output: 'pooled' })).rejects.toThrow('"pooled"');
  });

  it('choices that the encoder does not have', async () => {
    await expect(build(encoder(), { parameters: { lastLayers: 3 } })).rejects.toThrow('last 3 layers');
    await expect(build(encoder(), { parameters: { lastLayers: -1 } })).rejects.toThrow('-1');
    await expect(build(encoder(), { parameters: { names: ['none'] } })).rejects.toThrow('"none"');
    const head = { classes: 3, weight: new Float32Array(5) };
    await expect(build(encoder(), { loss: { ...loss, head } as typeof loss })).rejects.toThrow('has 192 values; got 5');
    await expect(build(encoder(), { dropout: { hidden: 1 } })).rejects.toThrow('rate');
    const contrastive = { kind: 'contrastive', pooling: 'cls', temperature: 0 } as const;
    await expect(build(encoder(), { loss: contrastive })).rejects.toThrow('temperature');
    await expect(
      build(encoder(), { loss: { ...contrastive, temperature: 1 }, parameters: { names: [] } }),
    ).rejects.toThrow('Nothing is left to train');
  });

  it('and the model stays as it was', async () => {
    const model = encoder({ opset: 17 });
    const before = JSON.stringify(model.graph!.node);
    await build(model, { dropout: { hidden: 0.1 }, parameters: { lora: { rank: 2, seed: 1 } } });
    expect(JSON.stringify(model.graph!.node)).toBe(before);
  });
});
