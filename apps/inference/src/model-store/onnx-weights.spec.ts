import { mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeModel,
  elementTypes,
  encodeModel,
  makeTensor,
  quantizeDynamic,
  separateData,
  storeFloat16,
  type ModelProto,
} from '@cairn/onnx-graph';
import { randomEncoderModel } from '../../../../test/support/random-encoder.js';
import { repository } from '../../../../test/support/repository.js';
import { readOnnxWeights } from './onnx-weights.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-onnx-weights-'));
  file = join(folder, 'model.onnx');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const small = randomEncoderModel({ layers: 2, hidden: 64, heads: 2, intermediate: 256, vocab: 300, maxPosition: 16 });

async function writeModel(change: (model: ModelProto) => void): Promise<void> {
  const model = decodeModel(small);
  change(model);
  await writeFile(file, encodeModel(model));
}

describe('readOnnxWeights', () => {
  it('tells float32, float16 and int8 apart as the engine writes them', async () => {
    const bundled = join(repository, 'models/cairn-encoder-v2/onnx/model.onnx');
    expect(await readOnnxWeights(bundled)).toEqual({ precision: 'float32', dataFiles: [] });
    await writeModel(() => undefined);
    expect((await readOnnxWeights(file)).precision).toBe('float32');
    await writeModel((model) => expect(storeFloat16(model).tensors).toBeGreaterThan(4));
    expect((await readOnnxWeights(file)).precision).toBe('float16');
    // The table of words stays as it is: most of what quantised encoders of large vocabularies have.
    await writeModel((model) => expect(quantizeDynamic(model, { embeddings: false }).products).toBeGreaterThan(4));
    expect((await readOnnxWeights(file)).precision).toBe('int8');
  });

  it('counts matrices, not the integers that shapes are made of', async () => {
    await writeModel(({ graph }) => {
      graph?.initializer.push(makeTensor('mask', 'uint8', [4, 4], new Uint8Array(16)));
      graph?.initializer.push(makeTensor('many', 'int8', [100_000], new Int8Array(100_000)));
    });
    expect((await readOnnxWeights(file)).precision).toBe('float32');
  });

  it('names the files that data lies in, and none outside of the folder', async () => {
    await writeModel((model) => {
      separateData(model, 'weights.bin');
      const [first, second] = model.graph!.initializer.filter(({ externalData }) => externalData.length > 0);
      first.externalData[0].value = 'a/part.bin';
      second.externalData[0].value = '../../etc/passwd';
    });
    expect((await readOnnxWeights(file)).dataFiles).toEqual(['a/part.bin', 'weights.bin']);
  });

  it('looks again when the file has changed', async () => {
    await writeModel(() => undefined);
    expect((await readOnnxWeights(file)).precision).toBe('float32');
    const { size } = await stat(file);
    await writeModel((model) => {
      for (const tensor of model.graph!.initializer) if (tensor.dims.length > 1) tensor.dataType = elementTypes.float16; // as many bytes
    });
    expect((await stat(file)).size).toBe(size);
    expect((await readOnnxWeights(file)).precision).toBe('float16');
  });

  it('skips the data of a file of gigabytes', async () => {
    // One tensor [16384, 32768] of float32, 2 GiB of nothing on disk: a hole.
    const bytes = 16384 * 32768 * 4;
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
    const delimited = (field: number, length: number) => [field * 8 + 2, ...varint(length)];
    const head = [0x08, ...varint(16384), 0x08, ...varint(32768), 0x10, 1, ...delimited(9, bytes)];
    const tensor = head.length + bytes;
    const graph = delimited(5, tensor).length + tensor;
    const start = [...delimited(7, graph), ...delimited(5, tensor), ...head];
    await writeFile(file, Uint8Array.from(start));
    const handle = await open(file, 'r+');
    await handle.truncate(start.length + bytes);
    await handle.close();
    expect(await readOnnxWeights(file)).toEqual({ precision: 'float32', dataFiles: [] });
  });

  it('knows nothing of files that are no ONNX, whole or not', async () => {
    for (const content of ['', '<html>not found</html>', 'version https://git-lfs.github.com/spec/v1\noid sha256:1']) {
      await writeFile(file, content);
      expect((await readOnnxWeights(file)).precision).toBeUndefined();
    }
    await writeModel(() => undefined);
    await truncate(file, 50_000);
    expect((await readOnnxWeights(file)).precision).toBeUndefined();
  });
});
