/** Several models in one running program: loaded, named, swapped and freed over gRPC while clients never stop asking. */
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { unpackFloat32, type InferenceClient } from '@cairn/contracts';
import { decodeModel, encodeModel, separateData } from '@cairn/onnx-graph';
import { writeRandomEncoder, type RandomEncoderOptions } from '../../../test/support/random-encoder.js';
import { killAll, startInference, type RunningInference } from '../../../test/support/running-inference.js';

const shape = { layers: 2, hidden: 32, heads: 2, intermediate: 64, vocab: 200, maxPosition: 64 };
const texts = ['How do I reset my password?', 'Why?', 'Is the library open on Sundays, and until when?'];

jest.setTimeout(120_000);
let folder: string;
let stock: string;
let store: string;
let service: RunningInference;
let client: InferenceClient;

/** Writes models to copy from: `<name>` with the options. */
const models: Record<string, RandomEncoderOptions> = {
  first: { ...shape, seed: 1 },
  second: { ...shape, seed: 2 },
  third: { ...shape, seed: 3, family: 'distilbert' },
  single: { ...shape, seed: 4, task: 'sequence-classification', labels: 4 },
  multi: {
    ...shape,
    seed: 5,
    family: 'roberta',
    task: 'sequence-classification',
    labels: 5,
    problemType: 'multi_label_classification',
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-models-'));
  stock = join(folder, 'stock');
  store = join(folder, 'store');
  for (const [name, options] of Object.entries(models)) await writeRandomEncoder(join(stock, name), options);
  for (const name of ['first', 'second', 'single', 'multi']) await put(name, name);
  service = await startInference({ MODEL_STORE: store });
  ({ client } = service);
});
afterAll(async () => {
  client?.close();
  killAll();
  await rm(folder, { recursive: true, force: true });
});

/** Puts a model of the stock into the store under an id: file by file, as an update would. */
async function put(id: string, name: string, to = store): Promise<string> {
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx']) {
    const target = join(to, id, file);
    await cp(join(stock, name, file), `${target}.new`, { recursive: true });
    await rename(`${target}.new`, target);
  }
  return join(to, id);
}

const fault = (code: string, field: string, message: string | RegExp = '') => ({
  code,
  details: { field },
  message: expect.stringMatching(message) as string,
});
const model = async (id: string) => (await client.listModels({})).models.find((known) => known.id === id);

async function embed(name: string, on = client) {
  const { vectors, errors } = await on.embed({ texts, options: { model: name } });
  expect(errors).toEqual([]);
  return { ...vectors?.provenance, vectors: Array.from(unpackFloat32(vectors?.data as Uint8Array)) };
}

interface Asked {
  readonly begun: number;
  readonly encoderId: string;
  readonly revision: string;
}

/** Four clients, two by single calls and two by streams, that ask until they are stopped. One failure fails them all. */
function underLoad(name: string) {
  const asked: Asked[] = [];
  let stopped = false;
  const note = (begun: number, answer: Awaited<ReturnType<InferenceClient['embed']>>) => {
    const { encoderId = '', revision = '' } = answer.vectors?.provenance ?? {};
    expect(answer.errors).toEqual([]);
    expect(answer.vectors?.count).toBe(texts.length);
    asked.push({ begun, encoderId, revision });
  };
  const options = { model: name };
  const caller = async () => {
    while (!stopped) note(performance.now(), await client.embed({ texts, options }));
  };
  const streamer = async () => {
    const call = client.embedStream();
    const begins: number[] = [];
    const sending = (async () => {
      while (!stopped) {
        begins.push(performance.now());
        await call.send({ texts, options });
        await delay(1);
      }
      call.end();
    })();
    for await (const answer of call) note(begins.shift() as number, answer);
    await sending;
  };
  const clients = Promise.all([caller(), caller(), streamer(), streamer()]);
  clients.catch(() => (stopped = true));
  return {
    asked,
    /** Waits for answers to requests that begin from now on. */
    async more(count = 20): Promise<readonly Asked[]> {
      const now = performance.now();
      const later = () => asked.filter(({ begun }) => begun > now);
      while (later().length < count) await Promise.race([delay(5), clients]);
      return later();
    },
    stop: () => {
      stopped = true;
      return clients;
    },
  };
}

