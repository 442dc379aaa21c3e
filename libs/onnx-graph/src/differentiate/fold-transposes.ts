import { attribute, GraphIndex, isOperator, removeUnused, replaceNode } from '../graph-index.js';
import type { ModelProto, NodeProto } from '../model.js';
import { importDomain, makeNode, microsoft } from '../nodes.js';
import { productAttributes } from './graph-writer.js';

/**
 * Lets products take up transpositions of their operands and factors of what they give, in place: each is a pass over
 * memory less, forwards and backwards. Exporters transpose keys from `[batch, tokens, heads, size]` to
 * `[batch, heads, size, tokens]`, element by element; to `[batch, heads, tokens, size]`, which FusedMatMul transposes as
 * it reads, whole rows are copied.
 */
export function foldTransposes(model: ModelProto): void {
  const graph = model.graph!;
  for (const node of [...graph.node]) {
    if (!isOperator(node, 'MatMul')) continue;
    const index = new GraphIndex(graph);
    const [a, b] = node.input.map((input) => transposedLast(index, input));
    const scaled = factorBehind(index, node);
    if (a === undefined && b === undefined && scaled === undefined) continue;
    const before: NodeProto[] = [];
    const inputs = [a, b].map((found, i) => {
      if (found === undefined) return node.input[i];
      if (found.perm === undefined) return found.x;
      const name = `${node.output[0]}/operand_${i}`;
      before.push(makeNode('Transpose', [found.x], [name], { perm: { type: 7, ints: found.perm } }));
      return name;
    });
    const attributes = productAttributes(a !== undefined, b !== undefined, scaled?.factor ?? 1);
    const output = scaled === undefined ? node.output : scaled.node.output;
    const fused = makeNode('FusedMatMul', inputs, output, attributes, microsoft);
    if (scaled !== undefined) graph.node.splice(graph.node.indexOf(scaled.node), 1);
    replaceNode(graph, node, ...before, { ...fused, name: node.name });
    importDomain(model, microsoft, 1);
  }
  removeUnused(graph);
}

/** If a value was transposed in its last two axes: what, and the rest of the transposition, if anything is left of it. */
function transposedLast(index: GraphIndex, value: string): { x: string; perm: number[] | undefined } | undefined {
  const node = index.producedBy(value, 'Transpose');
  const perm = node && attribute(node, 'perm')?.ints.map(Number);
  if (node === undefined || perm === undefined || perm.length < 2 || index.onlyReader(value) === undefined)
    return undefined;
  const last = perm.length - 1;
  // Heads moved to the front, whole rows at a time, is what a product wants.
  if (perm[last] === last) return undefined;
  const rest = [...perm.slice(0, -2), perm[last], perm[last - 1]];
  return { x: node.input[0], perm: rest.every((axis, i) => axis === i) ? undefined : rest };
}

/** The multiplication or division by a number behind a product that nothing else reads. */
function factorBehind(index: GraphIndex, product: NodeProto): { node: NodeProto; factor: number } | undefined {
  const [y] = product.output;
  const node = index.onlyReader(y);
  if (node === undefined || !isOperator(node, 'Mul', 'Div') || (node.opType === 'Div' && node.input[0] !== y))
    return undefined;
  const number = index.scalar(index.otherInput(node, y));
  const tensor = index.initializer(index.otherInput(node, y));
  // A number with more axes than the product would change its shape.
  if (number === undefined || (tensor?.dims.length ?? 0) > 2) return undefined;
  return { node, factor: node.opType === 'Mul' ? number : 1 / number };
}
