import { attribute } from './graph-index.js';
import { elementTypes, type NodeProto } from './model.js';
import { broadcastDims, broadcastOrder, elementCount, reshapedDims, transposedOrder } from './small-tensors.js';
import { tensorValues } from './tensor.js';

/** What is known of a value of a graph, for a batch of known size. */
export interface Known {
  /** Integers are divided and cast differently from floats; booleans are 0 and 1; `other` has no numbers. */
  readonly kind: 'float' | 'int' | 'bool' | 'other';
  readonly dims: readonly number[];
  /** Row-major. */
  readonly values?: readonly number[];
}

/** What a node gives, from what it is given; undefined stands for what is not known. */
export type Rule = (node: NodeProto, inputs: (Known | undefined)[], opset: number) => (Known | undefined)[];

/** Values with more elements are known by their shape only. */
const largestValue = 4096;

export function kindOf(elementType: number): Known['kind'] | undefined {
  switch (elementType) {
    case elementTypes.float32:
    case elementTypes.float64:
      return 'float';
    case elementTypes.bool:
      return 'bool';
    case elementTypes.int8:
    case elementTypes.uint8:
    case elementTypes.int32:
    case elementTypes.int64:
      return 'int';
    case elementTypes.float16:
      return 'other';
    default:
      return undefined;
  }
}

export function ruleOf({ opType = '', domain = '' }: NodeProto): Rule | undefined {
  return domain === '' || domain === 'ai.onnx' || domain === 'com.microsoft' ? rules.get(opType) : undefined;
}

const round = (kind: Known['kind'], value: number): number => (kind === 'float' ? Math.fround(value) : value);

/** Element by element, with broadcasting. `kind` is that of the result; undefined: that of the operands. */
const elementwise =
  (compute: (kind: Known['kind'], ...operands: number[]) => number, kind?: Known['kind']): Rule =>
  (_node, inputs) => {
    if (inputs.length === 0 || !inputs.every((input) => input !== undefined)) return [];
    const dims = inputs.reduce<readonly number[] | undefined>(
      (shape, input) => shape && broadcastDims(shape, input.dims),
      [],
    );
    if (dims === undefined) return [];
    const result = kind ?? inputs[inputs.length - 1].kind;
    const operands = inputs.map(({ values }) => values);
    if (!operands.every((values) => values !== undefined) || elementCount(dims) > largestValue)
      return [{ kind: result, dims }];
    const orders = inputs.map((input) => broadcastOrder(input.dims, dims));
    const values = Array.from({ length: elementCount(dims) }, (_, i) =>
      round(result, compute(result, ...operands.map((operand, j) => operand[orders[j][i]]))),
    );
    return [{ kind: result, dims, values }];
  };

/** Gives something of the shape of its first input, with numbers that are not known. */
const sameShape: Rule = (_node, [x]) => [x && { kind: x.kind === 'other' ? 'other' : 'float', dims: x.dims }];

const product: Rule = (_node, [a, b]) => {
  if (a === undefined || b === undefined || a.dims.length < 2 || b.dims.length < 2) return [];
  const batch = broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2));
  const fits = a.dims[a.dims.length - 1] === b.dims[b.dims.length - 2];
  if (!fits || batch === undefined) return [];
  const kind = a.kind === 'other' || b.kind === 'other' ? 'other' : 'float';
  return [{ kind, dims: [...batch, a.dims[a.dims.length - 2], b.dims[b.dims.length - 1]] }];
};

const withDims = (known: Known, dims: readonly number[] | undefined): Known[] =>
  dims === undefined || elementCount(dims) !== elementCount(known.dims) ? [] : [{ ...known, dims }];

/** Axes are an attribute before opset 13 and an input from then on. */
const axesOf = (node: NodeProto, input: Known | undefined): readonly number[] | undefined =>
  attribute(node, 'axes')?.ints.map(Number) ?? input?.values;

const integer = (node: NodeProto, name: string, otherwise: number): number =>
  Number(attribute(node, name)?.i ?? otherwise);

