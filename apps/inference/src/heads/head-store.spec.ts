/** @jest-environment ./test/environments/onnx.js */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadStore } from './head-store.js';
import { classifyVectors } from './softmax-head.js';
import { packArrays } from './head-arrays.js';
import { recordOf } from './training-record.js';
import { trainHead, type TrainedHead, type TrainingSet } from './train-head.js';

const parameters = { l2: 0.01, classWeights: true, heldOut: 0.2, maxIterations: 50, seed: 42 };
const provenance = {
  encoderId: 'encoder',
  revision: 'f'.repeat(64),
  layer: -1,
  pooling: 'mean',
  normalized: true,
  dimension: 2,
};
const set: TrainingSet = {
  vectors: Float32Array.of(1, 0, 0.9, 0.1, 0.8, 0.3, 0, 1, 0.1, 0.9, 0.3, 0.8),
  dimension: 2,
  labels: Int32Array.of(0, 0, 0, 1, 1, 1),
  classCount: 2,
  classes: ['across', 'up'],
};
let trained: TrainedHead;
let folder: string;
let store: HeadStore;

beforeAll(async () => {
  trained = await trainHead(set, parameters, () => {});
});
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'cairn-heads-')), 'heads');
  store = new HeadStore(folder);
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

describe('HeadStore', () => {
  it('gives back what was put in, to another process too', async () => {
    const stored = await store.put(trained, provenance, parameters, '');
    const read = await new HeadStore(folder).get(stored.id);
    expect(read).toEqual(stored);
    expect(read.head).toEqual(trained.head);
    expect(read.head.memory?.values.length).toBe(12);
    expect(read.head).toMatchObject({ classes: ['across', 'up'], temperature: trained.head.temperature });
  });

  it('knows the same weights and settings again, whatever their parent', async () => {
    const first = await store.put(trained, provenance, parameters, '');
    const again = await store.put(trained, provenance, parameters, first.id);
    expect(again).toEqual(first);
    const other = await store.put(trained, { ...provenance, pooling: 'cls' }, parameters, '');
    expect(other.id).not.toBe(first.id);
    expect((await store.list()).map(({ id }) => id).sort()).toEqual([first.id, other.id].sort());
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('keeps the record of a training, which belongs to what the head is', async () => {
    const bare = await store.put(trained, provenance, parameters, '');
    expect(await store.record(bare.id)).toBeUndefined();
    const record = recordOf({ keys: Float64Array.of(1, 2, 3, 4, 5, 6), labels: set.labels }, [], [], 0);
    const kept = await store.put({ ...trained, record }, provenance, parameters, '');
    expect(kept.id).not.toBe(bare.id);
    expect(kept.dataHash).toMatch(/^[0-9a-f]{64}$/);
    expect(await new HeadStore(folder).record(kept.id)).toEqual(record);
    await expect(store.record('0'.repeat(32))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('keeps one head in use for each revision of an encoder', async () => {
    const head = await store.put(trained, provenance, parameters, '');
    expect(await store.inUse('encoder', provenance.revision)).toBeUndefined();
    await store.promote(head.id);
    expect((await store.inUse('encoder', provenance.revision))?.id).toBe(head.id);
    expect(await store.isInUse(head)).toBe(true);
    expect(await store.inUse('encoder', '0'.repeat(64))).toBeUndefined();
  });

  it('notices within a second what another process promoted', async () => {
    const one = await store.put(trained, provenance, parameters, '');
    const two = await store.put(trained, provenance, { ...parameters, seed: 1 }, '');
    await store.promote(one.id);
    expect(await store.isInUse(one)).toBe(true);
    await new HeadStore(folder).promote(two.id);
    await delay(1100);
    expect(await store.isInUse(two)).toBe(true);
  });

  it.each(['', 'nope', '../in-use', '0'.repeat(32)])('says NOT_FOUND to the id %j', async (id) => {
    await expect(store.get(id)).rejects.toMatchObject({ code: 'NOT_FOUND', details: { field: 'head_id' } });
  });

  it('does not answer with weights that were cut short', async () => {
    const { id } = await store.put(trained, provenance, parameters, '');
    await writeFile(join(folder, id, 'weights.bin'), Buffer.alloc(12));
    await expect(new HeadStore(folder).get(id)).rejects.toThrow('12 bytes');
  });

  it('still reads a head of before there were radii and a memory', async () => {
    const id = 'a'.repeat(32);
    const { weights, biases, centroids, classes, temperature } = trained.head;
    const unknown = { method: 'energy', threshold: 1.5, auroc: 0.9, unknownRecall: 0.8, knownRecall: 0.9 };
    const file = { format: 1, id, provenance, figures: trained.figures, unknown, parameters, parentHeadId: '' };
    await mkdir(join(folder, id), { recursive: true });
    await writeFile(join(folder, id, 'weights.bin'), packArrays({ weights, biases, centroids }));
    await writeFile(join(folder, id, 'head.json'), JSON.stringify({ ...file, createdAtMs: 1, classes, temperature }));
    const { head } = await store.get(id);
    expect(head).toEqual({
      ...{ classes, dimension: 2, temperature, weights, biases, centroids },
      unknown: { method: 'energy', threshold: 1.5 },
    });
    const [verdict] = classifyVectors(head, Float32Array.of(1, 0), 1);
    expect(verdict).toMatchObject({ detector: 'energy', classes: [{ label: 'across' }], nearest: { to: 'centroid' } });
  });
});
