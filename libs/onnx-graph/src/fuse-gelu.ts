import { GraphIndex, replaceNode } from './graph-index.js';
import type { ModelProto, NodeProto } from './model.js';
import { importDomain, makeNode, microsoft } from './nodes.js';

const near = (value: number | undefined, wanted: number) => value !== undefined && Math.abs(value - wanted) < 1e-4;

/**
 * Replaces the Gaussian error linear unit spelt out (Hendrycks and Gimpel 2016, arXiv:1606.08415) by one operator: the
 * exact form, x/2 (1 + erf(x / sqrt 2)), by Gelu, and the one with tanh by FastGelu.
 * @returns how many were replaced
 */
export function fuseGelus(model: ModelProto): number {
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  let count = 0;
  for (const node of [...graph.node]) {
    const found =
      node.opType === 'Erf' ? matchErf(index, node) : node.opType === 'Tanh' ? matchTanh(index, node) : undefined;
    if (found === undefined) continue;
    const opType = node.opType === 'Erf' ? 'Gelu' : 'FastGelu';
    replaceNode(graph, found.last, makeNode(opType, [found.x], found.last.output, {}, microsoft));
    count++;
  }
  if (count > 0) importDomain(model, microsoft, 1);
  return count;
}

/** erf(x / sqrt 2) or erf(x * (1 / sqrt 2)), and the product around it. */
function matchErf(index: GraphIndex, erf: NodeProto) {
  const scaled = index.producedBy(erf.input[0], 'Div', 'Mul');
  if (scaled === undefined) return undefined;
  const factor = scaled.opType === 'Div' ? Math.SQRT2 : Math.SQRT1_2;
  const x = scaled.input.find((input) => index.scalar(input) === undefined);
  if (x === undefined || !near(index.scalar(index.otherInput(scaled, x)), factor)) return undefined;
  return halfProduct(index, erf.output[0], x);
}

/** tanh(sqrt(2 / pi) (x + 0.044715 x^3)), and the product around it. */
function matchTanh(index: GraphIndex, tanh: NodeProto) {
  const scaled = index.producedBy(tanh.input[0], 'Mul');
  const sum = scaled?.input.map((input) => index.producedBy(input, 'Add')).find((node) => node !== undefined);
  if (scaled === undefined || sum === undefined) return undefined;
  if (!near(index.scalar(index.otherInput(scaled, sum.output[0])), Math.sqrt(2 / Math.PI))) return undefined;
  for (const x of sum.input) {
    const cubic = index.producedBy(index.otherInput(sum, x), 'Mul');
    const power = cubic?.input.map((input) => index.producedBy(input, 'Pow')).find((node) => node !== undefined);
    if (cubic === undefined || power === undefined || power.input[0] !== x) continue;
    if (index.scalar(power.input[1]) !== 3 || !near(index.scalar(index.otherInput(cubic, power.output[0])), 0.044715))
      continue;
    return halfProduct(index, tanh.output[0], x);
  }
  return undefined;
}

/** The last node of x * 0.5 * (1 + value), whichever way its factors are grouped. */
function halfProduct(index: GraphIndex, value: string, x: string): { x: string; last: NodeProto } | undefined {
  const plusOne = index.onlyReader(value);
  if (plusOne?.opType !== 'Add' || index.scalar(index.otherInput(plusOne, value)) !== 1) return undefined;
  let at = plusOne.output[0];
  let last = plusOne;
  let half = false;
  let times = false;
  while (!(half && times)) {
    const product = index.onlyReader(at);
    if (product?.opType !== 'Mul') return undefined;
    const factor = index.otherInput(product, at);
    if (!half && index.scalar(factor) === 0.5) half = true;
    else if (!times && factor === x) times = true;
    else if (!half && !times && isHalf(index, factor, x)) half = times = true;
    else return undefined;
    last = product;
    at = product.output[0];
  }
  return { x, last };
}

const isHalf = (index: GraphIndex, value: string, x: string): boolean => {
  const product = index.producedBy(value, 'Mul');
  return product !== undefined && product.input.includes(x) && index.scalar(index.otherInput(product, x)) === 0.5;
};
