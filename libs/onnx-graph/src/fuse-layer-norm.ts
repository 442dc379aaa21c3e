import { float, int } from './graph-builder.js';
import { attribute, GraphIndex, isOperator, replaceNode } from './graph-index.js';
import type { ModelProto, NodeProto } from './model.js';
import { makeNode } from './nodes.js';
import { tensorValues } from './tensor.js';

/**
 * Replaces layer normalisation spelt out (Ba et al. 2016, arXiv:1607.06450), y = (x - mean) / sqrt(var + eps) * gamma + beta
 * over the last axis, by the one operator LayerNormalization. ONNX Runtime knows that operator in every opset.
 * @returns how many were replaced
 */
export function fuseLayerNorms(model: ModelProto): number {
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  let count = 0;
  for (const add of [...graph.node]) {
    const found = isOperator(add, 'Add') ? matchLayerNorm(index, add) : undefined;
    if (found === undefined) continue;
    const { x, gamma, beta, epsilon } = found;
    replaceNode(
      graph,
      add,
      makeNode('LayerNormalization', [x, gamma, beta], add.output, { axis: int(-1), epsilon: float(epsilon) }),
    );
    count++;
  }
  return count;
}

/** From the last Add of the pattern backwards. */
function matchLayerNorm(index: GraphIndex, add: NodeProto) {
  for (const beta of add.input) {
    if (index.initializer(beta)?.dims.length !== 1) continue;
    const scaled = index.producedBy(index.otherInput(add, beta), 'Mul');
    const gamma = scaled?.input.find((input) => index.initializer(input)?.dims.length === 1);
    if (scaled === undefined || gamma === undefined) continue;
    const divided = index.producedBy(index.otherInput(scaled, gamma), 'Div');
    const x = divided && centred(index, divided.input[0]);
    const root = divided && index.producedBy(divided.input[1], 'Sqrt');
    const padded = root && index.producedBy(root.input[0], 'Add');
    if (x === undefined || padded === undefined) continue;
    for (const small of padded.input) {
      const epsilon = index.scalar(small);
      const mean = index.producedBy(index.otherInput(padded, small), 'ReduceMean');
      if (epsilon === undefined || mean === undefined || !overLastAxis(index, mean)) continue;
      const squared = squareOf(index, mean.input[0]);
      if (squared !== undefined && centred(index, squared) === x) return { x, gamma, beta, epsilon };
    }
  }
  return undefined;
}

/** The x of x - mean(x). */
function centred(index: GraphIndex, value: string): string | undefined {
  const difference = index.producedBy(value, 'Sub');
  const mean = difference && index.producedBy(difference.input[1], 'ReduceMean');
  if (difference === undefined || mean === undefined) return undefined;
  return mean.input[0] === difference.input[0] && overLastAxis(index, mean) ? difference.input[0] : undefined;
}

/** The d of d^2, as a power or a product. */
function squareOf(index: GraphIndex, value: string): string | undefined {
  const node = index.producedBy(value, 'Pow', 'Mul');
  if (node === undefined) return undefined;
  const isSquare = node.opType === 'Pow' ? index.scalar(node.input[1]) === 2 : node.input[0] === node.input[1];
  return isSquare ? node.input[0] : undefined;
}

/** Axes are an attribute before opset 18 and an input from then on. */
function overLastAxis(index: GraphIndex, reduce: NodeProto): boolean {
  const given = attribute(reduce, 'axes')?.ints.map(Number);
  const tensor = reduce.input.length > 1 ? index.initializer(reduce.input[1]) : undefined;
  const axes = given ?? (tensor && Array.from(tensorValues(tensor), Number));
  return axes?.length === 1 && axes[0] === -1 && Number(attribute(reduce, 'keepdims')?.i ?? 1) === 1;
}
