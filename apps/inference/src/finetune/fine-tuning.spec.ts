/** @jest-environment ./test/environments/onnx.js */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adjustedRandIndex } from '@cairn/numerics';
import { decodeModel, tensorValues } from '@cairn/onnx-graph';
import { repository } from '../../../../test/support/repository.js';
import { writeRandomEncoder } from '../../../../test/support/random-encoder.js';
import { readModelFolder } from '../model-store/model-folder.js';
import { checkExamples, type GivenExamples } from './check-examples.js';
import { embedWith } from './embed-with.js';
import { runFineTuning, type FineTuningJob, type FineTuningProgress } from './fine-tuning.js';
import { noLabel } from './no-label.js';
import { PseudoLabels } from './pseudo-labels.js';
import { openTokenizer } from './tokenize-examples.js';
import { TrainingCancelled } from './trainer.js';
import { defaultSettings, settingsWith, type TrainingSettings } from './training-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'fine-tuning-'));
const source = join(folder, 'encoder');
const size = { layers: 2, hidden: 32, heads: 2, intermediate: 64, vocab: 1500, seed: 5, weightScale: 0.3 };
beforeAll(() => writeRandomEncoder(source, size));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const classes = ['card', 'pin', 'refund'];
const texts = Array.from({ length: 96 }, (_, i) => `${classes[i % 3]} number ${i % 7} ${'and more '.repeat(i % 5)}`);
const labels = texts.map((_, i) => classes[i % 3]);
const given: GivenExamples = { texts, labels, classes };
const settings: TrainingSettings = {
  ...defaultSettings,
  ...{ epochs: 5, batchSize: 16, learningRate: 2e-3, headLearningRate: 1e-2, heldOut: 0.25, patience: 0 },
};

let runs = 0;
async function run(change: Partial<TrainingSettings>, examples = given, more: Partial<FineTuningJob> = {}) {
  const all = { ...settings, ...change };
  const target = join(folder, `run ${runs++}`);
  const told: FineTuningProgress[] = [];
  const encoder = await readModelFolder(source);
  const job: FineTuningJob = {
    ...{ source: encoder, examples: checkExamples(examples, all.objective), settings: all, target, fingerprint: 'f' },
    ...{
      checkpoints: `${target} checkpoints`,
      checkpointSeconds: 1000,
      memoryLimit: 2 ** 34,
      withHead: false,
      device: 'cpu',
    },
    goldenTexts: ['pin number 3', 'refund'],
    ...more,
  };
  const fineTuning = await runFineTuning(
    job,
    (progress) => told.push(progress),
    () => false,
  );
  return { ...fineTuning, told, encoder, onnxFile: join(target, 'onnx/model.onnx') };
}

const weightsOf = (file: string) =>
  new Map(decodeModel(readFileSync(file)).graph!.initializer.map((tensor) => [tensor.name!, tensorValues(tensor)]));

/** Names of the weights that differ. */
function changed(file: string): string[] {
  const [before, after] = [weightsOf(join(source, 'onnx/model.onnx')), weightsOf(file)];
  expect([...after.keys()]).toEqual([...before.keys()]);
  return [...after].flatMap(([name, values]) => {
    const old = before.get(name)!;
    return values.every((value, i) => value === old[i]) ? [] : [name];
  });
}

/** Mean cosine of two vectors of one class, less that of two of different ones, as seen from the mean of all. */
function partedness(vectors: Float32Array, labels: Int32Array): number {
  const dimension = vectors.length / labels.length;
  const mean = new Float64Array(dimension);
  vectors.forEach((value, i) => (mean[i % dimension] += value / labels.length));
  const centred = Array.from(labels, (_, i) => mean.map((value, d) => vectors[i * dimension + d] - value));
  const lengths = centred.map((vector) => Math.hypot(...vector));
  const [sums, counts] = [
    [0, 0],
    [0, 0],
  ];
  for (let i = 0; i < labels.length; i++)
    for (let j = 0; j < i; j++) {
      let cosine = 0;
      for (let d = 0; d < dimension; d++) cosine += centred[i][d] * centred[j][d];
      cosine /= lengths[i] * lengths[j];
      const same = labels[i] === labels[j] ? 1 : 0;
      sums[same] += cosine;
      counts[same]++;
    }
  return sums[1] / counts[1] - sums[0] / counts[0];
}

