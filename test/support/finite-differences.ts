import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  encodeModel,
  GraphBuilder,
  hoistConstants,
  importDomain,
  type AttributeValue,
  type ModelProto,
} from '@cairn/onnx-graph';
import { Backward } from '../../libs/onnx-graph/src/differentiate/backward.js';
import { valueShapes, type Feed } from '../../libs/onnx-graph/src/differentiate/value-shapes.js';

export type Shape = readonly (number | string)[];
/** An operator over the inputs of a case, by their names; gives the name of its output. */
export type Op = (
  opType: string,
  inputs: readonly string[],
  attributes?: Readonly<Record<string, AttributeValue>>,
) => string;

export interface GradientCase {
  /** Differentiated inputs, float32. */
  readonly inputs: Readonly<Record<string, Shape>>;
  /** Other inputs, with values for given dimensions. */
  readonly given?: Readonly<
    Record<string, { readonly shape: Shape; type: Feed['type']; at: (i: number, dims: readonly number[]) => number }>
  >;
  /** Adds the operators; returns what is differentiated. */
  readonly build: (op: Op, graph: GraphBuilder) => string;
  readonly opset?: number;
  /** The value of an element of an input; default: between 0.3 and 1.3, of either sign, away from where slopes jump. */
  readonly at?: (i: number) => number;
}

/** Numbers without a pattern, the same in every run. */
export const scattered = (i: number): number => {
  const x = Math.abs(Math.sin((i + 1) * 12.9898) * 43758.5453) % 1;
  return (i % 3 === 0 ? -1 : 1) * (0.3 + x);
};

/** Batches that shapes are learnt from, then those that gradients are checked with: among them sizes of 1. */
const probed = [
  { n: 2, m: 3, k: 4 },
  { n: 4, m: 5, k: 7 },
];
const checked = [
  { n: 3, m: 2, k: 5 },
  { n: 1, m: 4, k: 2 },
  { n: 2, m: 1, k: 1 },
];

/**
 * The largest relative difference, over inputs and batches, between the gradient that Cairn adds to the graph and that by
 * central differences of fourth order, of a weighted sum of what the graph gives.
 */
export async function gradientError(test: GradientCase): Promise<number> {
  const { model, y } = graphOf(test);
  const shapes = await valueShapes(
    model,
    probed.map((sizes) => feedsOf(test, sizes)),
  );
  const forward = await InferenceSession.create(encodeModel(model), { logSeverityLevel: 3 });
  const gradients = await InferenceSession.create(encodeModel(differentiated(model, y, shapes, test)), {
    logSeverityLevel: 3,
  });
  let worst = 0;
  for (const sizes of checked) {
    const feeds = tensorsOf(feedsOf(test, sizes));
    const value = (await forward.run(feeds))[y];
    const seed = Float32Array.from({ length: value.size }, (_, i) => scattered(i + 1000));
    const outputs = await gradients.run({ ...feeds, seed: new Tensor('float32', seed, value.dims) });
    const weighted = async (): Promise<number> => {
      const data = (await forward.run(feeds))[y].data as Float32Array;
      return data.reduce((sum, one, i) => sum + one * seed[i], 0);
    };
    for (const name of Object.keys(test.inputs)) {
      const data = feeds[name].data as Float32Array;
      const expected = await differences(data, weighted);
      const actual = outputs[`d${name}`];
      if (actual.dims.join() !== feeds[name].dims.join())
        throw new Error(`The gradient of ${name} [${feeds[name].dims.join()}] has the shape [${actual.dims.join()}].`);
      worst = Math.max(worst, relative(actual.data as Float32Array, expected));
    }
  }
  await forward.release();
  await gradients.release();
  return worst;
}