describe('several models', () => {
  it('are loaded beside each other and say what they are', async () => {
    expect((await client.listModels({})).models.map(({ id, state }) => [id, state])).toEqual([
      ['cairn-encoder-v2', 'MODEL_STATE_READY'],
      ['first', 'MODEL_STATE_AVAILABLE'],
      ['multi', 'MODEL_STATE_AVAILABLE'],
      ['second', 'MODEL_STATE_AVAILABLE'],
      ['single', 'MODEL_STATE_AVAILABLE'],
    ]);
    const [first, second] = await Promise.all(['first', 'second'].map((source) => client.loadModel({ source })));
    expect(first).toEqual(await model('first'));
    expect(first).toMatchObject({
      id: 'first',
      state: 'MODEL_STATE_READY',
      isDefault: false,
      dimension: 32,
      layers: 2,
      maxTokens: 64,
      device: 'cpu',
      precision: 'float32',
      sessions: 1,
      threads: 1,
      sessionsReason: 'configured',
      task: 'embedding',
      classes: [],
      problemType: '',
      aliases: [],
      error: '',
      provenance: { encoderId: 'first', revision: first.revision, pooling: 'mean', dimension: 32 },
    });
    expect(first.deviceReason).not.toBe('');
    expect(first.graph).not.toBe('');
    expect(first.memoryBytes).toBeGreaterThan(first.fileBytes);
    expect(first.revision).toMatch(/^[0-9a-f]{64}$/);
    expect(second.revision).not.toBe(first.revision);
    const [one, other] = [await embed('first'), await embed('second')];
    expect([one.encoderId, other.encoderId]).toEqual(['first', 'second']);
    expect(one.vectors).not.toEqual(other.vectors);
  });

  it('may be classifiers, with the head they bring', async () => {
    const single = await client.loadModel({ source: 'single' });
    expect(single).toMatchObject({ task: 'classification', problemType: 'single_label_classification' });
    expect(single.classes).toEqual(['label 0', 'label 1', 'label 2', 'label 3']);
    expect(single.provenance ?? undefined).toBeUndefined();
    const multi = await client.loadModel({ source: 'multi' });
    expect(multi).toMatchObject({ task: 'classification', problemType: 'multi_label_classification' });
    expect(multi.classes).toHaveLength(5);
    const { classifications, headId } = await client.classify({ texts, topK: 4, options: { model: 'single' } });
    expect(headId).toBe('');
    for (const { classes } of classifications)
      expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    const sigmoid = await client.classify({ texts, topK: 5, options: { model: 'multi' } });
    expect(sigmoid.classifications[0].classes).toHaveLength(5);
    await Promise.all(['single', 'multi'].map((id) => client.unloadModel({ id })));
  });

  it('are checked by their content hash before anything is loaded', async () => {
    const revision = (await model('first'))?.revision as string;
    const path = await put('copied', 'first', folder);
    for (const source of ['first', path])
      await expect(client.loadModel({ source, contentHash: 'b'.repeat(64) })).rejects.toMatchObject(
        fault('INVALID_INPUT', 'content_hash', revision),
      );
    await expect(client.loadModel({ source: path, contentHash: 'b' })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'content_hash', '64 hexadecimal digits'),
    );
    await expect(client.getModel({ id: 'copied' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await client.loadModel({ source: path, contentHash: revision })).toMatchObject({ id: 'copied', revision });
    await client.unloadModel({ id: 'copied' });
  });
});

describe('aliases', () => {
  it('move from model to model under load without one failed request', async () => {
    const set = await client.setModelAlias({ alias: 'live', model: 'first' });
    expect(set.model).toMatchObject({ id: 'first', aliases: ['live'] });
    const load = underLoad('live');
    await load.more();
    for (const id of ['second', 'first', 'second']) {
      await client.setModelAlias({ alias: 'live', model: id });
      for (const { encoderId } of await load.more()) expect(encoderId).toBe(id);
    }
    await load.stop();
    expect(new Set(load.asked.map(({ encoderId }) => encoderId))).toEqual(new Set(['first', 'second']));
    expect((await model('second'))?.aliases).toEqual(['live']);
    expect(await client.getModel({ id: 'live' })).toMatchObject({ id: 'second' });
  });

  it('keep what they stand for from being unloaded, and are refused with the field that is wrong', async () => {
    await expect(client.unloadModel({ id: 'second' })).rejects.toMatchObject(fault('CONFLICT', 'id', 'live'));
    await expect(client.setModelAlias({ alias: 'first', model: 'second' })).rejects.toMatchObject(
      fault('CONFLICT', 'alias'),
    );
    await expect(client.setModelAlias({ alias: 'no/slash', model: 'second' })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'alias'),
    );
    await expect(client.setModelAlias({ alias: 'next', model: 'multi' })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'model', 'LoadModel'),
    );
    await expect(client.setModelAlias({ alias: 'next', model: 'nobody' })).rejects.toMatchObject(
      fault('NOT_FOUND', 'model'),
    );
  });

  it('are shared by the replicas of a store, which load what they stand for, and survive restarts', async () => {
    const elsewhere = await put('outside', 'third', folder);
    await client.loadModel({ source: elsewhere });
    await client.setModelAlias({ alias: 'far', model: 'outside' });
    const replica = await startInference({ MODEL_STORE: store });
    const until = async (condition: () => Promise<boolean>) => {
      for (let i = 0; i < 200 && !(await condition()); i++) await delay(50);
    };
    // Loaded in the background after the start.
    for (const id of ['far', 'live'])
      await until(async () => (await replica.client.getModel({ id })).state === 'MODEL_STATE_READY');
    expect((await embed('live', replica.client)).encoderId).toBe('second');
    expect((await embed('far', replica.client)).encoderId).toBe('outside');
    await expect(replica.client.embed({ texts, options: { model: 'first' } })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'options.model', 'LoadModel'),
    );
    await client.setModelAlias({ alias: 'live', model: 'outside' });
    await until(async () => (await embed('live', replica.client)).encoderId === 'outside');
    expect((await embed('live', replica.client)).encoderId).toBe('outside');
    // Here it is loaded, there it is not yet.
    await client.setModelAlias({ alias: 'live', model: 'first' });
    await until(async () => (await replica.client.getModel({ id: 'first' })).state === 'MODEL_STATE_READY');
    expect((await embed('live', replica.client)).encoderId).toBe('first');
    expect(await replica.stop()).toBe(0);
    for (const alias of ['live', 'far'])
      expect((await client.setModelAlias({ alias })).model ?? undefined).toBeUndefined();
    await client.unloadModel({ id: 'outside' });
  });
});

