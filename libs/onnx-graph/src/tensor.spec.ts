import { decodeModel, encodeModel, elementTypes, type TensorProto } from './model.js';
import { makeTensor, tensorValues, type TensorArray, type TensorElementType } from './tensor.js';

const samples: [TensorElementType, TensorArray][] = [
  ['float32', Float32Array.of(1.5, -2, Infinity)],
  ['float64', Float64Array.of(1e300, -0.1, 3)],
  ['int8', Int8Array.of(-128, 0, 127)],
  ['uint8', Uint8Array.of(0, 1, 255)],
  ['bool', Uint8Array.of(0, 1, 1)],
  ['int16', Int16Array.of(-3, 2, 1)],
  ['uint16', Uint16Array.of(65535, 2, 1)],
  ['int32', Int32Array.of(-3, 2, 2 ** 31 - 1)],
  ['uint32', Uint32Array.of(2 ** 32 - 1, 2, 1)],
  ['int64', BigInt64Array.of(-(2n ** 63n), 2n, 2n ** 63n - 1n)],
  ['uint64', BigUint64Array.of(2n ** 64n - 1n, 2n, 3n)],
];

function written(tensor: TensorProto): TensorProto {
  const model = decodeModel(Uint8Array.of(0x3a, 0));
  model.graph?.initializer.push(tensor);
  return decodeModel(encodeModel(model)).graph?.initializer[0] as TensorProto;
}

describe('tensors', () => {
  it.each(samples)('keep their values as raw bytes: %s', (type, values) => {
    expect(tensorValues(written(makeTensor('t', type, [1, 3], values)))).toEqual(values);
  });

  it.each([
    ['float32', { floatData: [1.5, -2] }, Float32Array.of(1.5, -2)],
    ['float64', { doubleData: [0.1] }, Float64Array.of(0.1)],
    ['int32', { int32Data: [-1] }, Int32Array.of(-1)],
    ['bool', { int32Data: [1, 0] }, Uint8Array.of(1, 0)],
    ['int64', { int64Data: [2n ** 62n, -1] }, BigInt64Array.of(2n ** 62n, -1n)],
    ['uint32', { uint64Data: [2 ** 32 - 1] }, Uint32Array.of(2 ** 32 - 1)],
    ['uint64', { uint64Data: [2n ** 64n - 1n] }, BigUint64Array.of(2n ** 64n - 1n)],
  ] as [TensorElementType, Partial<TensorProto>, TensorArray][])(
    'are read from the field of their type: %s',
    (type, data, expected) => {
      const empty = makeTensor('t', 'float32', [0], new Float32Array(0));
      delete empty.rawData;
      const dims = [expected.length];
      expect(tensorValues(written({ ...empty, ...data, dims, dataType: elementTypes[type] }))).toEqual(expected);
    },
  );

  it('are read from bytes at any alignment', () => {
    const tensor = makeTensor('t', 'float32', [2], Float32Array.of(3, 4));
    const shifted = new Uint8Array(9);
    shifted.set(tensor.rawData as Uint8Array, 1);
    expect(tensorValues({ ...tensor, rawData: Buffer.from(shifted.buffer, 1, 8) })).toEqual(Float32Array.of(3, 4));
  });

  it('are refused where their data is elsewhere or of a type without an array', () => {
    const tensor = makeTensor('t', 'float32', [1], Float32Array.of(1));
    expect(() => tensorValues({ ...tensor, externalData: [{ key: 'location', value: 'x' }] })).toThrow('another file');
    expect(() => tensorValues({ ...tensor, dataType: elementTypes.float16 })).toThrow('float16');
  });

  it('are refused where there are fewer or more than the shape says', () => {
    const tensor = makeTensor('t', 'float32', [2], Float32Array.of(1, 2));
    for (const dims of [[], [1], [3], [-2], [2 ** 40]])
      expect(() => tensorValues({ ...tensor, dims })).toThrow(RangeError);
    expect(() => tensorValues({ ...tensor, rawData: tensor.rawData?.subarray(0, 7) })).toThrow('another length');
    expect(() => tensorValues({ ...tensor, rawData: undefined, floatData: [1] })).toThrow('another length');
  });
});
