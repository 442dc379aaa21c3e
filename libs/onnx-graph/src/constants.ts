import type { AttributeProto, GraphProto, NodeProto, TensorProto } from './model.js';
import { attribute, isOperator, valuesFromOutside } from './graph-index.js';
import { makeTensor } from './tensor.js';

/**
 * Makes initializers of Constant nodes, and lets readers of an Identity read what it passes on: two habits of exporters
 * that stand in the way of every pattern.
 */
export function hoistConstants(graph: GraphProto): void {
  // Outputs keep their names, and what subgraphs read is not looked for there.
  const fixed = new Set([...graph.output.map(({ name }) => name ?? ''), ...graph.node.flatMap(valuesFromOutside)]);
  const renamed = new Map<string, string>();
  graph.node = graph.node.filter((node) => {
    node.input = node.input.map((input) => renamed.get(input) ?? input);
    const [output] = node.output;
    if (fixed.has(output)) return true;
    if (isOperator(node, 'Identity') && node.input.length === 1) {
      renamed.set(output, node.input[0]);
      return false;
    }
    const tensor = isOperator(node, 'Constant') ? constantValue(node) : undefined;
    if (tensor === undefined) return true;
    graph.initializer.push({ ...tensor, name: output });
    return false;
  });
}

function constantValue(node: NodeProto): TensorProto | undefined {
  const value = (name: string): AttributeProto | undefined => attribute(node, name);
  const tensor = value('value')?.t;
  if (tensor !== undefined) return tensor;
  const floats = value('value_floats')?.floats ?? value('value_float')?.f;
  if (floats !== undefined) {
    const dims = Array.isArray(floats) ? [floats.length] : [];
    return makeTensor('', 'float32', dims, Float32Array.from(Array.isArray(floats) ? floats : [floats]));
  }
  const ints = value('value_ints')?.ints ?? value('value_int')?.i;
  if (ints === undefined) return undefined;
  const dims = Array.isArray(ints) ? [ints.length] : [];
  return makeTensor('', 'int64', dims, BigInt64Array.from(Array.isArray(ints) ? ints : [ints], BigInt));
}