describe('swapping', () => {
  it('puts changed files in the place of the old ones under load without one failed request', async () => {
    const revisions: string[] = [];
    for (const name of ['second', 'first']) {
      await put('first', name);
      revisions.push((await client.loadModel({ source: 'first' })).revision);
    }
    const load = underLoad('first');
    for (const [i, name] of ['second', 'first', 'second'].entries()) {
      await load.more();
      await put('first', name);
      const swapped = await client.loadModel({ source: 'first' });
      expect(swapped).toMatchObject({ state: 'MODEL_STATE_READY', revision: revisions[i % 2] });
      for (const { revision } of await load.more()) expect(revision).toBe(swapped.revision);
    }
    await load.stop();
    expect(new Set(load.asked.map(({ revision }) => revision))).toEqual(new Set(revisions));
  });

  it('leaves the old content serving under load if the new one is refused', async () => {
    const { revision } = (await model('first'))!;
    const load = underLoad('first');
    await load.more();
    await writeFile(join(store, 'first/onnx/model.onnx'), '<html>not found</html>');
    await expect(client.loadModel({ source: 'first' })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'source', /model\.onnx/),
    );
    for (const asked of await load.more()) expect(asked.revision).toBe(revision);
    await load.stop();
    const kept = await model('first');
    expect(kept).toMatchObject({ state: 'MODEL_STATE_READY', revision });
    expect(kept?.error).toContain('was to take its place was refused');
    await put('first', 'first');
    expect((await client.loadModel({ source: 'first' })).error).toBe('');
  });

  it('fails neither tokenizing nor classifying', async () => {
    await client.loadModel({ source: 'single' });
    let stopped = false;
    const options = { model: 'single' };
    const asking = Promise.all([
      (async () => {
        while (!stopped) expect((await client.classify({ texts, options })).errors).toEqual([]);
      })(),
      (async () => {
        while (!stopped) expect((await client.tokenize({ texts, model: 'single' })).encodings).toHaveLength(3);
      })(),
    ]);
    const config = join(store, 'single/config.json');
    for (let i = 0; i < 3; i++) {
      await writeFile(config, `${await readFile(config, 'utf8')}\n`);
      await Promise.race([client.loadModel({ source: 'single' }), asking]);
      await Promise.race([delay(100), asking]);
    }
    stopped = true;
    await asking;
    await client.unloadModel({ id: 'single' });
  });
});

