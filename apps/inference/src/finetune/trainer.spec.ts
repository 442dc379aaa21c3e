import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@cairn/numerics';
import { Checkpoints } from './checkpoints.js';
import type { TrainedParameter } from './optimizer.js';
import type { TrainableModel, TrainingData } from './trainable-model.js';
import { train, TrainingCancelled, type TrainingControl, type TrainingProgress } from './trainer.js';
import { defaultSettings, type TrainingSettings } from './training-settings.js';

const words = 60;
const classes = 3;

interface Bag {
  readonly ids: readonly number[][];
  readonly labels: readonly number[];
}

/** A real, small model: the mean of a row of logits for each word, and a bias; softmax cross-entropy. */
class BagOfWords implements TrainableModel<Bag> {
  readonly table = new Float32Array(words * classes);
  readonly bias = new Float32Array(classes);
  readonly parameters: readonly TrainedParameter[] = [
    { name: 'table', dims: [words, classes], values: this.table, decays: true, rateScale: 1, gradient: 'rows' },
    { name: 'bias', dims: [classes], values: this.bias, decays: false, rateScale: 0.5, gradient: 'dense' },
  ];

  async gradients(batch: Bag) {
    const { loss, errors } = this.forward(batch);
    const rows: number[] = [];
    const bias = new Float32Array(classes);
    errors.forEach((error, i) => {
      for (const _ of batch.ids[i]) for (const e of error) rows.push(e / batch.ids[i].length / errors.length);
      error.forEach((e, c) => (bias[c] += e / errors.length));
    });
    return {
      loss,
      gradients: new Map([
        ['table', { rows: Float32Array.from(rows), ids: batch.ids.flat() }],
        ['bias', { dense: bias }],
      ]),
    };
  }

  async evaluate(batch: Bag) {
    const { loss, correct } = this.forward(batch);
    return { loss, accuracy: correct / batch.ids.length };
  }

  async embed({ ids }: Bag) {
    return Float32Array.from(ids.flat(), (id) => this.table[id * classes]);
  }

  private forward({ ids, labels }: Bag) {
    let loss = 0;
    let correct = 0;
    const errors = ids.map((text, i) => {
      const logits = Array.from(
        this.bias,
        (b, c) => b + text.reduce((sum, id) => sum + this.table[id * classes + c], 0) / text.length,
      );
      const exps = logits.map(Math.exp);
      const total = exps.reduce((a, b) => a + b);
      loss -= Math.log(exps[labels[i]] / total) / ids.length;
      if (logits.indexOf(Math.max(...logits)) === labels[i]) correct++;
      return exps.map((e, c) => e / total - (c === labels[i] ? 1 : 0));
    });
    return { loss, correct, errors };
  }
}

/** Texts whose words mostly are of their class; each word may be replaced by a random one. */
function dataOf(count: number, heldOut: number, noise = 0.1): TrainingData<Bag> {
  const random = new Random(11);
  const texts = Array.from({ length: count }, (_, i) => {
    const label = i % classes;
    const ids = Array.from({ length: 2 + random.below(9) }, () => label * 20 + random.below(20));
    return { label: random.uniform() < noise ? random.below(classes) : label, ids };
  });
  return {
    lengths: Int32Array.from(texts, ({ ids }) => ids.length),
    train: Int32Array.from({ length: count - heldOut }, (_, i) => i + heldOut),
    heldOut: Int32Array.from({ length: heldOut }, (_, i) => i),
    batch: (indices, augmentation) => ({
      labels: Array.from(indices, (index) => texts[index].label),
      ids: Array.from(indices, (index) =>
        texts[index].ids.map((id) => (augmentation && augmentation.uniform() < 0.2 ? augmentation.below(words) : id)),
      ),
    }),
  };
}

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'trainer-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const settings: TrainingSettings = { ...defaultSettings, epochs: 6, batchSize: 16, accumulate: 2, learningRate: 0.05 };
const control = (change: Partial<TrainingControl> = {}, name = 'a'): TrainingControl => ({
  checkpoints: new Checkpoints(join(folder, name), 'f'),
  fingerprint: 'f',
  checkpointSeconds: 0,
  onProgress: () => undefined,
  isCancelled: () => false,
  ...change,
});
const bytes = (model: BagOfWords) => [...model.table, ...model.bias].join();

