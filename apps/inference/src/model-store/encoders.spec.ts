/** Real encoders, small ones with random weights. Their threads run from what is built. */
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@cairn/service-kit';
import { writeRandomEncoder } from '../../../../test/support/random-encoder.js';
import { repository } from '../../../../test/support/repository.js';
import type { Encoder } from '../encoder/encoder.js';
import { silentObserver } from '../metrics/observer.js';
import { Aliases } from './aliases.js';
import { MemoryBudget } from './memory-budget.js';
import { ModelStore } from './model-store.js';
import { revisionOf } from './revision.js';

const built = (file: string): unknown => require(join(repository, 'dist/apps/inference/src', file));
const { Encoders } = built('model-store/encoders.js') as typeof import('./encoders.js');
const { EngineGraphs } = built('model-store/engine-graph.js') as typeof import('./engine-graph.js');
const { bookedMemory } = built('encoder/encoder.js') as typeof import('../encoder/encoder.js');
type Encoders = InstanceType<typeof Encoders>;

const shape = { layers: 1, hidden: 16, heads: 2, intermediate: 32, vocab: 60, maxPosition: 16, weightScale: 0.25 };
const texts = ['how do i reset my password', 'why', 'is the library open on sundays'];
const signal = new AbortController().signal;

jest.setTimeout(60_000);
let folder: string;
/** Models to copy from: other seeds, other weights. */
let stock: string;
let store: string;
let memory: MemoryBudget;
let logged: { level: number; model?: string; alias?: string }[];
let running: Encoders[];

beforeAll(async () => {
  stock = await mkdtemp(join(tmpdir(), 'cairn-stock-'));
  for (const seed of [1, 2, 3]) await writeRandomEncoder(join(stock, `${seed}`), { ...shape, seed });
});
afterAll(() => rm(stock, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-encoders-'));
  store = join(folder, 'store');
  memory = new MemoryBudget(2 ** 30);
  logged = [];
  running = [];
  await put('standard', 1);
  await put('other', 2);
});
afterEach(async () => {
  for (const encoders of running) await encoders.close();
  await rm(folder, { recursive: true, force: true });
});

/** Puts the stock model of a seed into the store: file by file, as an update would. */
async function put(id: string, seed: number, to = store): Promise<string> {
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx']) {
    const target = join(to, id, name);
    await cp(join(stock, `${seed}`, name), `${target}.new`, { recursive: true });
    await rename(`${target}.new`, target);
  }
  return join(to, id);
}

async function start(defaultId = 'standard'): Promise<Encoders> {
  const logger = createLogger('test', 'fatal');
  for (const level of ['info', 'warn', 'error'] as const)
    logger[level] = (details: object) => void logged.push({ ...details, level: logger.levels.values[level] });
  const encoders = new Encoders({
    store: new ModelStore({ bundled: join(folder, 'bundled'), writable: store, hubUrl: '', hubOffline: true }),
    aliases: new Aliases(join(store, 'aliases'), (error) => fail(error)),
    memory,
    defaultId,
    logger,
    resources: {
      sessions: 1,
      threads: 1,
      tokenBudget: 0,
      device: 'cpu',
      graphs: EngineGraphs.in(join(store, '.engine')),
      observer: silentObserver,
      onCrash: fail,
    },
  });
  running.push(encoders);
  await encoders.loadDefault();
  await encoders.loadAliased();
  return encoders;
}
function fail(error: Error): never {
  throw error;
}

const embed = (encoder: Encoder) => encoder.use(() => encoder.embed(texts, signal));
const vectorsOf = async (encoder: Encoder) => Array.from(await embed(encoder));
const fault = (code: string, field: string, message: string | RegExp = '') => ({
  code,
  details: { field },
  message: expect.stringMatching(message) as string,
});
const stateOf = async (encoders: Encoders, id: string) => (await encoders.get(id)).state;

/** Calls in work at once, without a break, until stopped; gives for each its begin, the revision and the vectors. */
function underLoad(encoders: Encoders, name: string) {
  const answers: { begun: number; revision: string; vectors: number[] }[] = [];
  let stopped = false;
  const client = async () => {
    while (!stopped) {
      const begun = performance.now();
      const encoder = encoders.ready(name);
      answers.push({ begun, revision: encoder.revision, vectors: await vectorsOf(encoder) });
    }
  };
  const clients = Promise.all([client(), client(), client(), client()]);
  return {
    answers,
    stop: () => {
      stopped = true;
      return clients;
    },
  };
}