describe('unloading', () => {
  it('lets every request in work end; later ones are told what to do', async () => {
    const options = { model: 'second' };
    let refused = 0;
    const outcomes: number[] = [];
    let unloading = false;
    const clients = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (;;) {
          const late = unloading;
          try {
            outcomes.push((await client.embed({ texts, options })).vectors?.count as number);
          } catch (error) {
            expect(error).toMatchObject(fault('INVALID_INPUT', 'options.model', 'load it first'));
            // Nobody who asked before the unloading was refused.
            expect(late || unloading).toBe(true);
            refused++;
            return;
          }
        }
      }),
    );
    while (outcomes.length < 40) await Promise.race([delay(5), clients]);
    unloading = true;
    expect(await client.unloadModel({ id: 'second' })).toMatchObject({
      state: 'MODEL_STATE_AVAILABLE',
      memoryBytes: 0,
    });
    await clients;
    expect(refused).toBe(4);
    for (const count of outcomes) expect(count).toBe(texts.length);
  });
});

describe('memory', () => {
  it('is bounded: what does not fit is refused with what is needed and what could go', async () => {
    const needs = (await model('first'))?.memoryBytes as number;
    // The bundled encoder, one small model and a little more.
    const bundled = (await model('cairn-encoder-v2'))?.memoryBytes as number;
    const limit = Math.ceil((bundled + 1.5 * needs) / 2 ** 20);
    const small = await startInference({ MODEL_STORE: store, MODEL_MEMORY_LIMIT_MB: `${limit}` });
    await small.client.loadModel({ source: 'first' });
    const refused = fault('CONFLICT', 'source', /second needs \d+ MB of memory; \d+ MB of the \d+ MB .* Unload first/);
    await expect(small.client.loadModel({ source: 'second' })).rejects.toMatchObject(refused);
    expect((await embed('first', small.client)).encoderId).toBe('first');
    await small.client.unloadModel({ id: 'first' });
    expect(await small.client.loadModel({ source: 'second' })).toMatchObject({ state: 'MODEL_STATE_READY' });
    await small.stop();
    const tiny = { MODEL_STORE: store, MODEL_MEMORY_LIMIT_MB: '1' };
    await expect(startInference(tiny)).rejects.toThrow(/cairn-encoder-v2 needs \d+ MB.*Raise MODEL_MEMORY_LIMIT_MB/);
  });
});

