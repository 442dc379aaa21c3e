/** @jest-environment ./test/environments/onnx.js */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModel, tensorValues } from '@cairn/onnx-graph';
import { writeRandomEncoder } from '../../../../test/support/random-encoder.js';
import { readModelFolder } from '../model-store/model-folder.js';
import { checkExamples, type GivenExamples } from './check-examples.js';
import { embedWith } from './embed-with.js';
import { runFineTuning, type FineTuningJob, type FineTuningProgress } from './fine-tuning.js';
import { openTokenizer } from './tokenize-examples.js';
import { defaultSettings, type TrainingSettings } from './training-settings.js';

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
