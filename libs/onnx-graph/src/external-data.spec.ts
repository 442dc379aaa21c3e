/** @jest-environment ./test/environments/onnx.js */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { includeData, nonFiniteTensor, separateData } from './external-data.js';
import { GraphBuilder } from './graph-builder.js';
import { decodeModel, encodeModel, type ModelProto } from './model.js';
import { makeTensor } from './tensor.js';

/** y = x · a · b with matrices [32, 32], beside a small constant. */
function model(): ModelProto {
  const builder = new GraphBuilder('two products');
  const matrix = (name: string, by: number) =>
    builder.constant(
      name,
      'float32',
      [32, 32],
      Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i * by) / 4),
    );
  const x = builder.input('x', 'float32', ['n', 32]);
  const one = builder.constant('one', 'float32', [], Float32Array.of(1));
  const [first] = builder.node('MatMul', [x, matrix('a', 1)]);
  const [second] = builder.node('MatMul', [first, matrix('b', 2)]);
  builder.node('Add', [second, one], { outputs: ['y'] });
  builder.output('y', 'float32', ['n', 32]);
  return builder.model();
}

const x = new Tensor('float32', Float32Array.from({ length: 64 }, Math.cos), [2, 32]);

async function run(given: Uint8Array | string): Promise<Float32Array> {
  // Two signatures, one for a path and one for bytes.
  const session = await (typeof given === 'string' ? InferenceSession.create(given) : InferenceSession.create(given));
  const { y } = await session.run({ x });
  await session.release();
  return Float32Array.from(y.data as Float32Array);
}

/** A model whose tensor [4] says that its data is at a place. */
function elsewhere(place: Record<string, string>): ModelProto {
  const builder = new GraphBuilder('elsewhere');
  const result = builder.model();
  const tensor = makeTensor('weights', 'float32', [4], new Float32Array(4));
  delete tensor.rawData;
  tensor.externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
  tensor.dataLocation = 1;
  result.graph!.initializer.push(tensor);
  return result;
}

describe('data in other files', () => {
  it('leaves a model that ONNX Runtime runs, and comes back as it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-external-'));
    try {
      const before = encodeModel(model());
      const separated = model();
      const data = Buffer.concat(separateData(separated, 'model.onnx_data'));
      writeFileSync(join(folder, 'model.onnx'), encodeModel(separated));
      writeFileSync(join(folder, 'model.onnx_data'), data);
      expect(encodeModel(separated).byteLength).toBeLessThan(1024);
      expect(await run(join(folder, 'model.onnx'))).toEqual(await run(before));

      const asked: string[] = [];
      includeData(separated, (location) => {
        asked.push(location);
        return data;
      });
      expect(asked).toEqual(['model.onnx_data']); // once, though two tensors lie there
      expect(Buffer.compare(encodeModel(separated), before)).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('begins each tensor at a page border, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200_000), { maxLength: 8 }), (sizes) => {
        const given = new GraphBuilder('sizes').model();
        for (const [i, size] of sizes.entries())
          given.graph!.initializer.push(makeTensor(`t${i}`, 'uint8', [size], new Uint8Array(size).fill(i + 1)));
        const before = encodeModel(given);
        const data = Buffer.concat(separateData(given, 'd'));
        for (const { externalData } of given.graph!.initializer)
          if (externalData.length > 0) expect(Number(externalData[1].value) % 65_536).toBe(0);
        includeData(given, () => data);
        expect(Buffer.compare(encodeModel(given), before)).toBe(0);
      }),
      { seed: 31, numRuns: 40 },
    );
  });

  it.each([
    '../weights',
    'a/../../weights',
    '/etc/hostname',
    '\\\\server\\share',
    'C:\\weights',
    'C:weights',
    '..\\weights',
    'weights\0.bin',
    '',
  ])('are not looked for outside of the folder: %j', (location) => {
    const read = jest.fn();
    expect(() => includeData(elsewhere({ location }), read)).toThrow('no file in the model');
    expect(read).not.toHaveBeenCalled();
  });

  it('are not looked for where no place is given', () => {
    expect(() => includeData(elsewhere({ offset: '0' }), () => new Uint8Array(16))).toThrow(RangeError);
  });

  it.each([
    ['a negative offset', { offset: '-16' }, 'no number of bytes'],
    ['an offset that is no number', { offset: '1e1' }, 'no number of bytes'],
    ['a length that is none', { length: '' }, 'no number of bytes'],
    ['an offset behind the end', { offset: '17' }, 'cut short'],
    ['a length beyond the end', { offset: '16', length: '16' }, 'ends at byte 32 of weights.bin, which has 16'],
    ['a length that does not fit the shape', { length: '12' }, 'has 12 bytes; it needs 16'],
    ['fewer bytes than the shape needs', { offset: '4' }, 'ends at byte 20 of weights.bin, which has 16'],
  ])('are refused with %s', (_, place, message) => {
    const given = elsewhere({ location: 'weights.bin', ...place });
    expect(() => includeData(given, () => new Uint8Array(16))).toThrow(RangeError);
    expect(() => includeData(given, () => new Uint8Array(16))).toThrow(message);
  });

  it('are read from a folder below, to where the shape says if no length is given', () => {
    const given = elsewhere({ location: 'sub/weights.bin', offset: '8' });
    const read = jest.fn(() => Uint8Array.from({ length: 40 }, (_, i) => i));
    includeData(given, read);
    expect(read).toHaveBeenCalledWith('sub/weights.bin');
    expect([...given.graph!.initializer[0].rawData!]).toEqual(Array.from({ length: 16 }, (_, i) => i + 8));
  });
});

describe('nonFiniteTensor', () => {
  const holding = (values: number[], shift: number) => {
    const given = new GraphBuilder('weights').model();
    const tensor = makeTensor('weights', 'float32', [values.length], Float32Array.from(values));
    const bytes = new Uint8Array(4 * values.length + shift);
    bytes.set(tensor.rawData!, shift);
    given.graph!.initializer.push({ ...tensor, rawData: bytes.subarray(shift) });
    return given;
  };

  it.each([0, 1, 2, 3])('finds a weight that is no number, %d bytes from a word border', (shift) => {
    expect(nonFiniteTensor(holding([1, -3e38, 1e-45, 0], shift))).toBeUndefined();
    for (const value of [NaN, Infinity, -Infinity])
      for (const at of [0, 3]) expect(nonFiniteTensor(holding([1, 2, 3, 4].with(at, value), shift))).toBe('weights');
  });

  it('looks into values that are written as numbers, and lets single constants be', () => {
    const given = decodeModel(encodeModel(new GraphBuilder('numbers').model()));
    const tensor = makeTensor('mask', 'float32', [], Float32Array.of(-Infinity));
    given.graph!.initializer.push(tensor);
    expect(nonFiniteTensor(given)).toBeUndefined();
    const { rawData: _, ...bare } = makeTensor('numbers', 'float32', [2], new Float32Array(2));
    given.graph!.initializer.push({ ...bare, floatData: [1, NaN] });
    expect(nonFiniteTensor(given)).toBe('numbers');
  });
});
