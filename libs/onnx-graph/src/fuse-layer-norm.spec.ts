/** @jest-environment ./test/environments/onnx.js */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { fuseLayerNorms } from './fuse-layer-norm.js';
import { GraphBuilder, int, ints } from './graph-builder.js';
import { removeUnused } from './graph-index.js';
import { encodeModel, type ModelProto } from './model.js';

const hidden = 5;
const gamma = Float32Array.of(1, 2, 0.5, -1, 3);
const beta = Float32Array.of(0, 1, -1, 0.25, 2);

interface Form {
  readonly opset?: number;
  readonly epsilon?: number;
  /** Of both means. */
  readonly axis?: number;
  readonly exponent?: number;
  readonly square?: 'Pow' | 'Mul';
  /** The difference is computed once for the variance and once for what is divided, as PyTorch did before 1.2. */
  readonly differences?: 1 | 2;
  /** Gamma and beta in front. */
  readonly swapped?: boolean;
  readonly gammaDims?: number[];
  /** What the variance is taken of: y - mean(x) is no layer normalisation. */
  readonly of?: 'x' | 'other';
}

/** Layer normalisation of x [2, 3, 5], spelt out. */
function modelOf(form: Form = {}): ModelProto {
  const { opset = 17, epsilon = 1e-5, axis = -1, exponent = 2, square = 'Pow', differences = 1 } = form;
  const builder = new GraphBuilder('norm', opset);
  const x = builder.input('x', 'float32', [2, 3, hidden]);
  const other = builder.input('other', 'float32', [2, 3, hidden]);
  const number = (name: string, value: number) => builder.constant(name, 'float32', [], Float32Array.of(value));
  const [g, b] = [
    builder.constant('gamma', 'float32', form.gammaDims ?? [hidden], gamma),
    builder.constant('beta', 'float32', [hidden], beta),
  ];
  const op = (opType: string, ...inputs: string[]): string => builder.node(opType, inputs)[0];
  const axes = opset >= 18 ? [builder.constant('axes', 'int64', [1], BigInt64Array.of(BigInt(axis)))] : [];
  const mean = (of: string): string =>
    builder.node('ReduceMean', [of, ...axes], {
      attributes: { keepdims: int(1), ...(opset < 18 && { axes: ints([axis]) }) },
    })[0];
  const centred = op('Sub', x, mean(x));
  const again = form.of === 'other' ? op('Sub', other, mean(x)) : differences === 2 ? op('Sub', x, mean(x)) : centred;
  const squared = square === 'Pow' ? op('Pow', again, number('two', exponent)) : op('Mul', again, again);
  const deviation = op('Sqrt', op('Add', mean(squared), number('epsilon', epsilon)));
  const normal = op('Div', centred, deviation);
  const last = form.swapped ? [b, op('Mul', g, normal)] : [op('Mul', normal, g), b];
  builder.node('Add', last, { outputs: ['y'] });
  builder.output('y', 'float32', [2, 3, hidden]);
  return builder.model();
}

const values = Float32Array.from({ length: 30 }, (_, i) => Math.sin(i * i) * 3 + (i % 7));

async function run(model: ModelProto): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(model), { graphOptimizationLevel: 'disabled' });
  const x = new Tensor('float32', values, [2, 3, hidden]);
  const feeds = Object.fromEntries(session.inputNames.map((name) => [name, x]));
  const { y } = await session.run(feeds);
  await session.release();
  return Float32Array.from(y.data as Float32Array);
}

/** By the definition, in double precision. */
function expected(epsilon: number): number[] {
  const result: number[] = [];
  for (let row = 0; row < 6; row++) {
    const x = Array.from(values.subarray(row * hidden, (row + 1) * hidden));
    const mean = x.reduce((sum, value) => sum + value, 0) / hidden;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / hidden;
    x.forEach((value, i) => result.push(((value - mean) / Math.sqrt(variance + epsilon)) * gamma[i] + beta[i]));
  }
  return result;
}

describe('layer normalisation spelt out', () => {
  const forms: Record<string, Form> = {
    'as exporters write it': {},
    'with a product for the square': { square: 'Mul' },
    'with two differences': { differences: 2 },
    'with its vectors in front': { swapped: true },
    'with a large epsilon': { epsilon: 1 },
    'in opset 11, where the standard has no such operator': { opset: 11 },
    'in opset 18, where axes are an input': { opset: 18 },
    'in opset 20': { opset: 20 },
  };
  it.each(Object.entries(forms))('%s, becomes one operator with the same values', async (_name, form) => {
    const model = modelOf(form);
    expect(fuseLayerNorms(model)).toBe(1);
    removeUnused(model.graph!);
    expect(model.graph!.node.map(({ opType }) => opType)).toEqual(['LayerNormalization']);
    const wanted = expected(form.epsilon ?? 1e-5);
    (await run(model)).forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 4));
  });

  const others: Record<string, Form> = {
    'over another axis': { axis: 1 },
    'with a cube': { exponent: 3 },
    'with a variance of something else': { of: 'other' },
    'with a gain for each row and component': { gammaDims: [1, hidden] },
  };
  it.each(Object.entries(others))('%s, is something else and left alone', (_name, form) => {
    const model = modelOf(form);
    const before = encodeModel(model);
    expect(fuseLayerNorms(model)).toBe(0);
    expect(Buffer.compare(encodeModel(model), before)).toBe(0);
  });

  it('leaves what others read beside it', async () => {
    const model = modelOf();
    const centred = model.graph!.node.find(({ opType }) => opType === 'Sub')!.output[0];
    model.graph!.output.push({ ...model.graph!.output[0], name: centred });
    expect(fuseLayerNorms(model)).toBe(1);
    removeUnused(model.graph!);
    expect(model.graph!.node.map(({ opType }) => opType)).toEqual(['ReduceMean', 'Sub', 'LayerNormalization']);
    const wanted = expected(1e-5);
    (await run(model)).forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 4));
  });
});