function graphOf({ inputs, given = {}, build, opset = 17 }: GradientCase): { model: ModelProto; y: string } {
  const graph = new GraphBuilder('case', opset);
  for (const [name, shape] of Object.entries(inputs)) graph.input(name, 'float32', shape);
  for (const [name, { shape, type }] of Object.entries(given)) graph.input(name, type, shape);
  const ownOperators = new Set<string>();
  const op: Op = (opType, values, attributes = {}) => {
    const [output] = graph.node(opType.replace('microsoft.', ''), values, { attributes });
    if (opType.startsWith('microsoft.')) ownOperators.add(output);
    return output;
  };
  const y = build(op, graph);
  const model = graph.model();
  for (const node of model.graph!.node) if (ownOperators.has(node.output[0])) node.domain = 'com.microsoft';
  importDomain(model, 'com.microsoft', 1);
  model.graph!.output.push({ name: y, metadataProps: [] });
  hoistConstants(model.graph!);
  return { model, y };
}

function differentiated(
  model: ModelProto,
  y: string,
  shapes: Awaited<ReturnType<typeof valueShapes>>,
  { inputs }: GradientCase,
): ModelProto {
  const graph = { ...model.graph!, node: model.graph!.node.map((node) => ({ ...node, output: [...node.output] })) };
  graph.initializer = [...graph.initializer];
  const type = { tensorType: { elemType: 1 } };
  graph.input = [...graph.input, { name: 'seed', type, metadataProps: [] }];
  const copy = { ...model, graph };
  const back = new Backward(copy, shapes, Object.keys(inputs));
  graph.output = [];
  for (const [name, gradient] of back.run(new Map([[y, { value: 'seed', scale: 1 }]]))) {
    if (gradient === undefined || !('dense' in gradient)) throw new Error(`There is no gradient of ${name}.`);
    back.write.graph.node.push({
      input: [gradient.dense],
      output: [`d${name}`],
      opType: 'Identity',
      attribute: [],
      metadataProps: [],
    });
    graph.output.push({ name: `d${name}`, metadataProps: [] });
  }
  return copy;
}

function feedsOf(
  { inputs, given = {}, at = scattered }: GradientCase,
  sizes: Readonly<Record<string, number>>,
): Record<string, Feed> {
  const resolved = (shape: Shape) => shape.map((size) => (typeof size === 'number' ? size : sizes[size]));
  const values = (dims: readonly number[], value: (i: number) => number) =>
    Array.from({ length: dims.reduce((product, size) => product * size, 1) }, (_, i) => value(i));
  let first = 0;
  const feeds: Record<string, Feed> = {};
  for (const [name, shape] of Object.entries(inputs)) {
    const dims = resolved(shape);
    const start = (first += 100);
    feeds[name] = { type: 'float32', dims, values: values(dims, (i) => at(start + i)) };
  }
  for (const [name, { shape, type, at: value }] of Object.entries(given)) {
    const dims = resolved(shape);
    feeds[name] = { type, dims, values: values(dims, (i) => value(i, dims)) };
  }
  return feeds;
}

const tensorsOf = (feeds: Readonly<Record<string, Feed>>): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { type, dims, values }]) => {
      const list = Array.from(values);
      if (type === 'int64') return [name, new Tensor(type, BigInt64Array.from(list, BigInt), dims)];
      if (type === 'int32') return [name, new Tensor(type, Int32Array.from(list), dims)];
      if (type === 'bool') return [name, new Tensor(type, Uint8Array.from(list), dims)];
      return [name, new Tensor(type, Float32Array.from(list), dims)];
    }),
  );

/** f'(x) = (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12 h, whose error is of the fourth order of h. */
async function differences(data: Float32Array, value: () => Promise<number>): Promise<number[]> {
  const h = 0.03;
  const found: number[] = [];
  for (let i = 0; i < data.length; i++) {
    const before = data[i];
    const at = async (steps: number): Promise<number> => {
      data[i] = before + steps * h;
      return value();
    };
    const [a, b, c, d] = [await at(1), await at(-1), await at(2), await at(-2)];
    data[i] = before;
    found.push((8 * (a - b) - (c - d)) / (12 * h));
  }
  return found;
}

function relative(actual: ArrayLike<number>, expected: readonly number[]): number {
  let [difference, norm] = [0, 0];
  expected.forEach((value, i) => {
    difference += (actual[i] - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / Math.max(norm, 1e-4));
}
