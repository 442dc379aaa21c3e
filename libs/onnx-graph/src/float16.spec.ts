/** @jest-environment ./test/environments/onnx.js */
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { randomEncoderModel } from '../../../test/support/random-encoder.js';
import { fromFloat16, restoreFloat32, storeFloat16, toFloat16 } from './float16.js';
import { GraphBuilder, int } from './graph-builder.js';
import { decodeModel, elementTypes, encodeModel, type ModelProto } from './model.js';
import { prepareEncoder } from './prepare-encoder.js';
import { makeTensor, tensorValues } from './tensor.js';

/** Float32 values and the bits of their float16, from Python's struct.pack('<e', value), which rounds ties to even. */
const roundings: [number, number][] = [
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [1 / 3, 0x3555],
  [0.1, 0x2e66],
  [2049, 0x6800], // a tie, to the even one below
  [2051, 0x6802], // a tie, to the even one above
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [2 ** -14, 0x0400], // smallest normal
  [6.097555160522461e-5, 0x03ff], // largest subnormal
  [2 ** -15, 0x0200],
  [3 * 2 ** -25, 0x0002], // a tie between two subnormals
  [2 ** -24, 0x0001], // smallest subnormal
  [2.980530261993408e-8, 0x0001], // just above half of it
  [2 ** -25, 0x0000], // half of it: a tie, to zero
  [1e-8, 0x0000],
  [-1e-45, 0x8000],
];

const allHalves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

/** A graph that casts what it is given. */
async function cast(from: 'float32' | 'float16', to: 'float32' | 'float16', data: Float32Array | Uint16Array) {
  const builder = new GraphBuilder('cast');
  const [y] = builder.node('Cast', [builder.input('x', from, ['n'])], { attributes: { to: int(elementTypes[to]) } });
  builder.output(y, to, ['n']);
  const session = await InferenceSession.create(builder.bytes(), { intraOpNumThreads: 1 });
  const x =
    from === 'float32' ? new Tensor('float32', data as Float32Array) : new Tensor('float16', data as Uint16Array);
  const { [y]: output } = await session.run({ x });
  await session.release();
  return output.data;
}

/** y = x · weights [rows, 64], the weights listed as an input too, as old exports do. */
function productModel(rows: number, weights: Float32Array<ArrayBuffer>): ModelProto {
  const builder = new GraphBuilder('product');
  const x = builder.input('x', 'float32', ['n', rows]);
  const w = builder.constant('weights', 'float32', [rows, 64], weights);
  builder.node('MatMul', [x, w], { outputs: ['y'] });
  builder.output('y', 'float32', ['n', 64]);
  const model = builder.model();
  model.graph!.input.push({
    name: 'weights',
    type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: rows }, { dimValue: 64 }] } } },
    metadataProps: [],
  });
  return model;
}

const firstColumnOf = async (model: ModelProto, rows: number) => {
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { y } = await session.run({ x: new Tensor('float32', new Float32Array(rows).fill(1), [1, rows]) });
  await session.release();
  return (y.data as Float32Array)[0];
};

describe('float16', () => {
  it.each(roundings)('rounds %d as IEEE 754 says', (value, bits) => {
    expect(toFloat16(Float32Array.of(value))[0]).toBe(bits);
  });

  it('is infinite from halfway beyond the largest on, and keeps what is no number', () => {
    expect([...toFloat16(Float32Array.of(65520, -65520, 1e38, Infinity, -Infinity))]).toEqual([
      0x7c00, 0xfc00, 0x7c00, 0x7c00, 0xfc00,
    ]);
    expect(fromFloat16(toFloat16(Float32Array.of(NaN)))[0]).toBeNaN();
  });

  it('reads all 65,536 values as ONNX Runtime does, and writes each back as it was', async () => {
    const values = fromFloat16(allHalves);
    expect(values).toEqual(await cast('float16', 'float32', allHalves));
    const isNumber = (_: number, i: number) => !Number.isNaN(values[i]);
    expect(toFloat16(values).filter(isNumber)).toEqual(allHalves.filter(isNumber));
  });

  it('rounds every tie, and what lies just beside it, as ONNX Runtime does', async () => {
    // 0x7bff is the largest finite one.
    const ties = Array.from({ length: 0x7bff }, (_, bits) => {
      const [below, above] = fromFloat16(Uint16Array.of(bits, bits + 1));
      return (below + above) / 2;
    });
    const values = Float32Array.from(ties.flatMap((tie) => [tie, -tie, tie * (1 + 2 ** -22), tie * (1 - 2 ** -22)]));
    expect(toFloat16(values)).toEqual(Uint16Array.from((await cast('float32', 'float16', values)) as Uint16Array));
  });

  it('rounds any float32 as ONNX Runtime does', async () => {
    const given: number[] = [];
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true, min: -1, max: 1 }), (any, small) => {
        given.push(any, small, Math.fround(small * 1e-4));
      }),
      { seed: 21, numRuns: 3000 },
    );
    const values = Float32Array.from(given);
    expect(toFloat16(values)).toEqual(Uint16Array.from((await cast('float32', 'float16', values)) as Uint16Array));
  });
});

