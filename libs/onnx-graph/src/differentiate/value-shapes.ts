import type { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  elementTypes,
  encodeModel,
  type ElementType,
  type GraphProto,
  type ModelProto,
  type TensorProto,
} from '../model.js';
import { makeNode } from '../nodes.js';
import { elementCount } from '../small-tensors.js';
import { makeTensor, tensorValues } from '../tensor.js';
import { NotTrainableError } from './not-trainable.js';

/** What is known of a value of a graph: element type, and the dimensions that are the same for every batch. */
export interface ValueShape {
  /** As ONNX Runtime names it: float32, int64, bool. */
  readonly type: string;
  /** Undefined where the size depends on the batch. */
  readonly dims: readonly (number | undefined)[];
  /** Of short lists of integers that are the same for every batch, such as axes. */
  readonly integers?: readonly number[];
}

/** Something a graph is given in a run. */
export interface Feed {
  readonly type: 'float32' | 'int64' | 'int32' | 'bool';
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
}
export type Feeds = Readonly<Record<string, Feed>>;

/** Lists of integers as long as a tensor may have axes. */
const longestList = 8;

/** Above this, the numbers of a weight are left out of a probe: shapes do not depend on them. */
const largestProbed = 4096;

/**
 * Shapes of all values of a graph, from runs with batches of different sizes: what has the same size in all runs is taken
 * as fixed. So every operator that ONNX Runtime knows is known here, whatever an exporter made of a shape. A dimension
 * that is not broadcast in these runs is taken as not broadcast in any; sizes must therefore be larger than 1.
 */
export async function valueShapes(model: ModelProto, batches: readonly Feeds[]): Promise<Map<string, ValueShape>> {
  // Only here: those who rewrite graphs without training do not load the runtime.
  const ort = await import('onnxruntime-node');
  const session = await createSession(ort, encodeModel(withAllOutputs(model)));
  try {
    const shapes = new Map<string, ValueShape>();
    for (const batch of batches) {
      const given = Object.entries(batch).filter(([name]) => session.inputNames.includes(name));
      const feeds = Object.fromEntries(given.map(([name, feed]) => [name, tensorOf(ort, feed)]));
      const outputs: Readonly<Record<string, Tensor>> = { ...(await session.run(feeds)), ...feeds };
      for (const [name, tensor] of Object.entries(outputs)) {
        const before = shapes.get(name);
        const now = { type: tensor.type, dims: tensor.dims, integers: integersOf(tensor) };
        shapes.set(name, before === undefined ? now : common(before, now));
      }
    }
    for (const tensor of model.graph!.initializer) {
      const [type, dims] = [typeName(Number(tensor.dataType)), tensor.dims.map(Number)];
      const integers = type === 'int64' && elementCount(dims) <= longestList ? numbersOf(tensor) : undefined;
      shapes.set(tensor.name ?? '', { type, dims, integers });
    }
    return shapes;
  } finally {
    await session.release();
  }
}

const integersOf = ({ type, size, data }: Tensor): number[] | undefined =>
  type === 'int64' && size <= longestList ? Array.from(data as BigInt64Array, Number) : undefined;

const numbersOf = (tensor: TensorProto): number[] => Array.from(tensorValues(tensor), Number);

/** What two batches have in common. */
function common(a: ValueShape, b: ValueShape): ValueShape {
  const dims = b.dims.map((size, i) => (a.dims[i] === size ? size : undefined));
  const same = a.integers !== undefined && a.integers.join() === b.integers?.join();
  return { type: b.type, dims, ...(same && { integers: a.integers }) };
}

type Runtime = typeof import('onnxruntime-node');

async function createSession(ort: Runtime, bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 });
  } catch (error) {
    throw new NotTrainableError(`ONNX Runtime cannot load the model: ${(error as Error).message}`);
  }
}

const typeName = (dataType: number): string =>
  (Object.keys(elementTypes) as ElementType[]).find((name) => elementTypes[name] === dataType) ?? 'other';

function tensorOf(ort: Runtime, { type, dims, values }: Feed): Tensor {
  if (type === 'int64') return new ort.Tensor(type, BigInt64Array.from(Array.from(values), BigInt), dims);
  if (type === 'int32') return new ort.Tensor(type, Int32Array.from(values), dims);
  if (type === 'bool') return new ort.Tensor(type, Uint8Array.from(values), dims);
  return new ort.Tensor(type, Float32Array.from(values), dims);
}

/** The model with every value as an output, and zeros, made when it runs, for large weights. */
function withAllOutputs(model: ModelProto): ModelProto {
  const graph = model.graph!;
  const outputs = new Set(graph.output.map(({ name }) => name ?? ''));
  const values = graph.node.flatMap(({ output }) => output).filter((name) => name !== '' && !outputs.has(name));
  const probed: GraphProto = { ...graph, node: [...graph.node], initializer: [] };
  probed.output = [...graph.output, ...values.map((name) => ({ name, metadataProps: [] }))];
  for (const tensor of graph.initializer) {
    const dims = tensor.dims.map(Number);
    if (tensor.dataType !== elementTypes.float32 || elementCount(dims) <= largestProbed) {
      probed.initializer.push(tensor);
      continue;
    }
    const shape = `${tensor.name}/shape`;
    probed.initializer.push(makeTensor(shape, 'int64', [dims.length], BigInt64Array.from(dims, BigInt)));
    probed.node.unshift(makeNode('ConstantOfShape', [shape], [tensor.name ?? '']));
  }
  const large = new Set(probed.node.slice(0, probed.node.length - graph.node.length).map(({ output }) => output[0]));
  probed.input = graph.input.filter(({ name }) => !large.has(name ?? ''));
  return { ...model, graph: probed };
}
