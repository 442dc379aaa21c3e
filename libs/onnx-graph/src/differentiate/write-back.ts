import { isOperator } from '../graph-index.js';
import type { ModelProto, TensorProto } from '../model.js';
import { elementCount } from '../small-tensors.js';
import { makeTensor } from '../tensor.js';

/**
 * Puts trained weights into the model they were taken from, in place: the graph stays as it was exported, so that any
 * ONNX runtime loads the result as it loaded the first. Weights keep a view on the values.
 * @param values by name; `[...dims]` of the initializer of that name, row-major
 * @throws RangeError if the model has no weight of a name, or one of another size
 */
export function writeBack(model: ModelProto, values: ReadonlyMap<string, Float32Array<ArrayBuffer>>): void {
  const graph = model.graph!;
  const byName = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]));
  for (const [name, trained] of values) {
    const own = byName.get(name);
    if (own !== undefined) {
      replaceData(own, trained);
      continue;
    }
    // Weights that an exporter wrote as a Constant, or once for several uses with an Identity for each.
    const node = graph.node.find((one) => one.output[0] === name && isOperator(one, 'Constant', 'Identity'));
    const source =
      node?.opType === 'Identity' ? byName.get(node.input[0]) : node?.attribute.find((one) => one.name === 'value')?.t;
    if (node === undefined || source === undefined)
      throw new RangeError(`The model has no weight "${name}" to put trained values into.`);
    graph.node.splice(graph.node.indexOf(node), 1);
    graph.initializer.push(replaced(source, name, trained));
  }
}

function replaceData(tensor: TensorProto, values: Float32Array<ArrayBuffer>): void {
  Object.assign(tensor, replaced(tensor, tensor.name ?? '', values));
}

function replaced(tensor: TensorProto, name: string, values: Float32Array<ArrayBuffer>): TensorProto {
  const dims = tensor.dims.map(Number);
  if (elementCount(dims) !== values.length)
    throw new RangeError(`The weight "${name}" [${dims.join(', ')}] does not have ${values.length} values.`);
  return { ...makeTensor(name, 'float32', dims, values), dataLocation: undefined };
}