describe('a model stored as float16', () => {
  const weights = Float32Array.from({ length: 32 * 64 }, (_, i) => Math.sin(i));

  it('halves its matrices and computes with the rounded ones', async () => {
    const model = productModel(32, weights);
    expect(storeFloat16(model)).toEqual({ tensors: 1, kept: [] });
    const [stored] = model.graph!.initializer;
    expect(stored).toMatchObject({ name: 'weights_float16', dataType: elementTypes.float16, dims: [32, 64] });
    expect(stored.rawData).toHaveLength(2 * weights.length);
    const rounded = fromFloat16(toFloat16(weights));
    let expected = 0;
    for (let row = 0; row < 32; row++) expected += rounded[row * 64];
    expect(await firstColumnOf(decodeModel(encodeModel(model)), 32)).toBeCloseTo(expected, 5);
  });

  it('gives back float32 constants for those who rewrite it', async () => {
    const model = productModel(32, weights);
    storeFloat16(model);
    expect(restoreFloat32(model)).toBe(1);
    expect(model.graph!.node.map(({ opType }) => opType)).toEqual(['MatMul']);
    expect(model.graph!.initializer.map(({ name }) => name)).toEqual(['weights']);
    const [restored] = model.graph!.initializer;
    (tensorValues(restored) as Float32Array).forEach((value, i) => {
      // Half a unit in the last of eleven bits.
      expect(Math.abs(value - weights[i])).toBeLessThanOrEqual(Math.max(Math.abs(weights[i]) * 2 ** -11, 2 ** -25));
    });
    expect(await firstColumnOf(model, 32)).toBeCloseTo(
      weights.filter((_, i) => i % 64 === 0).reduce((a, b) => a + b),
      2,
    );
  });

  it.each([
    ['a value beyond 65,504', (values: Float32Array) => values.fill(65_505, 70, 71)],
    ['infinity', (values: Float32Array) => values.fill(-Infinity, 70, 71)],
    ['no number', (values: Float32Array) => values.fill(NaN, 70, 71)],
    ['nothing but values that would lose most of their bits', (values: Float32Array) => values.fill(3e-7)],
  ])('keeps a matrix with %s as it is', (_, spoil) => {
    const values = Float32Array.from(weights);
    spoil(values);
    const model = productModel(32, values);
    const before = encodeModel(model);
    expect(storeFloat16(model)).toEqual({ tensors: 0, kept: ['weights'] });
    expect(encodeModel(model)).toEqual(before);
  });

  it('takes a matrix whose largest value is 65,504, and one of zeros', () => {
    const edge = Float32Array.from(weights).fill(-65_504, 5, 6);
    expect(storeFloat16(productModel(32, edge)).tensors).toBe(1);
    expect(storeFloat16(productModel(32, new Float32Array(2048))).tensors).toBe(1);
  });

  it('leaves vectors, small matrices and other types alone, and takes no name that is there', () => {
    const model = productModel(32, weights);
    const others = [
      makeTensor('bias', 'float32', [5000], new Float32Array(5000)),
      makeTensor('small', 'float32', [8, 8], new Float32Array(64)),
      makeTensor('ids', 'int64', [64, 64], new BigInt64Array(4096)),
      makeTensor('weights_float16', 'float32', [1], new Float32Array(1)),
    ];
    model.graph!.initializer.push(...others);
    storeFloat16(model);
    expect(model.graph!.initializer.slice(1)).toEqual(others);
    expect(model.graph!.initializer[0].name).toBe('weights_float16_1');
  });

  it.each(['nodes', 'initializers'] as const)('is prepared like the float32 one (constants as %s)', (constants) => {
    const sizes = { layers: 2, hidden: 32, heads: 4, intermediate: 64, vocab: 100, maxPosition: 32 };
    const bytes = randomEncoderModel({ ...sizes, layerNorm: 'decomposed', constants });
    const [float32, float16] = [decodeModel(bytes), decodeModel(bytes)];
    expect(storeFloat16(float16).tensors).toBeGreaterThan(12);
    expect(encodeModel(float16).byteLength).toBeLessThan(0.75 * bytes.byteLength);
    expect(prepareEncoder(float16, sizes)).toEqual(prepareEncoder(float32, sizes));
    const operators = ({ graph }: ModelProto) => graph!.node.map(({ opType }) => opType);
    expect(operators(float16)).toEqual(operators(float32));
  });
});
