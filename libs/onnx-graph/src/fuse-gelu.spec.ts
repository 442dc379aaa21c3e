/** @jest-environment ./test/environments/onnx.js */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { fuseGelus } from './fuse-gelu.js';
import { GraphBuilder } from './graph-builder.js';
import { removeUnused } from './graph-index.js';
import { encodeModel, type ModelProto } from './model.js';

/** The operators of an expression over x, each giving the name of its result. */
interface Operators {
  readonly x: string;
  op(opType: string, ...inputs: (string | number)[]): string;
}
type Expression = (operators: Operators) => string;

/** y = expression(x), x [n]. */
function modelOf(expression: Expression, outputs = ['y']): ModelProto {
  const builder = new GraphBuilder('activation', 17);
  const x = builder.input('x', 'float32', ['n']);
  const numbers = new Map<number, string>();
  const number = (value: number): string => {
    const known = numbers.get(value) ?? builder.constant(`c${value}`, 'float32', [], Float32Array.of(value));
    numbers.set(value, known);
    return known;
  };
  const op: Operators['op'] = (opType, ...inputs) =>
    builder.node(
      opType,
      inputs.map((input) => (typeof input === 'number' ? number(input) : input)),
    )[0];
  builder.node('Neg', [op('Neg', expression({ x, op }))], { outputs: ['y'] });
  for (const name of outputs) builder.output(name, 'float32', ['n']);
  return builder.model();
}

const samples = Float32Array.from({ length: 161 }, (_, i) => (i - 80) / 10);

async function run(model: ModelProto): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(model), { graphOptimizationLevel: 'disabled' });
  const { y } = await session.run({ x: new Tensor('float32', samples, [samples.length]) });
  await session.release();
  return Float32Array.from(y.data as Float32Array);
}

const root = Math.sqrt(2 / Math.PI);
const cube = ({ x, op }: Operators) => op('Mul', x, op('Mul', x, x));
const onePlus = ({ op }: Operators, value: string) => op('Add', value, 1);

/** By who writes it so. */
const exact: Record<string, Expression> = {
  'PyTorch, traced': ({ x, op }) => op('Mul', op('Mul', x, op('Add', op('Erf', op('Div', x, Math.SQRT2)), 1)), 0.5),
  'an optimiser that multiplies by the inverse': ({ x, op }) =>
    op('Mul', op('Mul', x, op('Add', 1, op('Erf', op('Mul', Math.SQRT1_2, x)))), 0.5),
  'BERT in TensorFlow': ({ x, op }) => op('Mul', x, op('Mul', 0.5, op('Add', 1, op('Erf', op('Div', x, Math.SQRT2))))),
  'torch.export': ({ x, op }) => op('Mul', op('Mul', 0.5, x), op('Add', op('Erf', op('Div', x, Math.SQRT2)), 1)),
  'half by division': ({ x, op }) => op('Div', op('Mul', op('Add', op('Erf', op('Div', x, Math.SQRT2)), 1), x), 2),
};
const byTanh: Record<string, Expression> = {
  'GPT-2 and its heirs (gelu_new)': (o) => {
    const inner = o.op('Mul', o.op('Add', o.x, o.op('Mul', o.op('Pow', o.x, 3), 0.044715)), root);
    return o.op('Mul', o.op('Mul', o.x, 0.5), onePlus(o, o.op('Tanh', inner)));
  },
  'PyTorch for approximate="tanh"': (o) => {
    const inner = o.op('Mul', root, o.op('Add', o.x, o.op('Mul', 0.044715, cube(o))));
    return o.op('Mul', 0.5, o.op('Mul', o.x, o.op('Add', 1, o.op('Tanh', inner))));
  },
  gelu_fast: (o) => {
    const square = o.op('Mul', o.op('Mul', o.x, 0.044715), o.x);
    const inner = o.op('Mul', o.op('Mul', o.x, 0.7978845608), onePlus(o, square));
    return o.op('Mul', o.op('Mul', o.x, 0.5), onePlus(o, o.op('Tanh', inner)));
  },
};

describe.each([
  ...Object.entries(exact).map(([by, form]) => ({ by, form, operator: 'Gelu' })),
  ...Object.entries(byTanh).map(([by, form]) => ({ by, form, operator: 'FastGelu' })),
])('Gelu as written by $by', ({ form, operator }) => {
  it(`becomes ${operator}, with the same values`, async () => {
    const model = modelOf(form);
    const expected = await run(model);
    expect(fuseGelus(model)).toBe(1);
    removeUnused(model.graph!);
    expect(model.graph!.node.map(({ opType }) => opType)).toEqual([operator, 'Neg', 'Neg']);
    const actual = await run(model);
    expect(Math.max(...actual.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(2e-6);
  });
});

describe('what is not quite a Gelu is left alone', () => {
  const others: Record<string, Expression> = {
    'another scale inside': ({ x, op }) => op('Mul', op('Mul', x, op('Add', op('Erf', op('Div', x, 1.5)), 1)), 0.5),
    'another scale outside': ({ x, op }) =>
      op('Mul', op('Mul', x, op('Add', op('Erf', op('Div', x, Math.SQRT2)), 1)), 0.6),
    'something else than one': ({ x, op }) =>
      op('Mul', op('Mul', x, op('Add', op('Erf', op('Div', x, Math.SQRT2)), 2)), 0.5),
    'another value than the one inside': ({ x, op }) =>
      op('Mul', op('Mul', op('Neg', x), op('Add', op('Erf', op('Div', x, Math.SQRT2)), 1)), 0.5),
    'no half': ({ x, op }) => op('Mul', x, op('Add', op('Erf', op('Div', x, Math.SQRT2)), 1)),
    'x squared outside': ({ x, op }) =>
      op('Mul', op('Mul', op('Mul', x, x), op('Add', op('Erf', op('Div', x, Math.SQRT2)), 1)), 0.5),
    'a fourth power': (o) => {
      const inner = o.op('Mul', o.op('Add', o.x, o.op('Mul', o.op('Pow', o.x, 4), 0.044715)), root);
      return o.op('Mul', o.op('Mul', o.x, 0.5), onePlus(o, o.op('Tanh', inner)));
    },
    'another cubic term': (o) => {
      const inner = o.op('Mul', o.op('Add', o.x, o.op('Mul', o.op('Pow', o.x, 3), 0.05)), root);
      return o.op('Mul', o.op('Mul', o.x, 0.5), onePlus(o, o.op('Tanh', inner)));
    },
    'a plain tanh': ({ x, op }) => op('Mul', op('Mul', x, 0.5), op('Add', op('Tanh', x), 1)),
    'what others read': ({ x, op }) => {
      const sum = op('Add', op('Erf', op('Div', x, Math.SQRT2)), 1);
      return op('Add', op('Mul', op('Mul', x, sum), 0.5), sum);
    },
  };

  it.each(Object.entries(others))('%s', (_name, form) => {
    const model = modelOf(form);
    const before = encodeModel(model);
    expect(fuseGelus(model)).toBe(0);
    expect(Buffer.compare(encodeModel(model), before)).toBe(0);
  });

  it('what runs give back', () => {
    const model = modelOf(exact['PyTorch, traced']);
    const sum = model.graph!.node.find(({ opType }) => opType === 'Add')!.output[0];
    model.graph!.output.push({ ...model.graph!.output[0], name: sum });
    expect(fuseGelus(model)).toBe(0);
  });
});
