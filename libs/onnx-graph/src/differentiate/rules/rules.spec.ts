/** @jest-environment ./test/environments/onnx.js */
import {
  gradientError,
  scattered,
  type GradientCase,
  type Op,
} from '../../../../../test/support/finite-differences.js';
import { float, int, ints, tensor, text } from '../../graph-builder.js';

const number = (op: Op, value: number): string =>
  op('Constant', [], { value: tensor('float32', [], Float32Array.of(value)) });
const list = (op: Op, ...values: number[]): string =>
  op('Constant', [], { value: tensor('int64', [values.length], BigInt64Array.from(values, BigInt)) });
const integer = (op: Op, value: number): string =>
  op('Constant', [], { value: tensor('int64', [], BigInt64Array.of(BigInt(value))) });

const positive = (i: number): number => Math.abs(scattered(i));
const matrix = { x: ['n', 'm'] };
const of = (opType: string, attributes = {}, more: Partial<GradientCase> = {}): GradientCase => ({
  inputs: matrix,
  build: (op) => op(opType, ['x'], attributes),
  ...more,
});
const two = (opType: string, x: GradientCase['inputs'][string], y: GradientCase['inputs'][string]): GradientCase => ({
  inputs: { x, y },
  build: (op) => op(opType, ['x', 'y']),
});
const withConstant = (build: (op: Op) => string, more: Partial<GradientCase> = {}): GradientCase => ({
  inputs: matrix,
  build,
  ...more,
});
const someTrue = { shape: ['n', 'm'], type: 'bool', at: (i: number) => i % 2 } as const;
const oneOf = (size: number) => (i: number) => (i * 7) % size;

