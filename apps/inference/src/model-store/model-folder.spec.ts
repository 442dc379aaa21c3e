import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { writeRandomEncoder, type RandomEncoderOptions } from '../../../../test/support/random-encoder.js';
import { repository } from '../../../../test/support/repository.js';
import { readModelFolder } from './model-folder.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'cairn-model-folder-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const refusal = (what: string | RegExp) => ({
  code: 'INVALID_INPUT',
  message: expect.stringMatching(what) as string,
  details: { field: 'source' },
});

async function write(name: string, content: object | string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
}

/** A folder of config.json and files that are not read here. */
async function writeConfig(config: object): Promise<void> {
  await write('tokenizer.json', '{}');
  await write('config.json', config);
}
const withoutWeights = { weights: 'optional' } as const;

const bert = {
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 32,
  max_position_embeddings: 64,
  vocab_size: 100,
};

/** Changes fields of config.json. */
async function changeConfig(changes: Record<string, unknown>): Promise<void> {
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  await write('config.json', { ...config, ...changes });
}

describe('readModelFolder', () => {
  it('knows the bundled encoder', async () => {
    const path = join(repository, 'models/cairn-encoder-v2');
    expect(await readModelFolder(path)).toEqual({
      id: 'cairn-encoder-v2',
      path,
      onnxFile: join(path, 'onnx/model.onnx'),
      tokenizerFile: join(path, 'tokenizer.json'),
      tokenizerConfigFile: join(path, 'tokenizer_config.json'),
      goldenFile: join(path, 'golden.json'),
      modelType: 'bert',
      dimension: 256,
      layers: 2,
      heads: 4,
      intermediate: 1024,
      vocabularySize: 16_000,
      maxTokens: 256,
      padId: 0,
      pooling: 'mean',
      precision: 'float32',
      fileBytes: 22_977_879,
      task: 'embedding',
      classes: [],
      problemType: undefined,
    });
  });

  it.each(['bert', 'distilbert', 'roberta'] as const)('reads the words of %s for the same sizes', async (family) => {
    const shape = { layers: 3, hidden: 24, heads: 2, intermediate: 40, vocab: 70, maxPosition: 20 };
    await writeRandomEncoder(folder, { family, ...shape });
    expect(await readModelFolder(folder)).toMatchObject({
      id: basename(folder),
      modelType: family,
      layers: 3,
      dimension: 24,
      heads: 2,
      intermediate: 40,
      vocabularySize: 70,
      maxTokens: 20,
      padId: family === 'roberta' ? 1 : 0,
      task: 'embedding',
    });
  });

  it("reads GPT-2's words, which nomic-bert uses, and albert's", async () => {
    const sizes = { n_embd: 12, n_layer: 3, n_head: 4, n_positions: 99, vocab_size: 50 };
    await writeConfig({ model_type: 'nomic_bert', ...sizes });
    const nomic = await readModelFolder(folder, withoutWeights);
    expect(nomic).toMatchObject({ dimension: 12, layers: 3, heads: 4, intermediate: 48, maxTokens: 99 });
    await writeConfig({ ...bert, model_type: 'albert', embedding_size: 4, num_hidden_groups: 1 });
    expect(await readModelFolder(folder, withoutWeights)).toMatchObject({
      dimension: 8,
      layers: 2,
      modelType: 'albert',
    });
  });

  it('takes the smaller of the positions and what the tokenizer says, which may be a very large number', async () => {
    await writeConfig(bert);
    for (const [limit, maxTokens] of [
      [16, 16],
      [1e30, 64],
      [null, 64],
    ] as const) {
      await write('tokenizer_config.json', { model_max_length: limit });
      expect((await readModelFolder(folder, withoutWeights)).maxTokens).toBe(maxTokens);
    }
  });

  it.each(['config.json', 'tokenizer.json', 'onnx/model.onnx'])('names a missing %s', async (name) => {
    await writeRandomEncoder(folder, { hidden: 8, heads: 2, vocab: 60, layers: 1 });
    await rm(join(folder, name));
    await expect(readModelFolder(folder)).rejects.toMatchObject(refusal(`has no ${name}`));
    const elsewhere = readModelFolder(folder, withoutWeights);
    if (name === 'onnx/model.onnx') expect(await elsewhere).toMatchObject({ fileBytes: 0, precision: undefined });
    else await expect(elsewhere).rejects.toMatchObject(refusal(`has no ${name}`));
  });

  it.each([
    [{ ...bert, hidden_size: undefined }, /config\.json .* no hidden_size or dim or n_embd/],
    [{ ...bert, num_attention_heads: null }, /no num_attention_heads or n_heads/],
    [{ ...bert, vocab_size: 'many' }, /vocab_size/],
    [{ ...bert, num_hidden_layers: 2.5 }, /num_hidden_layers/],
    [{ ...bert, hidden_size: -8 }, /hidden_size/],
    [{ ...bert, model_type: 'roberta', max_position_embeddings: 2 }, /no position/],
    ['{"hidden_size": 8', /config\.json cannot be used/],
    ['[]', /config\.json cannot be used/],
  ])('refuses the config %j', async (config, what) => {
    await writeConfig(config as object);
    await expect(readModelFolder(folder, withoutWeights)).rejects.toMatchObject(refusal(what));
  });
});

