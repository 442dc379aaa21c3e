/** @jest-environment ./test/environments/onnx.js */
import { buildTrainingGraph, encodeModel } from '@cairn/onnx-graph';
import { Random } from '@cairn/numerics';
import { InferenceSession } from 'onnxruntime-node';
import { float32, gradientOf, paddedTexts, parameterFeeds, type Tensors } from '../../test/support/training-run.js';
import { bertGraph, weightsOf, type BertShape } from './bert-graph.js';
import { nearnessTargets, readAnew } from './distill-stage.js';

const shape: BertShape = {
  ...{ vocab_size: 40, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32 },
  ...{ max_position_embeddings: 16, type_vocab_size: 2, layer_norm_eps: 1e-12 },
};
const texts = [
  [2, 7, 8, 3],
  [2, 30, 9, 12, 3],
  [2, 21, 3],
  [2, 7, 9, 30, 3],
];
const temperature = 0.2;

function encoder(seed: number) {
  const random = new Random(seed);
  const weights = Array.from(weightsOf(shape), ([name, dims]) => {
    const size = dims.reduce((product, one) => product * one, 1);
    const isGain = name.endsWith('LayerNorm.weight');
    return [name, Float32Array.from({ length: size }, () => (isGain ? 1 : 0.3 * random.normal()))] as const;
  });
  return bertGraph(shape, new Map(weights));
}

/** The training graph of an encoder, and a run of it with a teacher's cosines. */
async function student(seed: number) {
  const training = await buildTrainingGraph(encoder(seed), {
    ...{ loss: { kind: 'contrastive', pooling: 'mean', temperature }, parameters: 'all' },
  });
  const session = await InferenceSession.create(encodeModel(training.model), { logSeverityLevel: 3 });
  const run = (cosines: ArrayLike<number>) => {
    const { targets, candidates } = nearnessTargets(cosines, texts.length, temperature);
    const dims = [texts.length, texts.length];
    const feeds: Tensors = {
      ...paddedTexts(texts, 5),
      ...parameterFeeds(training),
      ...{ targets: float32(targets, dims), candidates: float32(candidates, dims) },
    };
    return session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
  };
  const zeros = new Float64Array(texts.length ** 2);
  const cosines = async () => {
    const logits = (await run(zeros))[training.logits].data as Float32Array;
    return Float64Array.from(logits, (logit) => logit * temperature);
  };
  return { training, session, run, cosines };
}

describe('nearnessTargets', () => {
  it('are shares of each text among the others, larger for nearer ones', () => {
    const { targets, candidates } = nearnessTargets([1, 0.9, 0.1, 0.9, 1, 0.5, 0.1, 0.5, 1], 3, 0.2);
    for (let i = 0; i < 3; i++) {
      const row = [...targets.subarray(3 * i, 3 * i + 3)];
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1 / 3, 6);
      expect(row[i]).toBe(0);
      expect(candidates[4 * i]).toBeLessThan(-1000);
    }
    expect(targets[1] / targets[2]).toBeCloseTo(Math.exp(0.8 / 0.2), 3);
  });
});

describe('an encoder that learns from another', () => {
  it('has nothing to learn where it already agrees, and the gradient that finite differences give elsewhere', async () => {
    const { training, session, run, cosines } = await student(1);
    const other = await student(2);
    const [own, taught] = [await cosines(), await other.cosines()];
    const agreed = await run(own);
    const learned = await run(taught);
    const bias = training.parameters.find(({ name }) => name.endsWith('layer.0.output.dense.bias'))!;
    const table = training.parameters.find(({ name }) => name.includes('word_embeddings'))!;
    for (const parameter of [bias, table])
      expect(Math.hypot(...gradientOf(parameter, agreed))).toBeLessThan(
        1e-4 * Math.hypot(...gradientOf(parameter, learned)),
      );
    for (const parameter of [bias, table]) {
      const gradient = gradientOf(parameter, learned);
      const at = gradient.reduce((most, value, i) => (Math.abs(value) > Math.abs(gradient[most]) ? i : most), 0);
      const step = 1e-2;
      const before = parameter.values[at];
      const lossAt = async (value: number) => {
        parameter.values[at] = value;
        return (await run(taught))[training.loss].data[0] as number;
      };
      const slope = ((await lossAt(before + step)) - (await lossAt(before - step))) / (2 * step);
      parameter.values[at] = before;
      expect(Math.abs(slope - gradient[at])).toBeLessThan(0.01 * Math.abs(gradient[at]) + 1e-4);
    }
    await session.release();
    await other.session.release();
  }, 60_000);

  it('comes to find alike what the other finds alike', async () => {
    const { training, session, run, cosines } = await student(1);
    const other = await student(2);
    const taught = await other.cosines();
    const distance = async () => {
      const own = await cosines();
      return Math.hypot(...own.map((value, i) => (i % 5 === 0 ? 0 : value - taught[i])));
    };
    const before = await distance();
    for (let step = 0; step < 150; step++) {
      const outputs = await run(taught);
      for (const parameter of training.parameters) {
        const gradient = gradientOf(parameter, outputs);
        for (let i = 0; i < gradient.length; i++) parameter.values[i] -= 0.3 * gradient[i];
      }
    }
    expect(await distance()).toBeLessThan(before / 3);
    await session.release();
    await other.session.release();
  }, 60_000);
});

describe('readAnew', () => {
  it('gives another tokenizer the words of ids', () => {
    const tokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'pay', '##ing', 'card', '?'];
    const given: string[] = [];
    readAnew({ ids: Int32Array.of(2, 5, 6, 7, 8, 3, 2, 1, 7, 3), lengths: Int32Array.of(6, 4) }, tokens, {
      vocabulary: { size: 9, special: new Set(), mask: 4 },
      encode: (texts) => {
        given.push(...texts);
        return { ids: new Int32Array(2), lengths: Int32Array.of(1, 1) };
      },
    });
    expect(given).toEqual(['paying card ?', 'card']);
  });
});