const cases: Readonly<Record<string, GradientCase>> = {
  // Element by element.
  Identity: of('Identity'),
  'Cast to double and back': withConstant((op) => op('Cast', [op('Cast', ['x'], { to: int(11) })], { to: int(1) })),
  Add: two('Add', ['n', 'm'], ['n', 'm']),
  'Add, a row': two('Add', ['n', 'k', 'm'], ['m']),
  'Add, rows first': two('Add', ['m'], ['n', 'k', 'm']),
  'Add, both broadcast': two('Add', ['n', 1, 'm'], [1, 'k', 1]),
  'Add, of fewer axes with one of size 1': two('Add', ['n', 'k', 'm'], ['k', 1]),
  'Add of itself': withConstant((op) => op('Add', ['x', 'x'])),
  'Sum of three': { inputs: { x: ['n', 'm'], y: ['m'], z: ['n', 1] }, build: (op) => op('Sum', ['x', 'y', 'z']) },
  Sub: two('Sub', ['n', 'm'], ['n', 1]),
  Mul: two('Mul', ['n', 'm'], ['n', 'm']),
  'Mul, broadcast': two('Mul', ['n', 'k', 'm'], ['k', 1]),
  'Mul by itself': withConstant((op) => op('Mul', ['x', 'x'])),
  'Mul by a number': withConstant((op) => op('Mul', [number(op, -2.5), 'x'])),
  'Mul by a number with axes': withConstant((op) =>
    op('Mul', [op('Constant', [], { value: tensor('float32', [1, 1, 1], Float32Array.of(3)) }), 'x']),
  ),
  Div: two('Div', ['n', 'm'], ['n', 'm']),
  'Div, broadcast': two('Div', ['n', 'm'], ['m']),
  'Div by a number': withConstant((op) => op('Div', ['x', number(op, 4)])),
  'Div of a number': withConstant((op) => op('Div', [number(op, 4), 'x'])),
  'Pow 2': withConstant((op) => op('Pow', ['x', number(op, 2)])),
  'Pow 3': withConstant((op) => op('Pow', ['x', number(op, 3)])),
  'Pow 1': withConstant((op) => op('Pow', ['x', number(op, 1)])),
  'Pow 0.5': withConstant((op) => op('Pow', ['x', number(op, 0.5)]), { at: positive }),
  'Pow -1.5': withConstant((op) => op('Pow', ['x', number(op, -1.5)]), { at: positive }),
  Neg: of('Neg'),
  'Neg, used twice': withConstant((op) => op('Add', [op('Neg', ['x']), op('Mul', ['x', number(op, 3)])])),
  Abs: of('Abs'),
  Sqrt: of('Sqrt', {}, { at: positive }),
  Reciprocal: of('Reciprocal'),
  Exp: of('Exp'),
  Log: of('Log', {}, { at: positive }),
  Sin: of('Sin'),
  Cos: of('Cos'),
  Max: two('Max', ['n', 'm'], ['m']),
  Min: two('Min', ['n', 'm'], ['n', 1]),
  'Max with a number': withConstant((op) => op('Max', ['x', number(op, 0.1)])),
  Clip: withConstant((op) => op('Clip', ['x', number(op, -0.15), number(op, 0.15)])),
  'Clip below': withConstant((op) => op('Clip', ['x', number(op, 0.15)])),
  Where: {
    inputs: { x: ['n', 'm'], y: ['m'] },
    given: { c: someTrue },
    build: (op) => op('Where', ['c', 'x', 'y']),
  },
  'Where of a number': {
    inputs: matrix,
    given: { c: someTrue },
    build: (op) => op('Where', ['c', number(op, -9), 'x']),
  },
  // Activations.
  Tanh: of('Tanh'),
  Sigmoid: of('Sigmoid'),
  Erf: of('Erf'),
  Softplus: of('Softplus'),
  Relu: of('Relu'),
  LeakyRelu: of('LeakyRelu', { alpha: float(0.2) }),
  Elu: of('Elu', { alpha: float(0.7) }),
  Gelu: of('microsoft.Gelu'),
  'Gelu of opset 20': of('Gelu', {}, { opset: 20 }),
  'Gelu of opset 20 by tanh': of('Gelu', { approximate: text('tanh') }, { opset: 20 }),
  FastGelu: of('microsoft.FastGelu'),
  'FastGelu with a bias': two('microsoft.FastGelu', ['n', 'm'], ['m']),
  BiasGelu: two('microsoft.BiasGelu', ['n', 'm'], ['m']),
  QuickGelu: of('microsoft.QuickGelu', { alpha: float(1.702) }),
  // Products.
  MatMul: two('MatMul', ['n', 'm'], ['m', 'k']),
  'MatMul, rows by a matrix': two('MatMul', ['n', 'k', 'm'], ['m', 3]),
  'MatMul, stacks': two('MatMul', ['n', 2, 'k', 'm'], ['n', 2, 'm', 'k']),
  'MatMul, a stack broadcast': two('MatMul', ['n', 2, 'k', 'm'], ['n', 1, 'm', 3]),
  'MatMul, a stack broadcast on the left': two('MatMul', ['k', 'm'], ['n', 'm', 3]),
  'MatMul, both broadcast': two('MatMul', ['n', 1, 'k', 'm'], [2, 'm', 3]),
  'MatMul, scaled': {
    inputs: { x: ['n', 'm'], y: ['m', 'k'] },
    build: (op) => op('Div', [op('MatMul', ['x', 'y']), number(op, 8)]),
  },
  ...Object.fromEntries(
    [0, 1, 2, 3].map((which): [string, GradientCase] => {
      const [transA, transB] = [which & 1, which >> 1];
      const x = transA ? ['n', 'm', 'k'] : ['n', 'k', 'm'];
      const y = transB ? ['n', 3, 'm'] : ['n', 'm', 3];
      const attributes = { transA: int(transA), transB: int(transB), alpha: float(0.5) };
      return [
        `FusedMatMul ${transA} ${transB}`,
        { inputs: { x, y }, build: (op) => op('microsoft.FusedMatMul', ['x', 'y'], attributes) },
      ];
    }),
  ),
  'FusedMatMul, rows by a transposed matrix': {
    inputs: { x: ['n', 'k', 'm'], y: [3, 'm'] },
    build: (op) => op('microsoft.FusedMatMul', ['x', 'y'], { transB: int(1), alpha: float(2) }),
  },
  ...Object.fromEntries(
    [0, 1, 2, 3].map((which): [string, GradientCase] => {
      const [transA, transB] = [which & 1, which >> 1];
      const inputs = {
        x: transA ? ['m', 'n'] : ['n', 'm'],
        y: transB ? [3, 'm'] : ['m', 3],
        z: which % 2 ? [3] : ['n', 1],
      };
      const attributes = { transA: int(transA), transB: int(transB), alpha: float(0.5), beta: float(2) };
      return [`Gemm ${transA} ${transB}`, { inputs, build: (op) => op('Gemm', ['x', 'y', 'z'], attributes) }];
    }),
  ),
  // Movement.
  Reshape: withConstant((op) => op('Reshape', ['x', list(op, -1)])),
  'Reshape of two open sizes': {
    inputs: { x: ['n', 'm', 'k'] },
    build: (op) => op('Mul', [op('Reshape', ['x', list(op, 0, -1)]), op('Reshape', ['x', list(op, 0, -1)])]),
  },
  Flatten: of('Flatten', { axis: int(1) }, { inputs: { x: ['n', 'm', 'k'] } }),
  Unsqueeze: withConstant((op) => op('Unsqueeze', ['x', list(op, 1, -1)])),
  Squeeze: withConstant((op) => op('Squeeze', ['x', list(op, 1)]), { inputs: { x: ['n', 1, 'm'] } }),
  Transpose: of('Transpose', { perm: ints([2, 0, 1]) }, { inputs: { x: ['n', 'm', 'k'] } }),
  'Transpose without an order': of('Transpose', {}, { inputs: { x: ['n', 'm', 'k'] } }),
  Expand: withConstant((op) => op('Expand', ['x', list(op, 4, 1, 3)]), { inputs: { x: ['n', 1] } }),
  Concat: {
    inputs: { x: ['n', 'm'], y: ['n', 3], z: ['n', 'k'] },
    build: (op) => op('Concat', ['x', 'y', 'z'], { axis: int(-1) }),
  },
  Split: {
    inputs: { x: ['n', 5] },
    build: (op, graph) => {
      const sizes = list(op, 2, 3);
      const [a, b] = graph.node('Split', ['x', sizes], { attributes: { axis: int(1) }, outputs: ['a', 'b'] });
      return op('MatMul', [op('Transpose', [a]), b]);
    },
  },
  'Split, one part unused': {
    inputs: { x: ['n', 5] },
    build: (op, graph) => {
      const sizes = list(op, 2, 3);
      return op('Neg', [graph.node('Split', ['x', sizes], { attributes: { axis: int(1) }, outputs: ['a', 'b'] })[1]]);
    },
  },
  Slice: withConstant((op) => op('Slice', ['x', list(op, 1), list(op, 4), list(op, 1)]), {
    inputs: { x: ['n', 5, 'm'] },
  }),
  'Slice of a half': withConstant((op) => op('Slice', ['x', list(op, 2), list(op, 2 ** 31), list(op, -1)]), {
    inputs: { x: ['n', 'm', 4] },
  }),
  'Slice from the end': withConstant((op) => op('Slice', ['x', list(op, -2), list(op, -1), list(op, 1)]), {
    inputs: { x: ['n', 4] },
  }),
  'Slice of two axes': withConstant((op) => op('Slice', ['x', list(op, 0, 1), list(op, 1, 3), list(op, 0, 1)]), {
    inputs: { x: ['n', 4] },
  }),
  'Slice of every second': withConstant(
    (op) => op('Slice', ['x', list(op, 1), list(op, 9), list(op, 1), list(op, 2)]),
    { inputs: { x: ['n', 5, 'm'] } },
  ),
  'Slice backwards': withConstant((op) => op('Slice', ['x', list(op, -1), list(op, -9), list(op, 1), list(op, -1)]), {
    inputs: { x: ['n', 3] },
  }),
  Pad: withConstant((op) => op('Pad', ['x', list(op, 1, 0, 2, 3)])),
  // Reductions.
  ReduceSum: withConstant((op) => op('ReduceSum', ['x', list(op, 1)])),
  'ReduceSum, axes left out': withConstant((op) => op('ReduceSum', ['x', list(op, 0, -1)], { keepdims: int(0) }), {
    inputs: { x: ['n', 'm', 'k'] },
  }),
  'ReduceSum of all': withConstant((op) => op('ReduceSum', ['x'], { keepdims: int(0) })),
  'ReduceMean over an open axis': of('ReduceMean', { axes: ints([1]) }, { inputs: { x: ['n', 'm', 'k'] } }),
  'ReduceMean over two axes': of(
    'ReduceMean',
    { axes: ints([0, 2]), keepdims: int(0) },
    { inputs: { x: ['n', 'm', 4] } },
  ),
  'ReduceMean of opset 18': withConstant((op) => op('ReduceMean', ['x', list(op, -1)]), { opset: 18 }),
  ReduceSumSquare: of('ReduceSumSquare', { axes: ints([1]) }),
  ReduceL2: of('ReduceL2', { axes: ints([1]), keepdims: int(0) }),
  ReduceLogSumExp: of('ReduceLogSumExp', { axes: ints([1]) }),
  // Normalisations.
  Softmax: of('Softmax', { axis: int(-1) }, { inputs: { x: ['n', 'k', 'm'] } }),
  'Softmax over another axis': of('Softmax', { axis: int(1) }, { inputs: { x: ['n', 'k', 'm'] } }),
  LogSoftmax: of('LogSoftmax', { axis: int(-1) }),
  LayerNormalization: {
    inputs: { x: ['n', 'm', 6], y: [6], z: [6] },
    build: (op) => op('LayerNormalization', ['x', 'y', 'z'], { axis: int(-1), epsilon: float(0.1) }),
  },
  'LayerNormalization without a bias': {
    inputs: { x: ['n', 'm', 6], y: [6] },
    build: (op) => op('LayerNormalization', ['x', 'y'], { epsilon: float(1e-5) }),
  },
  // Reading by index.
  Gather: {
    inputs: { x: [5, 'm'] },
    given: { i: { shape: ['n', 'k'], type: 'int64', at: oneOf(5) } },
    build: (op) => op('Gather', ['x', 'i']),
  },
  'Gather from a large table': {
    inputs: { x: [70, 2] },
    given: { i: { shape: ['n', 'k'], type: 'int64', at: oneOf(4) } },
    build: (op) => op('Gather', ['x', 'i']),
  },
  'Gather along an inner axis': {
    inputs: { x: ['n', 5, 'm'] },
    given: { i: { shape: ['k', 2], type: 'int64', at: oneOf(5) } },
    build: (op) => op('Gather', ['x', 'i'], { axis: int(1) }),
  },
  'Gather of a list': {
    inputs: { x: [5] },
    given: { i: { shape: ['n', 'm'], type: 'int64', at: oneOf(5) } },
    build: (op) => op('Gather', ['x', 'i']),
  },
  GatherElements: {
    inputs: { x: ['n', 5] },
    given: { i: { shape: ['n', 'm'], type: 'int64', at: oneOf(5) } },
    build: (op) => op('GatherElements', ['x', 'i'], { axis: int(1) }),
  },
  // Several together, as exporters write them.
  'LayerNormalization spelt out': {
    inputs: { x: ['n', 'm', 6], y: [6], z: [6] },
    build: (op) => {
      const attributes = { axes: ints([-1]) };
      const centred = op('Sub', ['x', op('ReduceMean', ['x'], attributes)]);
      const variance = op('ReduceMean', [op('Pow', [centred, number(op, 2)])], attributes);
      const normalised = op('Div', [centred, op('Sqrt', [op('Add', [variance, number(op, 0.1)])])]);
      return op('Add', [op('Mul', [normalised, 'y']), 'z']);
    },
  },
  'attention with a bias for each distance, as MPNet has it': {
    inputs: { q: ['n', 2, 'm', 3], k: ['n', 2, 'm', 3], table: [4, 2] },
    given: {
      distance: {
        shape: ['m', 'm'],
        type: 'int64',
        at: (i, [size]) => Math.min(3, Math.abs(Math.floor(i / size) - (i % size))),
      },
    },
    build: (op) => {
      const bias = op('Transpose', [op('Gather', ['table', 'distance'])], { perm: ints([2, 0, 1]) });
      const keys = op('Transpose', ['k'], { perm: ints([0, 1, 3, 2]) });
      const scores = op('Div', [op('MatMul', ['q', keys]), number(op, Math.sqrt(3))]);
      return op('Softmax', [op('Add', [scores, op('Unsqueeze', [bias, list(op, 0)])])], { axis: int(-1) });
    },
  },
  'Gather of the first': withConstant((op) => op('Gather', ['x', integer(op, 0)], { axis: int(1) }), {
    inputs: { x: ['n', 'm', 3] },
  }),
  'Gather of the last': withConstant((op) => op('Gather', ['x', integer(op, -1)], { axis: int(1) }), {
    inputs: { x: ['n', 'm', 3] },
  }),
};

/** Float32 leaves a few units of 1e-5 in the differences; a wrong rule is wrong in the first digit. */
const tolerance = 5e-4;

describe('gradients agree with central differences', () => {
  it.each(Object.entries(cases))('%s', async (_name, test) => {
    expect(await gradientError(test)).toBeLessThan(tolerance);
  });

  it('and would not, were a rule wrong', async () => {
    // Round has no slope in the graph, while differences over a large step see one.
    const test = withConstant((op) => op('Add', ['x', op('Round', [op('Mul', ['x', number(op, 40)])])]));
    expect(await gradientError(test)).toBeGreaterThan(0.5);
  });
});
