/** @jest-environment ./test/environments/onnx.js */
import { randomEncoderModel, type RandomEncoderOptions } from '../../../../test/support/random-encoder.js';
import {
  float32,
  gradientOf,
  paddedTexts,
  parameterFeeds,
  withSession,
  type Tensors,
} from '../../../../test/support/training-run.js';
import { decodeModel } from '../model.js';
import { buildTrainingGraph, classTargets, fillDropoutMask, type TrainingGraph } from './index.js';

const shape = { layers: 2, hidden: 16, heads: 2, intermediate: 32, vocab: 60, maxPosition: 12, weightScale: 0.25 };
const classes = 3;
const weight = Float32Array.from({ length: classes * shape.hidden }, (_, i) => Math.sin(i));
const loss = { kind: 'cross-entropy', pooling: 'mean', head: { classes, weight } } as const;
const sizes: Readonly<Record<string, number>> = { batch: 3, seq: 5 };
const texts = {
  ...paddedTexts(
    [
      [2, 40, 7, 41, 3],
      [2, 9, 3],
      [2, 3],
    ],
    sizes.seq,
  ),
  targets: float32(classTargets([0, 2, 1], classes), [3, classes]),
};
const rates = { hidden: 0.2, attention: 0.1, pooled: 0.3 };
const build = (options: RandomEncoderOptions) =>
  buildTrainingGraph(decodeModel(randomEncoderModel({ ...shape, ...options })), {
    loss,
    parameters: 'all',
    dropout: rates,
  });

function masks({ feeds }: TrainingGraph, fill: (mask: Float32Array, rate: number, i: number) => void): Tensors {
  const sites = feeds.filter(({ dropout }) => dropout !== undefined);
  return Object.fromEntries(
    sites.map(({ name, dims, dropout }, i) => {
      const resolved = dims.map((size) => (typeof size === 'number' ? size : sizes[size]));
      const mask = new Float32Array(resolved.reduce((product, size) => product * size, 1));
      fill(mask, dropout!, i);
      return [name, float32(mask, resolved)];
    }),
  );
}

const families: [string, RandomEncoderOptions][] = [
  ['bert', {}],
  ['distilbert', { family: 'distilbert' }],
  ['roberta, otherwise exported', { family: 'roberta', layerNorm: 'decomposed', attention: 'sdpa', names: 'numbered' }],
];

describe.each(families)('dropout in %s', (_name, options) => {
  it('has a mask for the embeddings, both halves of each layer, its attention, and the pooled vector', async () => {
    const { feeds, evaluation } = await build(options);
    const sites = feeds.flatMap(({ dropout, dims }) => (dropout === undefined ? [] : [`${dropout} ${dims.join(' ')}`]));
    const [hidden, attention] = ['0.2 batch seq 16', '0.1 batch 2 seq seq'];
    expect(sites.sort()).toEqual([attention, attention, ...new Array<string>(5).fill(hidden), '0.3 batch 16']);
    expect(evaluation.graph!.input.some(({ name }) => name!.startsWith('dropout'))).toBe(false);
  });

  it('changes nothing with masks of ones, and gives the gradient of what it leaves', async () => {
    const graph = await build(options);
    const feeds = { ...texts, ...parameterFeeds(graph) };
    const whole = await withSession(graph.evaluation, (run) => run(feeds));
    await withSession(graph.model, async (run) => {
      const lossWith = async (given: Tensors) => (await run({ ...feeds, ...given }))[graph.loss].data[0] as number;
      expect(await lossWith(masks(graph, (mask) => mask.fill(1)))).toBeCloseTo(whole[graph.loss].data[0] as number, 6);
      const drawn = masks(graph, (mask, rate, i) => fillDropoutMask(mask, rate, 7, 0, i));
      const outputs = await run({ ...feeds, ...drawn });
      expect(Math.abs((outputs[graph.loss].data[0] as number) - (whole[graph.loss].data[0] as number))).toBeGreaterThan(
        1e-3,
      );
      for (const parameter of graph.parameters) {
        const gradient = gradientOf(parameter, outputs);
        const norm = Math.hypot(...gradient);
        if (norm < 1e-5) continue;
        const before = parameter.values.slice();
        const at = async (step: number): Promise<number> => {
          parameter.values.set(before.map((value, i) => value + (step * 0.02 * gradient[i]) / norm));
          return lossWith(drawn);
        };
        const slope = (8 * ((await at(1)) - (await at(-1))) - ((await at(2)) - (await at(-2)))) / (12 * 0.02);
        parameter.values.set(before);
        expect(Math.abs(slope / norm - 1)).toBeLessThan(1e-2 + 2e-5 / norm);
      }
    });
  });
});

describe('a mask', () => {
  const drawn = (length: number, rate: number, ...stream: [number, ...number[]]) => {
    const mask = new Float32Array(length);
    fillDropoutMask(mask, rate, ...stream);
    return mask;
  };

  it('is the same for the same seed and stream, and another for others', () => {
    expect(drawn(1001, 0.3, 1, 2, 3)).toEqual(drawn(1001, 0.3, 1, 2, 3));
    const others = [drawn(1001, 0.3, 1, 2, 4), drawn(1001, 0.3, 1, 3, 3), drawn(1001, 0.3, 2, 2, 3)];
    const first = drawn(1001, 0.3, 1, 2, 3);
    // Two masks agree where both keep or both leave out: 0.3² + 0.7² = 58 %.
    for (const other of others) {
      const equal = first.filter((value, i) => value === other[i]).length / 1001;
      expect(equal).toBeGreaterThan(0.5);
      expect(equal).toBeLessThan(0.66);
    }
  });

  it('leaves out the share that it should, without neighbours or distant elements depending on each other', () => {
    const count = 200_000;
    const mask = drawn(count, 0.1, 5);
    const left = mask.map((value) => (value === 0 ? 1 : 0));
    const share = left.reduce((sum, one) => sum + one, 0) / count;
    // Five standard deviations of a share of 200,000.
    expect(Math.abs(share - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / count));
    expect(mask.reduce((sum, value) => sum + value, 0) / count).toBeCloseTo(1, 2);
    for (const distance of [1, 2, 3, 64, 256, 1024]) {
      let both = 0;
      for (let i = distance; i < count; i++) both += left[i] * left[i - distance];
      expect(Math.abs(both / count - 0.01)).toBeLessThan(5 * Math.sqrt(0.01 / count));
    }
  });

  it('of rate 0 keeps all', () => {
    expect(drawn(9, 0, 1)).toEqual(new Float32Array(9).fill(1));
  });
});