const rules = new Map<string, Rule>([
  ['Add', elementwise((_kind, a, b) => a + b)],
  ['Sub', elementwise((_kind, a, b) => a - b)],
  ['Mul', elementwise((_kind, a, b) => a * b)],
  ['Div', elementwise((kind, a, b) => (kind === 'int' ? Math.trunc(a / b) : a / b))],
  ['Pow', elementwise((_kind, a, b) => a ** b)],
  ['Min', elementwise((_kind, ...operands) => Math.min(...operands))],
  ['Max', elementwise((_kind, ...operands) => Math.max(...operands))],
  ['Sqrt', elementwise((_kind, a) => Math.sqrt(a))],
  ['Reciprocal', elementwise((_kind, a) => 1 / a)],
  ['Neg', elementwise((_kind, a) => -a)],
  ['Not', elementwise((_kind, a) => 1 - a, 'bool')],
  ['And', elementwise((_kind, a, b) => a * b, 'bool')],
  ['Or', elementwise((_kind, a, b) => Math.max(a, b), 'bool')],
  ['Equal', elementwise((_kind, a, b) => Number(a === b), 'bool')],
  ['Less', elementwise((_kind, a, b) => Number(a < b), 'bool')],
  ['LessOrEqual', elementwise((_kind, a, b) => Number(a <= b), 'bool')],
  ['Greater', elementwise((_kind, a, b) => Number(a > b), 'bool')],
  ['GreaterOrEqual', elementwise((_kind, a, b) => Number(a >= b), 'bool')],
  ['Where', elementwise((_kind, condition, a, b) => (condition === 0 ? b : a))],
  ['Identity', (_node, [x]) => [x]],
  ['Dropout', (_node, [x]) => [x]],
  [
    'Cast',
    (node, [x]) => {
      const kind = kindOf(integer(node, 'to', 0));
      if (x === undefined || kind === undefined) return [];
      if (x.values === undefined || kind === 'other') return [{ kind, dims: x.dims }];
      const cast = (value: number) =>
        kind === 'bool' ? Number(value !== 0) : kind === 'int' ? Math.trunc(value) : Math.fround(value);
      return [{ kind, dims: x.dims, values: x.values.map(cast) }];
    },
  ],
  [
    'Shape',
    (node, [x]) => {
      if (x === undefined) return [];
      const end = attribute(node, 'end')?.i;
      const values = x.dims.slice(integer(node, 'start', 0), end === undefined ? undefined : Number(end));
      return [{ kind: 'int', dims: [values.length], values }];
    },
  ],
  [
    'Gather',
    (node, [x, indices]) => {
      if (x === undefined || indices === undefined || integer(node, 'axis', 0) !== 0 || x.dims.length === 0) return [];
      const dims = [...indices.dims, ...x.dims.slice(1)];
      if (x.values === undefined || indices.values === undefined || x.dims.length !== 1)
        return [{ kind: x.kind, dims }];
      const { values, dims: size } = x;
      const picked = indices.values.map((i) => values[i < 0 ? i + size[0] : i]);
      return picked.includes(undefined as unknown as number) ? [] : [{ kind: x.kind, dims, values: picked }];
    },
  ],
  [
    'Slice',
    (node, [x, starts, ends, axes, steps]) => {
      if (x === undefined || starts?.values?.length !== 1 || ends?.values?.length !== 1) return [];
      const given = axes === undefined && node.input.length < 4 ? [0] : axes?.values;
      if (given === undefined || (steps?.values?.[0] ?? 1) !== 1) return [];
      const axis = given[0] < 0 ? given[0] + x.dims.length : given[0];
      const cut = x.values?.slice(starts.values[0], ends.values[0]);
      const end = Math.min(ends.values[0], x.dims[axis]);
      if (x.dims.length === 1 && cut !== undefined) return [{ kind: x.kind, dims: [cut.length], values: cut }];
      if (starts.values[0] !== 0 || !(end >= 0)) return [];
      return [{ kind: x.kind, dims: x.dims.map((size, i) => (i === axis ? end : size)) }];
    },
  ],
  [
    'Range',
    (_node, [start, limit, delta]) => {
      const [from, to, step] = [start, limit, delta].map((input) => input?.values?.[0] ?? NaN);
      const length = Math.max(0, Math.ceil((to - from) / step));
      // Its numbers are left unknown: see probeGraph.
      return Number.isNaN(length) ? [] : [{ kind: start!.kind, dims: [length] }];
    },
  ],
  [
    'Concat',
    (_node, inputs) => {
      const parts = inputs.map((input) => (input?.dims.length === 1 ? input.values : undefined));
      if (!parts.every((part) => part !== undefined)) return [];
      const values = parts.flat();
      return [{ kind: inputs[0]?.kind ?? 'int', dims: [values.length], values }];
    },
  ],
  [
    'Unsqueeze',
    (node, [x, input]) => {
      const axes = axesOf(node, input);
      if (x === undefined || axes === undefined) return [];
      const rank = x.dims.length + axes.length;
      const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
      const rest = [...x.dims];
      return withDims(
        x,
        Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (rest.shift() ?? 0))),
      );
    },
  ],
  [
    'Squeeze',
    (node, [x, input]) => {
      const axes = node.input.length > 1 || node.attribute.length > 0 ? axesOf(node, input) : undefined;
      if (x === undefined || axes === undefined) return [];
      const removed = new Set(axes.map((axis) => (axis < 0 ? axis + x.dims.length : axis)));
      return withDims(
        x,
        x.dims.filter((_, i) => !removed.has(i)),
      );
    },
  ],
  [
    'Reshape',
    (node, [x, shape]) =>
      x === undefined || shape?.values === undefined
        ? []
        : withDims(x, reshapedDims(x.dims, shape.values, integer(node, 'allowzero', 0) === 1)),
  ],
  [
    'Transpose',
    (node, [x]) => {
      const perm = attribute(node, 'perm')?.ints.map(Number) ?? x?.dims.map((_, i) => x.dims.length - 1 - i);
      if (x === undefined || perm?.length !== x.dims.length || perm.some((axis) => !(axis in x.dims))) return [];
      const dims = perm.map((axis) => x.dims[axis]);
      const { values } = x;
      if (values === undefined) return [{ ...x, dims }];
      return [{ ...x, dims, values: transposedOrder(x.dims, perm).map((i) => values[i]) }];
    },
  ],
  [
    'Expand',
    (_node, [x, shape]) => {
      const dims = x && shape?.values && broadcastDims(x.dims, shape.values);
      if (x === undefined || dims === undefined) return [];
      const { values } = x;
      if (values === undefined || elementCount(dims) > largestValue) return [{ kind: x.kind, dims }];
      return [{ kind: x.kind, dims, values: broadcastOrder(x.dims, dims).map((i) => values[i]) }];
    },
  ],
  [
    'ConstantOfShape',
    (node, [shape]) => {
      if (shape?.values === undefined) return [];
      const tensor = attribute(node, 'value')?.t;
      const kind = tensor === undefined ? 'float' : kindOf(Number(tensor.dataType));
      if (kind === undefined || kind === 'other') return [];
      const value = tensor === undefined ? 0 : Number(tensorValues(tensor)[0]);
      const count = elementCount(shape.values);
      if (!Number.isInteger(count) || count < 0 || count > largestValue) return [];
      return [{ kind, dims: shape.values, values: new Array<number>(count).fill(value) }];
    },
  ],
  ['MatMul', product],
  ['MatMulInteger', product],
  // Behind the quantised values come their scale and their zero.
  [
    'DynamicQuantizeLinear',
    (_node, [x]) => [x && { kind: 'int', dims: x.dims }, { kind: 'float', dims: [] }, { kind: 'int', dims: [] }],
  ],
]);
for (const operator of [
  ...['LayerNormalization', 'SkipLayerNormalization', 'Softmax', 'IsNaN', 'CumSum', 'Clip'],
  ...['Erf', 'Tanh', 'Relu', 'Gelu', 'FastGelu', 'BiasGelu', 'QuickGelu', 'QuantizeLinear', 'DequantizeLinear'],
])
  rules.set(operator, sameShape);