describe('broken folders', () => {
  const refused = async (path: string, what: RegExp) => {
    await expect(client.loadModel({ source: path })).rejects.toMatchObject(fault('INVALID_INPUT', 'source', what));
    expect((await embed('first')).encoderId).toBe('first');
  };
  const broken = (name: string, from = 'first') => put(name, from, join(folder, 'broken'));
  const change = async (file: string, changes: (content: Record<string, unknown>) => object) =>
    writeFile(file, JSON.stringify(changes(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>)));

  it('with weights that are no numbers', async () => {
    const path = await broken('nan');
    const file = join(path, 'onnx/model.onnx');
    const onnx = decodeModel(await readFile(file));
    const weights = onnx.graph!.initializer.find(({ name }) => name?.includes('word_embeddings'))!;
    const bytes = Uint8Array.from(weights.rawData as Uint8Array);
    new DataView(bytes.buffer).setFloat32(400, NaN, true);
    weights.rawData = bytes;
    await writeFile(file, encodeModel(onnx));
    await refused(path, /no numbers/);
  });

  it('with the graph of another model', async () => {
    const path = await broken('other-sizes');
    await writeRandomEncoder(join(folder, 'wider'), { ...shape, hidden: 48 });
    await cp(join(folder, 'wider/onnx'), join(path, 'onnx'), { recursive: true });
    await refused(path, /48|32/);
    const classifier = await broken('graph-of-an-encoder', 'single');
    await cp(join(stock, 'first/onnx'), join(classifier, 'onnx'), { recursive: true });
    await refused(classifier, /logits/);
    const classes = await broken('other-classes', 'single');
    await change(join(classes, 'config.json'), (config) => ({ ...config, id2label: { 0: 'a', 1: 'b', 2: 'c' } }));
    await refused(classes, /classes|labels|logits/);
  });

  it('with the tokenizer of another model', async () => {
    const path = await broken('other-tokenizer');
    await writeRandomEncoder(join(folder, 'larger'), { ...shape, vocab: 300 });
    await cp(join(folder, 'larger/tokenizer.json'), join(path, 'tokenizer.json'));
    await refused(path, /ids up to 299.* knows 200/);
    const nonsense = await broken('no-tokenizer');
    await writeFile(join(nonsense, 'tokenizer.json'), '{"model": {"type": "Nonsense"}}');
    await refused(nonsense, /tokenizer\.json/);
  });

  it('without the data that the graph refers to', async () => {
    const path = await broken('no-data');
    const onnx = decodeModel(await readFile(join(path, 'onnx/model.onnx')));
    const data = Buffer.concat(separateData(onnx, 'model.onnx_data'));
    await writeFile(join(path, 'onnx/model.onnx'), encodeModel(onnx));
    await refused(path, /model\.onnx/);
    await writeFile(join(path, 'onnx/model.onnx_data'), data.subarray(0, data.length >> 1));
    await refused(path, /model\.onnx/);
    await writeFile(join(path, 'onnx/model.onnx_data'), data);
    expect(await client.loadModel({ source: path })).toMatchObject({ state: 'MODEL_STATE_READY' });
    await client.unloadModel({ id: 'no-data' });
  });

  it('with a config of something that Cairn does not serve', async () => {
    const regression = await broken('regression', 'single');
    await change(join(regression, 'config.json'), (config) => ({ ...config, id2label: { 0: 'score' } }));
    await refused(regression, /regression/);
    const settings = await broken('pooling');
    await cp(join(stock, 'first/config.json'), join(settings, '1_Pooling/config.json'), { recursive: true });
    await writeFile(join(settings, '1_Pooling/config.json'), '{"pooling_mode_weightedmean_tokens": true}');
    await refused(settings, /weightedmean/);
  });
});
