import { int } from '../graph-builder.js';
import { attribute, isOperator } from '../graph-index.js';
import type { GraphProto, ModelProto, NodeProto } from '../model.js';
import { makeNode, opsetOf } from '../nodes.js';
import { makeTensor } from '../tensor.js';
import { ValueNames } from '../value-names.js';
import { NotTrainableError } from './not-trainable.js';

/** The operator set that gradients are written in, and the oldest that can be turned into it. */
const target = 17;
const oldest = 11;
/** From this one on, axes of Squeeze, Unsqueeze, ReduceSum and Split are inputs, and Softmax is over one axis. */
const axesAreInputs = 13;
/** The file format that came with `target`. */
const irVersion = 8;

/**
 * Turns a model of an older operator set into one of version 17, in place; newer ones stay as they are.
 * @throws NotTrainableError for versions before 11, and before 13 where there are subgraphs
 */
export function convertOpset(model: ModelProto): void {
  const version = opsetOf(model);
  if (version >= target) return;
  if (version < oldest)
    throw new NotTrainableError(
      `The model uses version ${version} of the ONNX operators; training needs ${oldest} or newer: export it again.`,
    );
  const graph = model.graph!;
  if (version < axesAreInputs) {
    const names = new ValueNames(graph);
    graph.node = graph.node.flatMap((node) => converted(graph, names, node));
  }
  model.opsetImport = model.opsetImport.map((known) =>
    (known.domain ?? '') === '' ? { ...known, version: target } : known,
  );
  model.irVersion = Math.max(Number(model.irVersion ?? 0), irVersion);
}

function converted(graph: GraphProto, names: ValueNames, node: NodeProto): NodeProto[] {
  if (node.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0))
    throw new NotTrainableError(
      `The operator ${node.opType} (node "${node.name ?? ''}") has a graph inside: export the model again with operators of version ${axesAreInputs} or newer.`,
      node.opType,
      node.name,
    );
  if (isOperator(node, 'Squeeze', 'Unsqueeze', 'ReduceSum')) return [attributeAsInput(graph, names, node, 'axes')];
  if (isOperator(node, 'Split')) return [attributeAsInput(graph, names, node, 'split')];
  if (isOperator(node, 'Softmax', 'LogSoftmax')) return overOneAxis(names, node);
  return [node];
}

function attributeAsInput(graph: GraphProto, names: ValueNames, node: NodeProto, name: string): NodeProto {
  const values = attribute(node, name)?.ints;
  if (values === undefined) return node;
  const input = names.fresh(`${node.output[0]}/${name}`);
  graph.initializer.push(makeTensor(input, 'int64', [values.length], BigInt64Array.from(values, BigInt)));
  return { ...node, input: [node.input[0], input], attribute: node.attribute.filter((one) => one.name !== name) };
}

/** Before version 13 Softmax went over all axes from the given one on, taken together. */
function overOneAxis(names: ValueNames, node: NodeProto): NodeProto[] {
  const axis = Number(attribute(node, 'axis')?.i ?? 1);
  if (axis === -1) return [node];
  const [x] = node.input;
  const [y] = node.output;
  const [flat, given, shape] = ['flat', 'softmax', 'shape'].map((part) => names.fresh(`${y}/${part}`));
  return [
    makeNode('Flatten', [x], [flat], { axis: int(axis) }),
    makeNode(node.opType ?? '', [flat], [given], { axis: int(-1) }),
    makeNode('Shape', [x], [shape]),
    makeNode('Reshape', [given, shape], [y]),
  ];
}
