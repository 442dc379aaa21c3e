/** The program in front of a model server: folders without weights, and new versions that appear there. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KserveServer } from '../../../test/support/kserve-server.js';
import { writeRandomEncoder } from '../../../test/support/random-encoder.js';
import { repository } from '../../../test/support/repository.js';
import { killAll, startInference, type RunningInference } from '../../../test/support/running-inference.js';

jest.setTimeout(120_000);
const bundled = join(repository, 'models/cairn-encoder-v2');
let folder: string;
let server: KserveServer;
let service: RunningInference;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-kserve-models-'));
  await cp(bundled, join(folder, 'models/cairn-encoder-v2'), {
    recursive: true,
    filter: (file) => !file.endsWith('.onnx'),
  });
  const small = { layers: 1, hidden: 16, heads: 2, intermediate: 32, vocab: 60, maxPosition: 16 };
  await writeRandomEncoder(join(folder, 'small'), small);
  await cp(join(folder, 'small'), join(folder, 'store/small'), {
    recursive: true,
    filter: (file) => !file.endsWith('.onnx'),
  });
  server = await KserveServer.start(served('1'));
  service = await startInference({
    BUNDLED_MODELS: join(folder, 'models'),
    MODEL_STORE: join(folder, 'store'),
    INFERENCE_BACKEND: 'kserve',
    KSERVE_URL: server.url,
    MODEL_MEMORY_LIMIT_MB: '1', // the weights are elsewhere
  });
});
afterAll(async () => {
  service?.client.close();
  killAll();
  await server?.kill();
  await rm(folder, { recursive: true, force: true });
});

const served = (...versions: string[]) => [
  { name: 'cairn-encoder-v2', file: join(bundled, 'onnx/model.onnx'), versions },
  { name: 'small', file: join(folder, 'small/onnx/model.onnx') },
];

describe('in front of a model server', () => {
  it('loads folders without weights and keeps to the golden vectors', async () => {
    const { client } = service;
    const { models } = await client.listModels({});
    expect(models.map(({ id, state }) => [id, state])).toEqual([
      ['cairn-encoder-v2', 'MODEL_STATE_READY'],
      ['small', 'MODEL_STATE_AVAILABLE'],
    ]);
    expect(models[0].goldenDifference).toBeLessThan(1e-4);
    expect(await client.loadModel({ source: 'small' })).toMatchObject({ state: 'MODEL_STATE_READY', dimension: 16 });
    const { vectors } = await client.embed({ texts: ['why'], options: { model: 'small' } });
    expect(vectors?.dimension).toBe(16);
  });

  it('takes a new version of the server when the model is loaded again, under load, without one failed request', async () => {
    const { client } = service;
    const revisions: string[] = [];
    let stopped = false;
    const clients = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!stopped) {
          const { vectors, errors } = await client.embed({ texts: ['How do I reset my password?', 'Why?'] });
          expect(errors).toEqual([]);
          revisions.push(vectors?.provenance?.revision as string);
        }
      }),
    );
    const more = async () => {
      const until = revisions.length + 20;
      while (revisions.length < until) await Promise.race([delay(5), clients]);
    };
    await more();
    const before = await client.getModel({ id: '' });
    await server.behave({ models: served('1', '2') });
    await more();
    // What is pinned stays until somebody says so.
    expect(new Set(revisions)).toEqual(new Set([before.revision]));
    const after = await client.loadModel({ source: 'cairn-encoder-v2' });
    expect(after.revision).not.toBe(before.revision);
    await more();
    await more();
    stopped = true;
    await clients;
    expect(new Set(revisions)).toEqual(new Set([before.revision, after.revision]));
    expect(revisions.at(-1)).toBe(after.revision);
    expect((await server.counts()).lastVersion).toBe('2');
  });

  it('goes on with the version it has if the server no longer has the model', async () => {
    const { client } = service;
    const before = await client.getModel({ id: '' });
    await server.behave({ models: served('2').slice(1) });
    await expect(client.loadModel({ source: 'cairn-encoder-v2' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'source' },
    });
    expect(await client.getModel({ id: '' })).toMatchObject({ state: 'MODEL_STATE_READY', revision: before.revision });
    await server.behave({ models: served('2') });
    expect((await client.embed({ texts: ['Still there?'] })).errors).toEqual([]);
  });
});
