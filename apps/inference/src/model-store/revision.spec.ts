import { appendFile, cp, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModel, encodeModel, separateData } from '@cairn/onnx-graph';
import { randomEncoderModel, writeRandomEncoder } from '../../../../test/support/random-encoder.js';
import { repository } from '../../../../test/support/repository.js';
import { checkContent, checkUnchanged, toContentHash } from './content-hash.js';
import { revisionOf } from './revision.js';

const shape = { layers: 1, hidden: 8, heads: 2, intermediate: 8, vocab: 60, maxPosition: 16 };
let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'cairn-revision-'));
  folder = join(parent, 'model');
  await writeRandomEncoder(folder, shape);
});
afterEach(() => rm(parent, { recursive: true, force: true }));

describe('revisionOf', () => {
  it('is for the bundled encoder what stored vectors say', async () => {
    // SHA-256 over "name\0size\0content" of config.json, tokenizer.json, tokenizer_config.json and onnx/model.onnx, by
    // Python's hashlib. Another value would make every vector in every installation one of an unknown encoder.
    expect(await revisionOf(join(repository, 'models/cairn-encoder-v2'))).toBe(
      '5e0367cc934fd458b4e6161a0688c25c7c94f3fe7eab5c84419f6f0bde3b82aa',
    );
  });

  it('is of the content, wherever it lies', async () => {
    const copy = join(parent, 'copy');
    await cp(folder, copy, { recursive: true });
    expect(await revisionOf(copy)).toBe(await revisionOf(folder));
  });

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'])(
    'changes with %s',
    async (name) => {
      const before = await revisionOf(folder);
      await appendFile(join(folder, name), ' ');
      expect(await revisionOf(folder)).not.toBe(before);
    },
  );

  it('changes with bytes that leave size and time as they were', async () => {
    const file = join(folder, 'tokenizer_config.json');
    const time = new Date(2020, 1, 1);
    await writeFile(file, '{"model_max_length": 10}');
    await utimes(file, time, time);
    const before = await revisionOf(folder);
    await writeFile(file, '{"model_max_length": 12}');
    await utimes(file, time, time);
    expect(await revisionOf(folder)).not.toBe(before);
  });

  it('stays with files that change no vector', async () => {
    const before = await revisionOf(folder);
    await mkdir(join(folder, '1_Pooling'));
    await writeFile(join(folder, '1_Pooling/config.json'), '{"pooling_mode_cls_token": true}'); // told in provenance
    await writeFile(join(folder, 'README.md'), 'A card.');
    await writeFile(join(folder, 'golden.json'), '{}');
    await writeFile(join(folder, 'onnx/model_quantized.onnx'), 'another one');
    expect(await revisionOf(folder)).toBe(before);
  });

  it.each(['model.onnx_data', 'weights.bin'])('sees weights that lie in %s', async (name) => {
    const model = decodeModel(randomEncoderModel({ ...shape, vocab: 300 }));
    const data = Buffer.concat(separateData(model, name));
    await writeFile(join(folder, 'onnx/model.onnx'), encodeModel(model));
    await writeFile(join(folder, 'onnx', name), data);
    const before = await revisionOf(folder);
    data[data.length - 1] ^= 1;
    await writeFile(join(folder, 'onnx', name), data);
    expect(await revisionOf(folder)).not.toBe(before);
  });
});

describe('content hashes', () => {
  it('are given back as the revision they are, in small letters', async () => {
    const revision = await revisionOf(folder);
    expect(await checkContent(folder, toContentHash(revision.toUpperCase()), 'model')).toBe(revision);
    expect(await checkContent(folder, toContentHash(''), 'model')).toBe(revision);
  });

  it('refuse other content, and what is no hash', async () => {
    const expected = { code: 'INVALID_INPUT', details: { field: 'content_hash' } };
    await expect(checkContent(folder, 'a'.repeat(64), 'model')).rejects.toMatchObject(expected);
    for (const hash of ['abc', 'g'.repeat(64), ` ${'a'.repeat(64)}`])
      expect(() => toContentHash(hash)).toThrow('64 hexadecimal digits');
  });

  it('notice files that change between hashing and use', async () => {
    const revision = await revisionOf(folder);
    await checkUnchanged(folder, revision);
    await appendFile(join(folder, 'config.json'), '\n');
    await expect(checkUnchanged(folder, revision)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { field: 'source' },
    });
  });
});
