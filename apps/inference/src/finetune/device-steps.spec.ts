/** @jest-environment ./test/environments/onnx.js */
import { Random } from '@cairn/numerics';
import { buildTrainingGraph, classTargets, decodeModel, type TrainingGraph } from '@cairn/onnx-graph';
import { Tensor } from 'onnxruntime-node';
import { randomEncoderModel } from '../../../../test/support/random-encoder.js';
import { collate } from '../batching/collate.js';
import { defaultAdamW } from './adamw.js';
import { DeviceSteps } from './device-steps.js';
import type { TrainingBatch } from './objectives.js';
import { OnnxTrainingModel } from './onnx-training-model.js';
import { HostSteps } from './steps.js';

const shape = {
  layers: 2,
  hidden: 16,
  heads: 2,
  intermediate: 32,
  vocab: 1200,
  maxPosition: 12,
  weightScale: 0.25,
  seed: 7,
};
const classes = 3;
const settings = { ...defaultAdamW, weightDecay: 0.1, maxNorm: 0.5 };
const rates = [1e-3, 3e-3, 2e-3, 1e-3, 5e-4];

const buildGraph = () =>
  buildTrainingGraph(decodeModel(randomEncoderModel(shape)), {
    loss: { kind: 'cross-entropy', pooling: 'mean', head: { classes } },
    parameters: 'all',
  });

/** Texts of up to six tokens, some of which repeat. */
function batchOf(step: number): TrainingBatch {
  const random = new Random(9, step);
  const lengths = Int32Array.from({ length: 4 }, () => 2 + random.below(5));
  const ids = Int32Array.from({ length: lengths.reduce((a, b) => a + b) }, () => 1 + random.below(40));
  const labels = Int32Array.from({ length: 4 }, () => random.below(classes));
  const targets = { targets: { values: classTargets(labels, classes), dims: [4, classes] } };
  return { padded: collate(ids, lengths, 0), targets, labels, dropoutSeed: step };
}

function feeds({ padded, targets }: TrainingBatch, names: readonly string[]): Record<string, Tensor> {
  const { batch, seq, inputIds, attentionMask } = padded;
  const given: Record<string, Tensor> = {
    input_ids: new Tensor('int64', inputIds, [batch, seq]),
    attention_mask: new Tensor('int64', attentionMask, [batch, seq]),
    token_type_ids: new Tensor('int64', new BigInt64Array(batch * seq), [batch, seq]),
    targets: new Tensor('float32', targets.targets.values as Float32Array, targets.targets.dims),
  };
  return Object.fromEntries(names.map((name) => [name, given[name]]));
}

const open = (graph: TrainingGraph) => {
  const parameters = graph.parameters.map((parameter) => ({
    ...parameter,
    rateScale: parameter.added ? 4 : 1,
    gradient: 'dense' in parameter.gradient ? ('dense' as const) : ('rows' as const),
  }));
  return DeviceSteps.open(graph, parameters, feeds, settings, 'cpu');
};

/** Largest difference of all values, relative to the larger of 1 and the expected. */
function difference(values: Float32Array, expected: Float32Array): number {
  return expected.reduce((most, e, i) => Math.max(most, Math.abs(values[i] - e) / Math.max(1, Math.abs(e))), 0);
}

describe('a step as one graph', () => {
  it('moves parameters and moments as steps on the host do: decay, clipping, rows that were not read', async () => {
    const [host, device] = [await buildGraph(), await buildGraph()];
    const model = await OnnxTrainingModel.open(host, 4, { device: 'cpu', threads: 1 });
    const expected = new HostSteps(model, settings);
    const steps = await open(device);
    for (const [i, rate] of rates.entries()) {
      const loss = await expected.take([{ batch: batchOf(i), weight: 1 }], rate);
      expect(await steps.take([{ batch: batchOf(i), weight: 1 }], rate)).toBeCloseTo(loss!, 5);
    }
    await steps.fetch();
    const moments = new Map(expected.moments().map((one) => [one.name, one]));
    const start = new Map((await buildGraph()).parameters.map(({ name, values }) => [name, values]));
    for (const [i, { name, values }] of steps.parameters.entries()) {
      // Keys' biases have no gradient: what there is of one is rounding, and Adam makes steps of its sign.
      if (/key\.bias/.test(name)) continue;
      expect([name, difference(values, expected.parameters[i].values) < 2e-5]).toEqual([name, true]);
      expect(values).not.toEqual(start.get(name));
      const { mean, square } = steps.moments()[i];
      expect(difference(mean, moments.get(name)!.mean)).toBeLessThan(2e-6);
      expect(difference(square, moments.get(name)!.square)).toBeLessThan(2e-6);
    }
    const words = steps.parameters.find(({ gradient }) => gradient === 'rows')!;
    expect(words.values.subarray(50 * shape.hidden)).toEqual(start.get(words.name)!.subarray(50 * shape.hidden));
    await steps.close();
    await model.close();
  });

  it('goes on bit for bit from what was fetched', async () => {
    const [whole, first, second] = [await buildGraph(), await buildGraph(), await buildGraph()];
    const uninterrupted = await open(whole);
    for (const [i, rate] of rates.entries()) await uninterrupted.take([{ batch: batchOf(i), weight: 1 }], rate);
    await uninterrupted.fetch();
    const before = await open(first);
    for (const [i, rate] of rates.slice(0, 2).entries()) await before.take([{ batch: batchOf(i), weight: 1 }], rate);
    await before.fetch();
    const after = await open(second);
    after.parameters.forEach(({ values }, i) => values.set(before.parameters[i].values));
    after.restore(before.moments(), 2);
    for (const [i, rate] of rates.entries()) if (i >= 2) await after.take([{ batch: batchOf(i), weight: 1 }], rate);
    await after.fetch();
    expect(after.steps).toBe(rates.length);
    after.parameters.forEach(({ values }, i) => expect(values).toEqual(uninterrupted.parameters[i].values));
    for (const steps of [uninterrupted, before, after]) await steps.close();
  });

  it('moves nothing when the loss is no number, and refuses several batches', async () => {
    const graph = await buildGraph();
    const steps = await open(graph);
    const start = steps.parameters.map(({ values }) => Float32Array.from(values));
    const broken = batchOf(0);
    (broken.targets.targets.values as Float32Array)[0] = NaN;
    expect(await steps.take([{ batch: broken, weight: 1 }], 1e-3)).toBeUndefined();
    await steps.fetch();
    expect(steps.steps).toBe(0);
    steps.parameters.forEach(({ values }, i) => expect(values).toEqual(start[i]));
    const two = [0, 1].map((i) => ({ batch: batchOf(i), weight: 0.5 }));
    await expect(steps.take(two, 1e-3)).rejects.toThrow(/batchSize/);
    await steps.close();
  });
});