describe('pooling', () => {
  const pooling = async () => (await readModelFolder(folder, withoutWeights)).pooling;
  beforeEach(() => writeConfig(bert));
  const flags = ['cls_token', 'mean_tokens', 'max_tokens', 'mean_sqrt_len_tokens', 'weightedmean_tokens', 'lasttoken'];
  const settings = (...on: string[]) =>
    Object.fromEntries(flags.map((flag) => [`pooling_mode_${flag}`, on.includes(flag)]));

  it.each([
    ['cls_token', 'cls'],
    ['mean_tokens', 'mean'],
    ['max_tokens', 'max'],
    ['lasttoken', 'last'],
  ])("takes sentence-transformers' %s as %s", async (flag, expected) => {
    await write('1_Pooling/config.json', { word_embedding_dimension: 8, ...settings(flag), include_prompt: true });
    expect(await pooling()).toBe(expected);
  });

  it('takes a mode by its name, as newer versions write it', async () => {
    await write('1_Pooling/config.json', { embedding_dimension: 8, pooling_mode: 'lasttoken' });
    expect(await pooling()).toBe('last');
  });

  it.each([
    [settings('mean_sqrt_len_tokens'), 'mean_sqrt_len_tokens'],
    [settings('weightedmean_tokens'), 'weightedmean_tokens'],
    [settings('cls_token', 'mean_tokens'), 'cls_token with mean_tokens'],
    [settings(), 'of nothing'],
    [{ pooling_mode: 'weightedmean' }, 'weightedmean'],
    [{ pooling_mode_cls_token: 'yes' }, 'pooling_mode_cls_token'],
  ])('refuses %j, which it would have to guess at', async (content, what) => {
    await write('1_Pooling/config.json', content);
    await expect(pooling()).rejects.toMatchObject(refusal(what));
  });

  it('is that of the golden vectors where nothing else says, and the mean where nothing does', async () => {
    expect(await pooling()).toBe('mean');
    await write('1_Pooling/config.json', { word_embedding_dimension: 8 });
    expect(await pooling()).toBe('mean');
    await write('golden.json', { pooling: 'cls, then L2', texts: [] });
    await rm(join(folder, '1_Pooling'), { recursive: true });
    expect(await pooling()).toBe('cls');
  });
});

describe('sequence classifiers', () => {
  const tiny: RandomEncoderOptions = { layers: 1, hidden: 8, heads: 2, intermediate: 8, vocab: 60, maxPosition: 16 };

  it.each([
    ['bert', 'single_label_classification'],
    ['distilbert', 'multi_label_classification'],
    ['roberta', 'single_label_classification'],
  ] as const)('are known by their architecture: %s, %s', async (family, problemType) => {
    await writeRandomEncoder(folder, { ...tiny, family, task: 'sequence-classification', labels: 12, problemType });
    const read = await readModelFolder(folder);
    expect(read).toMatchObject({ task: 'classification', problemType });
    expect(read.classes).toEqual(Array.from({ length: 12 }, (_, i) => `label ${i}`));
  });

  it("follow transformers' defaults for what config.json leaves out", async () => {
    const architectures = ['BertForSequenceClassification'];
    await writeConfig({ ...bert, architectures });
    const read = () => readModelFolder(folder, withoutWeights);
    expect(await read()).toMatchObject({
      classes: ['LABEL_0', 'LABEL_1'],
      problemType: 'single_label_classification',
    });
    await changeConfig({ num_labels: 3 });
    expect((await read()).classes).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
    await changeConfig({ id2label: { 2: 'c', 0: 'a', 7: 'h' } });
    expect((await read()).classes).toEqual(['a', 'LABEL_1', 'c']);
  });

  it.each([
    [{ id2label: { 0: 'score' } }, 'regression'],
    [{ num_labels: 1 }, 'regression'],
    [{ problem_type: 'regression' }, 'regression'],
    [{ problem_type: 'ranking' }, 'problem_type "ranking"'],
  ])('are refused with %j', async (changes, what) => {
    await writeConfig({ ...bert, architectures: ['BertForSequenceClassification'], ...changes });
    await expect(readModelFolder(folder, withoutWeights)).rejects.toMatchObject(refusal(what));
  });

  it('are not confused with encoders that have labels in their config', async () => {
    await writeConfig({ ...bert, architectures: ['BertModel'], id2label: { 0: 'a' }, problem_type: 'regression' });
    const read = await readModelFolder(folder, withoutWeights);
    expect(read).toMatchObject({ task: 'embedding', classes: [], problemType: undefined });
    expect(existsSync(read.onnxFile)).toBe(false);
  });
});