describe('loading', () => {
  it('serves several encoders beside each other, each with its own vectors', async () => {
    const encoders = await start();
    expect(await stateOf(encoders, 'other')).toBe('available');
    const other = await encoders.load('other');
    expect(other).toMatchObject({ id: 'other', state: 'ready', revision: await revisionOf(join(store, 'other')) });
    expect(encoders.ready('').id).toBe('standard');
    const [first, second] = [await vectorsOf(encoders.ready('')), await vectorsOf(encoders.ready('other'))];
    expect(first).toHaveLength(3 * 16);
    expect(second).not.toEqual(first);
    expect([...encoders.loaded()].map(({ id }) => id)).toEqual(['standard', 'other']);
    expect((await encoders.list()).map(({ id, state }) => [id, state])).toEqual([
      ['other', 'ready'],
      ['standard', 'ready'],
    ]);
  });

  it('shares the work of calls at the same time, and changes nothing when nothing has changed', async () => {
    const encoders = await start();
    const [one, same] = await Promise.all([encoders.load('other'), encoders.load(join(store, 'other'))]);
    expect(same.encoder).toBe(one.encoder);
    expect((await encoders.load('other')).encoder).toBe(one.encoder);
    expect((await encoders.load('other', { device: 'cpu' })).encoder).toBe(one.encoder);
  });

  it('says what to do for every name that does not serve', async () => {
    const encoders = await start();
    expect(() => encoders.ready('nobody')).toThrow(expect.objectContaining(fault('NOT_FOUND', 'options.model')));
    expect(() => encoders.ready('other')).toThrow(
      expect.objectContaining(fault('INVALID_INPUT', 'options.model', 'load it first')),
    );
    const loading = encoders.load('other');
    while ((await stateOf(encoders, 'other')) !== 'loading');
    expect(() => encoders.ready('other')).toThrow(expect.objectContaining(fault('UNAVAILABLE', 'options.model')));
    await expect(encoders.unload('other')).rejects.toMatchObject(fault('CONFLICT', 'id', 'being loaded'));
    await loading;
    expect(encoders.ready('other').id).toBe('other');
  });

  it('checks the content hash before anything is loaded, wherever the model comes from', async () => {
    const encoders = await start();
    const wrong = fault('INVALID_INPUT', 'content_hash', 'not '.concat('a'.repeat(64)));
    const contentHash = 'a'.repeat(64);
    for (const source of ['other', join(store, 'other')])
      await expect(encoders.load(source, { contentHash })).rejects.toMatchObject(wrong);
    expect(await stateOf(encoders, 'other')).toBe('available');
    const right = await revisionOf(join(store, 'other'));
    await encoders.load('other', { contentHash: right });
    // Of a loaded one it is checked, too, and says nothing against what serves.
    await expect(encoders.load('other', { contentHash })).rejects.toMatchObject(wrong);
    const { state, error } = await encoders.get('other');
    expect([state, error]).toEqual(['ready', undefined]);
  });

  it('refuses sources, devices and names that cannot be', async () => {
    const encoders = await start();
    await expect(encoders.load('')).rejects.toMatchObject(fault('INVALID_INPUT', 'source'));
    await expect(encoders.load('no such thing')).rejects.toMatchObject(fault('INVALID_INPUT', 'source'));
    await expect(encoders.load('/nowhere')).rejects.toMatchObject(fault('INVALID_INPUT', 'source', 'no directory'));
    await expect(encoders.load('other', { device: 'tpu' })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'device', 'cpu, cuda, webgpu, auto'),
    );
    const unnamable = await put('my model', 2, folder);
    await expect(encoders.load(unnamable)).rejects.toMatchObject(fault('INVALID_INPUT', 'source', "folder's name"));
    await encoders.load('other');
    const twin = await put('other', 3, join(folder, 'elsewhere'));
    await expect(encoders.load(twin)).rejects.toMatchObject(fault('CONFLICT', 'source', 'is there already'));
  });

  it('refuses files that change while they are read, and leaves nothing of them behind', async () => {
    const encoders = await start();
    const loading = encoders.load('other');
    const outcome = expect(loading).rejects.toMatchObject(fault('CONFLICT', 'source', 'changed while'));
    while ((await stateOf(encoders, 'other')) !== 'loading');
    const mixed = await revisionOf(join(store, 'other'));
    await appendFile(join(store, 'other', 'onnx/model.onnx'), Buffer.from([0x32, 0])); // an empty doc string
    await outcome;
    expect(await stateOf(encoders, 'other')).toBe('failed');
    expect((await readdir(join(store, '.engine'))).filter((name) => name.startsWith(mixed))).toEqual([]);
    expect((await encoders.load('other')).revision).not.toBe(mixed);
  });

  it('remembers why a model failed, forgets it when asked, and loads it once it is put right', async () => {
    const encoders = await start();
    await truncate(join(store, 'other', 'onnx/model.onnx'), 3000);
    await expect(encoders.load('other')).rejects.toMatchObject(fault('INVALID_INPUT', 'source', 'model.onnx'));
    expect(await encoders.get('other')).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('model.onnx'),
    });
    const { state, error } = await encoders.unload('other');
    expect([state, error]).toEqual(['available', undefined]);
    await put('other', 3);
    expect(await encoders.load('other')).toMatchObject({ state: 'ready' });
  });
});

