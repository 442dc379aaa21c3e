/** @jest-environment ./test/environments/onnx.js */
import { randomEncoderModel, type RandomEncoderOptions } from '../../../../test/support/random-encoder.js';
import {
  float32,
  gradientOf,
  paddedTexts,
  parameterFeeds,
  relativeDifference,
  withSession,
} from '../../../../test/support/training-run.js';
import { decodeModel, type ModelProto } from '../model.js';
import { buildTrainingGraph, classTargets, mergeLowRank, writeBack, type LowRankOptions } from './index.js';

const shape = { layers: 2, hidden: 16, heads: 2, intermediate: 32, vocab: 60, maxPosition: 12, weightScale: 0.25 };
const [classes, rank, alpha] = [3, 2, 6];
const weight = Float32Array.from({ length: classes * shape.hidden }, (_, i) => Math.sin(i));
const loss = { kind: 'cross-entropy', pooling: 'mean', head: { classes, weight } } as const;
const texts = {
  ...paddedTexts(
    [
      [2, 40, 7, 41, 3],
      [2, 9, 3],
      [2, 3],
    ],
    5,
  ),
  targets: float32(classTargets([0, 2, 1], classes), [3, classes]),
};
const training = (model: ModelProto, options: Partial<LowRankOptions> = {}) =>
  buildTrainingGraph(model, { loss, parameters: { lora: { rank, alpha, seed: 3, ...options } } });

const encoders: [string, RandomEncoderOptions, number][] = [
  ['bert', { ...shape }, 4],
  ['distilbert', { ...shape, family: 'distilbert' }, 4],
  ['bert, without names', { ...shape, names: 'numbered', attention: 'sdpa' }, 4],
];

describe.each(encoders)('low-rank adaptation of %s', (_name, options, pairs) => {
  const model = () => decodeModel(randomEncoderModel(options));

  it('trains two thin matrices a weight, with the gradients that follow from that of the weight', async () => {
    const thin = await training(model());
    expect(thin.lowRank).toHaveLength(pairs);
    expect(thin.parameters).toHaveLength(2 * pairs + 2);
    // The second matrices are no longer zero, so that the first have a gradient.
    for (const { b } of thin.lowRank) {
      const { values } = thin.parameters.find(({ name }) => name === b)!;
      values.forEach((_, i) => (values[i] = Math.cos(i) / 10));
    }
    const merged = model();
    const values = new Map(thin.parameters.map((parameter) => [parameter.name, parameter.values]));
    writeBack(merged, mergeLowRank(thin, values));
    const whole = await buildTrainingGraph(merged, { loss, parameters: 'all' });

    const thinOutputs = await withSession(thin.model, (run) => run({ ...texts, ...parameterFeeds(thin) }));
    const outputs = await withSession(whole.model, (run) => run({ ...texts, ...parameterFeeds(whole) }));
    expect(thinOutputs[thin.loss].data[0]).toBeCloseTo(outputs[whole.loss].data[0] as number, 5);
    for (const { weight: name, a, b, scale } of thin.lowRank) {
      expect(scale).toBe(alpha / rank);
      const parameter = whole.parameters.find((one) => one.name === name)!;
      const [n, m] = parameter.dims;
      const [first, second] = [values.get(a)!, values.get(b)!];
      const gradient = gradientOf(parameter, outputs);
      const [ofA, ofB] = [a, b].map((one) => thin.parameters.find((found) => found.name === one)!);
      const expectedA = Array.from(first, (_, i) => {
        const [row, k] = [Math.floor(i / rank), i % rank];
        let sum = 0;
        for (let j = 0; j < m; j++) sum += gradient[row * m + j] * second[k * m + j];
        return scale * sum;
      });
      const expectedB = Array.from(second, (_, i) => {
        const [k, column] = [Math.floor(i / m), i % m];
        let sum = 0;
        for (let j = 0; j < n; j++) sum += gradient[j * m + column] * first[j * rank + k];
        return scale * sum;
      });
      expect(relativeDifference(gradientOf(ofA, thinOutputs), expectedA)).toBeLessThan(1e-5);
      expect(relativeDifference(gradientOf(ofB, thinOutputs), expectedB)).toBeLessThan(1e-5);
    }
  });

  it('changes nothing at first, begins the same from the same seed, and can take every linear layer', async () => {
    const [one, again, other] = [
      await training(model()),
      await training(model()),
      await training(model(), { seed: 4 }),
    ];
    expect(again.parameters).toEqual(one.parameters);
    expect(other.parameters[0].values).not.toEqual(one.parameters[0].values);
    const plain = await buildTrainingGraph(model(), { loss, parameters: { names: [] } });
    const [adapted, own] = [one, plain].map((graph) =>
      withSession(
        graph.evaluation,
        async (run) => (await run({ ...texts, ...parameterFeeds(graph) }))[graph.loss].data[0],
      ),
    );
    expect(await adapted).toBe(await own);
    expect((await training(model(), { targets: 'all' })).lowRank).toHaveLength(12);
    await expect(training(model(), { targets: ['no such layer'] })).rejects.toThrow('no such layer');
    await expect(training(model(), { rank: 0 })).rejects.toThrow('rank');
  });
});