describe('train', () => {
  const data = dataOf(300, 60);

  it('learns, tells how, and keeps the best parameters', async () => {
    const model = new BagOfWords();
    const told: TrainingProgress[] = [];
    const outcome = await train(model, data, settings, control({ onProgress: (progress) => told.push(progress) }));
    // 240 examples: 15 batches, 8 steps an epoch, the last of one batch.
    expect(outcome.steps).toBe(48);
    expect(told.map(({ step }) => step)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
    expect(told.every(({ totalSteps, tokensPerSecond }) => totalSteps === 48 && tokensPerSecond > 0)).toBe(true);
    expect(told[47].etaSeconds).toBeCloseTo(0);
    expect(told[4].learningRate).toBeCloseTo(0.05);
    expect(told[47].learningRate).toBeLessThan(0.002);
    const { history } = outcome;
    expect(history.map(({ step }) => step)).toEqual([8, 16, 24, 32, 40, 48]);
    expect(history[5].trainLoss).toBeLessThan(0.7 * history[0].trainLoss);
    const last = await model.evaluate(data.batch(data.heldOut, undefined));
    const kept = history.find(({ step }) => step === outcome.keptStep)!.heldOut!;
    expect(last.loss).toBeCloseTo(kept.loss, 6);
    expect(kept.accuracy).toBe(Math.max(...history.map(({ heldOut }) => heldOut!.accuracy!)));
    expect(last.accuracy).toBeGreaterThan(0.75);
  });

  it('goes on after any step as if nothing had happened, bit for bit', async () => {
    const whole = new BagOfWords();
    const { history } = await train(whole, data, settings, control());
    for (const stop of [1, 7, 8, 23]) {
      const name = `stopped ${stop}`;
      const stopped = new BagOfWords();
      let step = 0;
      const cancelling = control({ onProgress: () => step++, isCancelled: () => step === stop }, name);
      await expect(train(stopped, data, settings, cancelling)).rejects.toBeInstanceOf(TrainingCancelled);
      const resumed = new BagOfWords();
      const outcome = await train(resumed, data, settings, control({}, name));
      expect(outcome.resumedAt).toBe(stop);
      expect({ stop, history: outcome.history }).toEqual({ stop, history });
      expect(bytes(resumed)).toEqual(bytes(whole));
      expect(outcome.history).toEqual(history);
    }
  });

  it('goes on from the checkpoint before, if the last is broken, to the same end', async () => {
    const whole = new BagOfWords();
    await train(whole, data, settings, control());
    const files = readdirSync(join(folder, 'a')).filter((name) => name.startsWith('step'));
    expect(files).toEqual(['step-000000047.checkpoint', 'step-000000048.checkpoint']);
    truncateSync(join(folder, 'a', files[1]), 100);
    const resumed = new BagOfWords();
    const outcome = await train(resumed, data, settings, control());
    expect(outcome.brokenCheckpoints).toEqual([files[1]]);
    expect(outcome.resumedAt).toBe(47);
    expect(bytes(resumed)).toEqual(bytes(whole));
  });

  it('stops when the held-out part no longer gains, and does not train on when started again', async () => {
    const noisy = dataOf(90, 45, 0.9);
    const model = new BagOfWords();
    const long = { ...settings, epochs: 60, patience: 2, decay: 'constant' as const, learningRate: 0.3 };
    const outcome = await train(model, noisy, long, control());
    expect(outcome.stoppedEarly).toBe(true);
    expect(outcome.history.length).toBeLessThan(60);
    const best = outcome.history[outcome.history.length - 3];
    expect(outcome.keptStep).toBe(best.step);
    const again = new BagOfWords();
    expect((await train(again, noisy, long, control())).steps).toBe(outcome.steps);
    expect(bytes(again)).toEqual(bytes(model));
  });

  it('trains on everything to the end without a held-out part', async () => {
    const model = new BagOfWords();
    const outcome = await train(model, { ...data, heldOut: new Int32Array() }, settings, control());
    expect(outcome).toMatchObject({ stoppedEarly: false, keptStep: 48, steps: 48 });
    expect(outcome.history[0].heldOut).toBeUndefined();
  });

  it('stops before a step that is no number, and keeps the last good checkpoint', async () => {
    const model = new BagOfWords();
    const gradients = model.gradients.bind(model);
    let passes = 0;
    model.gradients = async (batch) => ({ ...(await gradients(batch)), ...(++passes === 10 && { loss: NaN }) });
    const training = train(model, data, settings, control());
    await expect(training).rejects.toMatchObject({ name: 'Refusal', field: 'learningRate' });
    await expect(training).rejects.toThrow(/after 4 steps.*checkpoint of step 4 is kept/);
    expect([...model.table].every(Number.isFinite)).toBe(true);
    expect(readdirSync(join(folder, 'a'))).toContain('step-000000004.checkpoint');
  });

  /** What the model itself says is the class: a part of the labels is wrong at first, and less of it in each epoch. */
  const movingData = (shares: readonly number[], settled = 0.01) => {
    const [own, renewals] = [Float32Array.of(0), [] as number[]];
    const given: TrainingData<Bag> = {
      ...data,
      heldOut: new Int32Array(),
      batch: (indices, random) => {
        const { ids, labels } = data.batch(indices, random);
        return { ids, labels: labels.map((label, i) => (indices[i] % 10 < own[0] ? (label + 1) % classes : label)) };
      },
      moving: {
        settled,
        renew: async (embed) => {
          const [vector] = await embed(data.batch(data.train.slice(0, 1), undefined));
          renewals.push(vector);
          own[0]++;
          return shares[own[0] - 1];
        },
        arrays: () => [['own', own.slice()]],
        restore: (arrays) => own.set(arrays.get('own')!),
      },
    };
    return { given, renewals };
  };
  const shares = [0.5, 0.2, 0.005, 0, 0];

  it('finds targets that move anew before each epoch, until they are settled', async () => {
    const { given, renewals } = movingData(shares);
    const told: (number | undefined)[] = [];
    const outcome = await train(
      new BagOfWords(),
      given,
      settings,
      control({ onProgress: ({ changed, measured }) => measured && told.push(changed) }),
    );
    expect(told).toEqual([undefined, 0.5, 0.2]);
    expect(outcome).toMatchObject({ stoppedEarly: true, steps: 24 });
    expect(outcome.history.map(({ changed }) => changed)).toEqual(told);
    // Asked of the model as it was by then.
    expect(new Set(renewals).size).toBe(3);
    const all = await train(
      new BagOfWords(),
      movingData([1, 1, 1, 1, 1]).given,
      settings,
      control({}, 'never settled'),
    );
    expect(all).toMatchObject({ stoppedEarly: false, steps: 48 });
  });

  it('goes on with the targets of a checkpoint, bit for bit', async () => {
    const whole = new BagOfWords();
    const { history } = await train(whole, movingData(shares).given, settings, control());
    for (const stop of [3, 8, 11, 16]) {
      const name = `moving, stopped ${stop}`;
      let step = 0;
      const cancelling = control({ onProgress: () => step++, isCancelled: () => step === stop }, name);
      const first = train(new BagOfWords(), movingData(shares).given, settings, cancelling);
      await expect(first).rejects.toBeInstanceOf(TrainingCancelled);
      const resumed = new BagOfWords();
      const outcome = await train(resumed, movingData(shares).given, settings, control({}, name));
      expect({ stop, history: outcome.history }).toEqual({ stop, history });
      expect(bytes(resumed)).toEqual(bytes(whole));
    }
  });

  it('depends on the seed', async () => {
    const [a, b] = [new BagOfWords(), new BagOfWords()];
    await train(a, data, settings, control({}, 'a'));
    await train(b, data, { ...settings, seed: 1 }, control({}, 'b'));
    expect(bytes(a)).not.toEqual(bytes(b));
  });
});