describe('runFineTuning', () => {
  const pairs: GivenExamples = { texts, partners: texts.map((_, i) => `a ${classes[i % 3]} please ${i % 7}`) };
  const several: GivenExamples = {
    classes: [...classes, 'more'],
    labels: texts.map((text, i) => (text.includes('more') ? [classes[i % 3], 'more'] : [classes[i % 3]])),
    texts,
  };
  it.each<[string, Partial<TrainingSettings>, GivenExamples]>([
    ['classes', { objective: 'classes', labelSmoothing: 0.1, classWeights: true }, given],
    ['labels', { objective: 'labels' }, several],
    ['contrastive', { objective: 'contrastive', temperature: 0.2 }, given],
    ['pairs', { objective: 'pairs', temperature: 0.2, accumulate: 2 }, pairs],
    ['views', { objective: 'views', temperature: 0.2, erase: 0.1 }, { texts }],
    ['masked', { objective: 'masked', batchTokens: 128 }, { texts }],
  ])('teaches %s', async (objective, change, examples) => {
    const { outcome, onnxFile } = await run(change, examples);
    const { history } = outcome;
    expect(history).toHaveLength(5);
    // Other texts of the same class are in the batch too, as what a pair is told from: there is little to gain.
    const isHard = objective === 'views' || objective === 'pairs';
    expect(history[4].trainLoss).toBeLessThan((isHard ? 0.99 : 0.95) * history[0].trainLoss);
    expect(history[4].heldOut!.loss).toBeLessThan(history[0].heldOut!.loss);
    expect(changed(onnxFile).length).toBeGreaterThan(20);
  });

  describe('of clusters', () => {
    // Of each fifth text the class is known, and "refund" is nobody's.
    const some = labels.map((label, i) => (i % 5 === 0 && label !== 'refund' ? label : ''));
    const examples: GivenExamples = { texts, labels: some, classes: ['card', 'pin'] };
    const change: Partial<TrainingSettings> = {
      ...{ objective: 'clusters', clusters: 3, epochs: 8, temperature: 0.1, erase: 0.1, heldOut: 0 },
    };

    it('brings the texts of a topic together that nobody named', async () => {
      const [models, content] = ['models', 'content/incoming'].map((name) => join(repository, name));
      const bundled = join(
        models,
        readdirSync(models).find((name) => existsSync(join(models, name, 'onnx')))!,
      );
      const rowsOf = (name: string) => readFileSync(join(content, name), 'utf8').trim().split('\n').slice(1);
      const topicOf = new Map(rowsOf('labels.tsv').map((row) => row.split('\t') as [string, string]));
      const known = ['attention', 'back-propagation', 'deploying-models', 'image-generation'];
      const all = [...known, 'screencasts', 'time-series'];
      const rows = rowsOf('questions.tsv').map((row) => row.split('\t'));
      const own = rows.filter(([id]) => all.includes(topicOf.get(id)!));
      const truth = Int32Array.from(own, ([id]) => all.indexOf(topicOf.get(id)!));
      // Every third one of a known topic has its label.
      const given = own.map(([id], i) => (i % 3 === 0 && truth[i] < known.length ? topicOf.get(id)! : ''));
      const encoder = await readModelFolder(bundled);

      const found = async (onnxFile: string) => {
        const embedder = await embedWith({ ...encoder, onnxFile });
        const vectors = await embedder.embed(openTokenizer(encoder).encode(own.map(([, text]) => text)));
        const pseudo = new PseudoLabels(
          truth.map(() => noLabel),
          0,
          { clusters: 6, confident: 1, neighbours: 0, seed: 1 },
        );
        await pseudo.find(vectors, encoder.dimension);
        return { agreement: adjustedRandIndex(truth, pseudo.labels), apart: partedness(vectors, truth) };
      };
      const { onnxFile, outcome, told } = await run(
        { ...settingsWith({ objective: 'clusters' }), clusters: 6, epochs: 3, heldOut: 0, settled: 0 },
        { texts: own.map(([, text]) => text), labels: given, classes: known },
        { source: encoder },
      );
      const [before, after] = [await found(encoder.onnxFile), await found(onnxFile)];
      expect(after.apart).toBeGreaterThan(1.05 * before.apart);
      expect(after.agreement).toBeGreaterThan(Math.max(0.5, before.agreement - 0.05));
      expect(outcome.history[0].changed).toBeUndefined();
      expect(outcome.history[1].changed).toBeGreaterThan(0);
      expect(told.some((one) => one.stage === 'train' && one.changed !== undefined)).toBe(true);
    }, 120_000);

    it('ends with the same weights after it was stopped', async () => {
      const short = { ...change, epochs: 3, settled: 0 };
      const whole = await run(short, examples);
      const target = join(folder, 'stopped');
      const job: FineTuningJob = {
        ...{ source: whole.encoder, examples: checkExamples(examples, 'clusters'), target, fingerprint: 'f' },
        ...{ settings: settingsWith({ ...settings, ...short }), checkpoints: `${target} checkpoints` },
        ...{
          checkpointSeconds: 0,
          memoryLimit: 2 ** 34,
          withHead: false,
          device: 'cpu',
          goldenTexts: ['pin number 3'],
        },
      };
      for (const stop of [3, 9]) {
        let step = 0;
        const count = ({ stage, ...more }: FineTuningProgress) => {
          if (stage === 'train') step = (more as { step: number }).step;
        };
        await expect(runFineTuning(job, count, () => step === stop)).rejects.toBeInstanceOf(TrainingCancelled);
      }
      await runFineTuning(
        job,
        () => undefined,
        () => false,
      );
      expect(readFileSync(join(target, 'onnx/model.onnx')).equals(readFileSync(whole.onnxFile))).toBe(true);
    });

    it('holds out labels, not texts, and trains a head on those there are', async () => {
      const { head, trainExamples, heldOutExamples } = await run({ ...change, epochs: 1, heldOut: 0.25 }, examples, {
        withHead: true,
      });
      expect([trainExamples, heldOutExamples]).toEqual([96, 4]);
      expect(head!.head.classes).toEqual(['card', 'pin']);
    });

    it('names what cannot be', async () => {
      const many = run({ ...change, clusters: 97 }, examples);
      await expect(many).rejects.toMatchObject({ name: 'Refusal', field: 'clusters' });
      await expect(many).rejects.toThrow(/96 texts, and labels of 2 classes.*from 2 to 96/);
    });
  });

  it('holds out the same texts from the encoder and its head, and none that its source has learned from', async () => {
    const keys = texts.map((_, i) => Math.floor((((i * 37) % texts.length) / texts.length) * 2 ** 52));
    const before = new Set(keys.filter((key) => key < 0.25 * 2 ** 52).slice(0, 5));
    const { learned, head } = await run({ epochs: 1 }, { ...given, keys }, { withHead: true, learned: before });
    const held = keys.filter((_, i) => head!.record!.best[i] >= 0);
    expect(held.length).toBeGreaterThan(10);
    for (const key of held) expect([...before, ...learned!]).not.toContain(key);
    expect(new Set([...learned!, ...held])).toEqual(new Set(keys));
  }, 60_000);

  it('moves only what it is told to', async () => {
    expect(changed((await run({ scope: { kind: 'head' } })).onnxFile)).toEqual([]);
    const last = changed((await run({ scope: { kind: 'last', layers: 1 } })).onnxFile);
    expect(last.length).toBeGreaterThan(10);
    expect(last.filter((name) => /embeddings|layer\.0\./.test(name))).toEqual([]);
    const { onnxFile, trainedWeights } = await run({ scope: { kind: 'lora', rank: 4, alpha: 8 }, learningRate: 1e-2 });
    // Queries and values of two layers; beside them the head.
    expect(changed(onnxFile)).toHaveLength(4);
    expect(trainedWeights).toBe(4 * 4 * (32 + 32) + 3 * 33);
  });

  it('writes a model whose vectors and head say what the training measured', async () => {
    for (const change of [{}, { scope: { kind: 'lora', rank: 4, alpha: 8 }, learningRate: 1e-2 } as const]) {
      const { encoder, onnxFile, linear, outcome, golden } = await run({ ...change, heldOut: 0.5 });
      const tokenizer = openTokenizer(encoder);
      const embedder = await embedWith({ ...encoder, onnxFile });
      expect(await embedder.golden(tokenizer, golden.texts)).toEqual(golden);
      // The head's logits are of vectors that are not scaled: their order for one text is that of any length.
      const vectors = await embedder.embed(tokenizer.encode(texts));
      expect(vectors).toHaveLength(96 * 32);
      const kept = outcome.history.find(({ step }) => step === outcome.keptStep)!;
      expect(kept.heldOut!.accuracy).toBeGreaterThan(0.9);
      expect(linear!.weights).toHaveLength(3 * 32);
      expect(linear!.biases).toHaveLength(3);
    }
  });

  it('trains a calibrated head on the new embeddings', async () => {
    const { head, told } = await run({}, given, { withHead: true });
    expect(head!.head.classes).toEqual(classes);
    expect(head!.figures.accuracy).toBeGreaterThan(0.9);
    expect(new Set(told.map(({ stage }) => stage))).toEqual(new Set(['prepare', 'train', 'embed', 'head']));
  });

  it('says which batch fits into the memory, and that none does', async () => {
    const small = run({}, given, { memoryLimit: 114 * 2 ** 20 });
    await expect(small).rejects.toMatchObject({ name: 'Refusal', field: 'batchSize' });
    await expect(small).rejects.toThrow(/A batch of \d+ fits; accumulate/);
    await expect(run({}, given, { memoryLimit: 1 })).rejects.toMatchObject({ name: 'Refusal', field: 'scope' });
  });

  it('refuses encoders that it cannot train', async () => {
    const encoder = await readModelFolder(source);
    const refused = run({}, given, { source: { ...encoder, pooling: 'last' } });
    await expect(refused).rejects.toMatchObject({ name: 'Refusal', field: 'source' });
    const foreign = run({}, given, { source: { ...encoder, vocabularySize: 10 } });
    await expect(foreign).rejects.toThrow(/do not belong together/);
  });
});