describe('swapping', () => {
  it('puts changed content in place of the old under load, without one failed call', async () => {
    const encoders = await start();
    const expected = new Map<string, number[]>();
    for (const seed of [2, 3]) {
      await put('other', seed);
      const { encoder, revision } = await encoders.load('other');
      expected.set(revision as string, await vectorsOf(encoder as Encoder));
    }
    const load = underLoad(encoders, 'other');
    for (const seed of [2, 3, 2]) {
      await put('other', seed);
      const { revision } = await encoders.load('other');
      const from = load.answers.length;
      while (!load.answers.slice(from).some((answer) => answer.revision === revision))
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await load.stop();
    expect(new Set(load.answers.map(({ revision }) => revision))).toEqual(new Set(expected.keys()));
    // Every vector is the one of the revision that it says it has.
    for (const { revision, vectors } of load.answers)
      vectors.forEach((value, i) =>
        expect(Math.abs(value - (expected.get(revision) as number[])[i])).toBeLessThan(1e-5),
      );
    // All that was replaced is freed, once its last call has ended.
    const booked = () => [...encoders.loaded()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    while (memory.limit - memory.free !== booked()) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('lets the old content serve on if the new one is refused, and says so', async () => {
    const encoders = await start();
    const { encoder, revision } = await encoders.load('other');
    const free = memory.free;
    await writeFile(join(store, 'other', 'onnx/model.onnx'), '<html>not found</html>');
    await expect(encoders.load('other')).rejects.toMatchObject(fault('INVALID_INPUT', 'source', 'model.onnx'));
    expect(encoders.ready('other')).toBe(encoder);
    expect(await vectorsOf(encoders.ready('other'))).toHaveLength(3 * 16);
    expect(await encoders.get('other')).toMatchObject({
      state: 'ready',
      revision,
      error: expect.stringMatching(/^What was to take its place was refused: .*model\.onnx/),
    });
    expect(memory.free).toBe(free);
    expect(logged.filter(({ level }) => level === 50)).toMatchObject([{ model: 'other' }]);
    await put('other', 3);
    expect((await encoders.load('other')).error).toBeUndefined();
    expect(encoders.ready('other')).not.toBe(encoder);
  });

  it('swaps the default encoder, too, and what only changes how vectors are pooled', async () => {
    const encoders = await start();
    const before = encoders.ready('');
    await cp(join(stock, '1'), join(store, 'standard'), { recursive: true });
    expect((await encoders.load('standard')).encoder).toBe(before);
    await cp(join(stock, '2', 'onnx'), join(store, 'standard/onnx'), { recursive: true });
    await encoders.load('standard');
    expect(encoders.ready('').revision).toBe(await revisionOf(join(store, 'standard')));
    await writeFile(join(folder, 'pooling.json'), '{"pooling_mode_cls_token": true}');
    await cp(join(folder, 'pooling.json'), join(store, 'standard/1_Pooling/config.json'));
    const { revision } = encoders.ready('');
    expect((await encoders.load('standard')).folder?.pooling).toBe('cls');
    expect(encoders.ready('').revision).toBe(revision);
  });
});

describe('unloading', () => {
  it('fails no call in work, and is done when the last has ended', async () => {
    const encoders = await start();
    await encoders.load('other');
    const load = underLoad(encoders, 'other');
    while (load.answers.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = load.stop();
    // The clients have calls in work now; one more takes the encoder in this turn of the event loop.
    const last = encoders.ready('other');
    const unloading = encoders.unload('other');
    let done = false;
    void unloading.then(() => (done = true));
    let release: () => void = () => undefined;
    const held = last.use(() => new Promise<void>((resolve) => (release = resolve)));
    await stopped;
    while ((await stateOf(encoders, 'other')) !== 'available');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(done).toBe(false);
    expect(() => encoders.ready('other')).toThrow('not loaded');
    release();
    await held;
    expect(await unloading).toMatchObject({ id: 'other', state: 'available' });
    expect((await unloading).encoder).toBeUndefined();
    expect(load.answers.length).toBeGreaterThanOrEqual(20);
  });

  it('is refused for the default encoder and for unknown ones', async () => {
    const encoders = await start();
    for (const id of ['', 'standard'])
      await expect(encoders.unload(id)).rejects.toMatchObject(fault('INVALID_INPUT', 'id', 'default encoder'));
    await expect(encoders.unload('nobody')).rejects.toMatchObject(fault('NOT_FOUND', 'id'));
    expect(await encoders.unload('other')).toMatchObject({ state: 'available' });
  });
});

describe('aliases', () => {
  it('name a loaded encoder, move under load without one failed call, and go away', async () => {
    const encoders = await start();
    await encoders.load('other');
    expect(await encoders.setAlias('live', 'standard')).toMatchObject({ id: 'standard' });
    const load = underLoad(encoders, 'live');
    const revisions = { standard: encoders.ready('standard').revision, other: encoders.ready('other').revision };
    for (const id of ['other', 'standard', 'other'] as const) {
      await encoders.setAlias('live', id);
      // From then on, nobody who asks gets the old one.
      expect(encoders.ready('live').id).toBe(id);
      const moved = performance.now();
      const later = () => load.answers.filter(({ begun }) => begun > moved);
      while (later().length < 8) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const { revision } of later()) expect(revision).toBe(revisions[id]);
    }
    await load.stop();
    expect(await encoders.get('live')).toMatchObject({ id: 'other', state: 'ready' });
    expect(encoders.aliasesOf('other')).toEqual(['live']);
    await expect(encoders.unload('other')).rejects.toMatchObject(fault('CONFLICT', 'id', 'serves as live'));
    await expect(encoders.unload('live')).rejects.toMatchObject(fault('CONFLICT', 'id', 'serves as live'));
    expect(await encoders.setAlias('live', '')).toBeUndefined();
    expect(() => encoders.ready('live')).toThrow(expect.objectContaining(fault('NOT_FOUND', 'options.model')));
    await encoders.unload('other');
  });

  it('follow their rules', async () => {
    const encoders = await start();
    await encoders.setAlias('live', 'standard');
    const cases: [string, string, ReturnType<typeof fault>][] = [
      ['', 'standard', fault('INVALID_INPUT', 'alias', 'An alias is made of')],
      ['../up', 'standard', fault('INVALID_INPUT', 'alias')],
      ['.hidden', 'standard', fault('INVALID_INPUT', 'alias')],
      ['a'.repeat(129), 'standard', fault('INVALID_INPUT', 'alias')],
      ['other', 'standard', fault('CONFLICT', 'alias', 'id of an encoder')],
      ['standard', 'standard', fault('CONFLICT', 'alias', 'id of an encoder')],
      ['new', 'other', fault('INVALID_INPUT', 'model', 'load it first')],
      ['new', 'live', fault('INVALID_INPUT', 'model', 'alias itself')],
      ['new', 'nobody', fault('NOT_FOUND', 'model')],
      ['new', '', fault('NOT_FOUND', 'alias')],
    ];
    for (const [alias, model, expected] of cases)
      await expect(encoders.setAlias(alias, model)).rejects.toMatchObject(expected);
    expect(await readdir(join(store, 'aliases'))).toEqual(['live.json']);
    const named = await put('live', 3, join(folder, 'elsewhere'));
    await expect(encoders.load(named)).rejects.toMatchObject(fault('CONFLICT', 'source', 'is an alias'));
  });

  it('go behind ids', async () => {
    const encoders = await start();
    await encoders.setAlias('third', 'standard');
    await put('third', 3); // by somebody who did not ask
    expect(encoders.ready('third').id).toBe('standard');
    await rm(join(store, 'aliases/third.json'));
    await encoders.setAlias('unrelated', 'standard');
    await encoders.load('third');
    await writeFile(join(store, 'aliases/third.json'), JSON.stringify({ model: 'standard', path: 'x' }));
    await encoders.setAlias('unrelated', '');
    expect(encoders.ready('third').id).toBe('third');
  });

  it('load what they stand for after a restart, from outside of the store, too; what is gone is logged', async () => {
    const elsewhere = await put('outside', 3, join(folder, 'elsewhere'));
    const before = await start();
    for (const source of ['other', elsewhere]) await before.load(source);
    await put('gone', 3);
    await before.load('gone');
    for (const id of ['other', 'outside', 'gone', 'standard']) await before.setAlias(`my-${id}`, id);
    await before.close();
    await rm(join(store, 'gone'), { recursive: true });

    logged = [];
    const encoders = await start();
    expect(encoders.ready('my-other').id).toBe('other');
    expect(encoders.ready('my-outside').id).toBe('outside');
    expect(encoders.ready('my-standard')).toBe(encoders.ready(''));
    expect(() => encoders.ready('my-gone')).toThrow('"my-gone" stands for the encoder "gone", which is not loaded');
    expect(logged.filter(({ level }) => level === 50)).toMatchObject([{ alias: 'my-gone', model: 'gone' }]);
    expect(await encoders.get('my-gone')).toMatchObject({ id: 'gone', state: 'failed' });
  });

  it('never come to stand for an encoder that is unloaded at the same moment', async () => {
    const encoders = await start();
    await encoders.load('other');
    const outcomes = await Promise.allSettled([encoders.setAlias('live', 'other'), encoders.unload('other')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await encoders.setAlias('live', '');
    const reversed = await Promise.allSettled([encoders.unload('other'), encoders.setAlias('live', 'other')]);
    expect(reversed.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(existsSync(join(store, 'aliases/live.json'))).toBe(false);
  });

  it('that another replica moves to what is not loaded here have it loaded', async () => {
    const [here, there] = [await start(), await start()];
    await here.setAlias('live', 'standard');
    await there.load('other');
    await there.setAlias('live', 'other');
    const end = Date.now() + 10_000;
    const isLoaded = () => [...here.loaded()].some(({ id }) => id === 'other');
    while (!isLoaded() && Date.now() < end) await new Promise((r) => setTimeout(r, 20));
    expect(here.ready('live').id).toBe('other');
    expect(logged).toContainEqual(expect.objectContaining({ level: 30, alias: 'live', model: 'other' }));
  });

  it('called "default" are what requests without a model mean, after a restart from the first one on', async () => {
    const encoders = await start();
    expect([encoders.defaultId, encoders.ready('').id]).toEqual(['standard', 'standard']);
    await encoders.load('other');
    await encoders.setAlias('default', 'other');
    expect([encoders.defaultId, encoders.ready('').id]).toEqual(['other', 'other']);
    await expect(encoders.unload('standard')).rejects.toThrow('default');
    await expect(encoders.unload('other')).rejects.toThrow('default');
    const again = await start();
    await again.loadPromoted();
    expect(again.ready('').id).toBe('other');
    await again.setAlias('default', '');
    expect(again.ready('').id).toBe('standard');
  });
});

describe('memory', () => {
  it('bounds what is loaded, and says what could make room', async () => {
    await put('third', 3);
    const first = await start();
    const { folder: files } = await first.get('');
    await first.close();
    const each = bookedMemory(files as NonNullable<typeof files>, 1);

    memory = new MemoryBudget(2 * each + 1000);
    const encoders = await start();
    expect(encoders.ready('').memoryBytes).toBe(each);
    await encoders.load('other');
    expect(memory.free).toBe(1000);
    const refused = fault(
      'CONFLICT',
      'source',
      /^third needs \d+ MB of memory; 1 MB of .* Unload other \(\d+ MB\), or/,
    );
    await expect(encoders.load('third')).rejects.toMatchObject(refused);
    expect(await stateOf(encoders, 'third')).toBe('available');
    // Nor is there room for two contents of one encoder: the old one serves on.
    await put('other', 3);
    await expect(encoders.load('other')).rejects.toMatchObject(fault('CONFLICT', 'source', 'other needs'));
    expect(await vectorsOf(encoders.ready('other'))).toHaveLength(3 * 16);
    // What an alias stands for cannot be unloaded, and is not offered.
    await encoders.setAlias('live', 'other');
    await expect(encoders.load('third')).rejects.toMatchObject(fault('CONFLICT', 'source', /are free\. Raise/));
    await encoders.setAlias('live', '');
    await encoders.unload('other');
    expect(await encoders.load('third')).toMatchObject({ state: 'ready' });
  });

  it('is given back by what is refused', async () => {
    const encoders = await start();
    const free = memory.free;
    await truncate(join(store, 'other', 'onnx/model.onnx'), 3000);
    await expect(encoders.load('other')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(memory.free).toBe(free);
    await encoders.close();
    expect(memory.free).toBe(2 ** 30);
  });
});
