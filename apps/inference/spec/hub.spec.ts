/** Models from a hub: a real one as the program sees it, over HTTP, that can be made to fail in the ways real ones do. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeRandomEncoder } from '../../../test/support/random-encoder.js';
import { freePort, killAll, startInference } from '../../../test/support/running-inference.js';

jest.setTimeout(120_000);
const commit = '0123456789abcdef'.repeat(2) + '01234567';
const id = `owner--name@${commit.slice(0, 12)}`;
const source = { source: 'owner/name', revision: commit };

let folder: string;
let store: string;
let files: Record<string, Buffer>;
let hub: Server;
let hubUrl: string;
/** What was asked for, by name of the file. */
let asked: string[];
/** Answers instead of the hub, for files it wants to. */
let trouble: ((name: string, response: ServerResponse, content: Buffer | undefined) => boolean) | undefined;

beforeAll(async () => {
  const model = await mkdtemp(join(tmpdir(), 'cairn-hub-model-'));
  await writeRandomEncoder(model, { layers: 1, hidden: 32, heads: 2, intermediate: 64, vocab: 200, maxPosition: 32 });
  files = { '1_Pooling/config.json': Buffer.from('{"pooling_mode_cls_token": true}') };
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'])
    files[name] = await readFile(join(model, name));
  await rm(model, { recursive: true });
  hub = createServer((request, response) => {
    const prefix = `/owner/name/resolve/${commit}/`;
    const name = request.url?.startsWith(prefix) ? request.url.slice(prefix.length) : '';
    asked.push(name);
    const content = files[name];
    if (trouble?.(name, response, content)) return;
    if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': content.length }).end(request.method === 'GET' ? content : '');
  }).listen(0, '127.0.0.1');
  await once(hub, 'listening');
  hubUrl = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
});
afterAll(() => {
  killAll();
  hub.closeAllConnections();
  hub.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-hub-'));
  store = join(folder, 'store');
  asked = [];
  trouble = undefined;
});
afterEach(async () => {
  killAll();
  await delay(50);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const start = (settings: Record<string, string> = {}) =>
  startInference({ HUB_URL: hubUrl, MODEL_STORE: store, ...settings });
const fault = (code: string, field: string, message: string | RegExp = '') => ({
  code,
  details: { field },
  message: expect.stringMatching(message) as string,
});
const downloads = () => asked.filter((name) => name === 'onnx/model.onnx').length;
/** Nothing of the model is in the store, whole or in part. */
async function expectNothing(): Promise<void> {
  expect((await readdir(store)).filter((name) => name.includes('owner'))).toEqual([]);
  expect(await readdir(join(store, '.fetching'))).toEqual([]);
}

describe('a hub model', () => {
  it('is fetched once, with all that decides its vectors, checked, and lies in the store from then on', async () => {
    const { client, stop } = await start();
    const model = await client.loadModel(source);
    expect(model).toMatchObject({ id, state: 'MODEL_STATE_READY', pooling: 'cls', dimension: 32 });
    expect((await readdir(store)).filter((name) => name.includes('owner'))).toEqual([id]);
    expect(await readdir(join(store, '.fetching'))).toEqual([]);
    expect(downloads()).toBe(1);
    const before = asked.length;
    expect(await client.loadModel({ ...source, contentHash: model.revision })).toEqual(model);
    expect(await client.loadModel({ source: id })).toEqual(model);
    await expect(client.loadModel({ ...source, contentHash: 'c'.repeat(64) })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'content_hash', model.revision),
    );
    expect(asked).toHaveLength(before);
    await stop();

    const offline = await start({ HUB_OFFLINE: '1' });
    expect(await offline.client.loadModel(source)).toMatchObject({ id, revision: model.revision });
    expect(asked).toHaveLength(before);
  });

  it('never appears in the store if its content is not the expected', async () => {
    const { client } = await start();
    const wrong = client.loadModel({ ...source, contentHash: 'c'.repeat(64) });
    await expect(wrong).rejects.toMatchObject(fault('INVALID_INPUT', 'content_hash', `not ${'c'.repeat(64)}`));
    await expectNothing();
    await expect(client.getModel({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await client.loadModel(source)).toMatchObject({ id, state: 'MODEL_STATE_READY' });
  });

  it.each(['onnx/model.onnx', 'tokenizer.json', '1_Pooling/config.json'])(
    'never appears in the store if the connection is cut in the middle of %s; the next try fetches it',
    async (name) => {
      const { client } = await start();
      trouble = (asking, response, content) => {
        if (asking !== name || content === undefined) return false;
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, content.length >> 1), () => setTimeout(() => response.destroy(), 50));
        return true;
      };
      await expect(client.loadModel(source)).rejects.toMatchObject(fault('UNAVAILABLE', 'source', 'cannot be reached'));
      await expectNothing();
      trouble = undefined;
      expect(await client.loadModel(source)).toMatchObject({ id, state: 'MODEL_STATE_READY' });
    },
  );

  it('is told apart from a hub that is in trouble', async () => {
    const { client } = await start();
    for (const status of [500, 502, 503, 504, 429]) {
      trouble = (name, response) => name === 'onnx/model.onnx' && !!response.writeHead(status).end();
      await expect(client.loadModel(source)).rejects.toMatchObject(fault('UNAVAILABLE', 'source'));
    }
    for (const missing of ['onnx/model.onnx', 'tokenizer.json', 'config.json']) {
      trouble = (name, response) => name === missing && !!response.writeHead(404).end();
      await expect(client.loadModel(source)).rejects.toMatchObject(fault('INVALID_INPUT', 'source', missing));
    }
    trouble = (name, response) => name === 'onnx/model.onnx' && !!response.end('<html>log in first</html>');
    await expect(client.loadModel(source)).rejects.toMatchObject(fault('INVALID_INPUT', 'source'));
    await expect(client.loadModel({ source: 'owner/name' })).rejects.toMatchObject(fault('INVALID_INPUT', 'revision'));
    await expect(client.loadModel({ source: 'owner/name', revision: 'main' })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'revision', '40 hexadecimal digits'),
    );
    await expectNothing();
  });

  it('is fetched once by calls at the same time, in one process and in several', async () => {
    const replicas = await Promise.all([start(), start()]);
    trouble = (name, response, content) => {
      if (name !== 'onnx/model.onnx') return false;
      setTimeout(() => response.end(content), 1000); // long enough for all to come
      return true;
    };
    const calls = replicas.flatMap(({ client }) => [client.loadModel(source), client.loadModel(source)]);
    for (const model of await Promise.all(calls)) expect(model).toMatchObject({ id, state: 'MODEL_STATE_READY' });
    expect(downloads()).toBe(1);
    expect(await readdir(join(store, '.fetching'))).toEqual([]);
  });

  it('fails for the wrong hash of one call, and not for the other that came at the same time', async () => {
    const { client } = await start();
    const [wrong, fine] = await Promise.allSettled([
      client.loadModel({ ...source, contentHash: 'c'.repeat(64) }),
      client.loadModel(source),
    ]);
    expect(wrong).toMatchObject({ status: 'rejected', reason: fault('INVALID_INPUT', 'content_hash') });
    expect(fine).toMatchObject({ status: 'fulfilled', value: { id, state: 'MODEL_STATE_READY' } });
  });

  it('is not half there after a kill, and what was left behind is cleared away', async () => {
    const { client, program } = await start();
    trouble = (name, response, content) => {
      if (name !== 'onnx/model.onnx' || content === undefined) return false;
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, content.length >> 1)); // and then nothing
      return true;
    };
    const call = client.loadModel(source).catch(() => undefined);
    while (downloads() === 0) await delay(20);
    await delay(100);
    program.kill('SIGKILL');
    await call;
    client.close();
    expect(existsSync(join(store, id))).toBe(false);
    expect(await readdir(join(store, '.fetching'))).not.toEqual([]);

    trouble = undefined;
    const next = await start();
    expect((await next.client.listModels({})).models.map((model) => model.id)).toEqual(['cairn-encoder-v2']);
    expect(await next.client.loadModel(source)).toMatchObject({ id, state: 'MODEL_STATE_READY' });
    expect(await readdir(join(store, '.fetching'))).toEqual([]);
  });
});

describe('without a network', () => {
  it.each([
    ['HUB_OFFLINE=1', { HUB_OFFLINE: '1' }],
    ['an empty HUB_URL', { HUB_URL: '' }],
  ])('%s refuses what is not in the store at once, and says what to do', async (_name, settings) => {
    const { client } = await start(settings);
    await expect(client.loadModel(source, { deadlineMs: 2000 })).rejects.toMatchObject(
      fault('INVALID_INPUT', 'source', `offline .* Put its folder into the model store as ${id}`),
    );
    expect(asked).toEqual([]);
  });

  it('a hub that does not answer is told of as such', async () => {
    const { client } = await start({ HUB_URL: `http://127.0.0.1:${await freePort()}` });
    await expect(client.loadModel(source)).rejects.toMatchObject(fault('UNAVAILABLE', 'source', 'Without a network'));
  });
});
