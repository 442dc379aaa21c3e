/** @jest-environment ./test/environments/onnx.js */
import { modernEncoderModel } from '../../../../test/support/modern-encoder.js';
import {
  float32,
  gradientOf,
  paddedTexts,
  parameterFeeds,
  withSession,
} from '../../../../test/support/training-run.js';
import { decodeModel } from '../model.js';
import { buildTrainingGraph, classTargets, type ParameterChoice } from './index.js';

const shape = { layers: 3, hidden: 16, heads: 2, intermediate: 12, vocab: 50, seed: 2 };
const classes = 3;
const weight = Float32Array.from({ length: classes * shape.hidden }, (_, i) => Math.sin(i));
const loss = { kind: 'cross-entropy', pooling: 'mean', head: { classes, weight } } as const;
const build = (parameters: ParameterChoice, dropout = {}) =>
  buildTrainingGraph(decodeModel(modernEncoderModel(shape)), { loss, parameters, dropout });
const texts = (length: number) => ({
  ...paddedTexts(
    [
      [2, 40, 7, 41, 8, 3],
      [2, 9, 3],
      [2, 3],
    ],
    length,
  ),
  targets: float32(classTargets([0, 2, 1], classes), [3, classes]),
});

describe('an encoder with rotary positions, gated Gelu and normalisation in front', () => {
  it('has the gradients that central differences have, whatever the batch', async () => {
    const graph = await build('all');
    await withSession(graph.model, async (run) => {
      const feeds = { ...texts(6), ...parameterFeeds(graph) };
      const lossNow = async (): Promise<number> => (await run(feeds))[graph.loss].data[0] as number;
      const outputs = await run(feeds);
      for (const parameter of graph.parameters) {
        const gradient = gradientOf(parameter, outputs);
        const norm = Math.hypot(...gradient);
        expect(norm).toBeGreaterThan(1e-4);
        const before = parameter.values.slice();
        const at = async (step: number): Promise<number> => {
          parameter.values.set(before.map((value, i) => value + (step * 0.02 * gradient[i]) / norm));
          return lossNow();
        };
        const slope = (8 * ((await at(1)) - (await at(-1))) - ((await at(2)) - (await at(-2)))) / (12 * 0.02);
        parameter.values.set(before);
        expect(Math.abs(slope / norm - 1)).toBeLessThan(2e-3 + 2e-5 / norm);
      }
      const longer = await run({ ...texts(9), ...parameterFeeds(graph) });
      for (const parameter of graph.parameters) {
        const [a, b] = [gradientOf(parameter, outputs), gradientOf(parameter, longer)];
        expect(Math.hypot(...a.map((value, i) => value - b[i]))).toBeLessThan(1e-5 * Math.hypot(...a));
      }
    });
  });

  it('trains its weights, and not the frequencies of positions', async () => {
    const { parameters } = await build('all');
    const perLayer = ['attn.Wqkv', 'attn.Wo', 'mlp_norm', 'mlp.Wi', 'mlp.Wo'];
    const names = [0, 1, 2].flatMap((i) => perLayer.map((name) => `layers.${i}.${name}.weight`));
    const rest = [
      'embeddings.tok_embeddings',
      'embeddings.norm',
      'layers.1.attn_norm',
      'layers.2.attn_norm',
      'final_norm',
    ];
    const expected = [...names, ...rest.map((name) => `${name}.weight`), 'head.weight', 'head.bias'];
    expect(parameters.map(({ name }) => name).sort()).toEqual(expected.sort());
    expect(parameters.filter(({ decays }) => !decays).map(({ name }) => name)).toEqual(
      parameters.map(({ name }) => name).filter((name) => /norm|bias/.test(name)),
    );
  });

  it('tells its last layers by their names, adapts its projections, and takes dropout', async () => {
    const { parameters } = await build({ lastLayers: 1 });
    expect(parameters.map(({ name }) => name).filter((name) => !/^(layers\.2|final_norm|head)\./.test(name))).toEqual(
      [],
    );
    expect(parameters).toHaveLength(6 + 1 + 2);
    const { lowRank } = await build({ lora: { rank: 2, seed: 1 } });
    expect(lowRank.map((pair) => pair.weight)).toEqual([0, 1, 2].map((i) => `layers.${i}.attn.Wqkv.weight`));
    const { feeds } = await build('all', { hidden: 0.1, attention: 0.1 });
    expect(feeds.filter(({ dropout }) => dropout)).toHaveLength(1 + 2 * 3 + 3);
  });
});
