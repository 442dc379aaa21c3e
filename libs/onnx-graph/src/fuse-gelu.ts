import { GraphIndex, isOperator, replaceNode } from './graph-index.js';
import type { ModelProto, NodeProto } from './model.js';
import { importDomain, makeNode, microsoft } from './nodes.js';

/** Exporters write their constants with four digits or more. */
const near = (value: number | undefined, wanted: number) => value !== undefined && Math.abs(value - wanted) < 1e-4;
const [tanhFactor, cubicFactor] = [Math.sqrt(2 / Math.PI), 0.044715];

/**
 * Replaces the Gaussian error linear unit spelt out (Hendrycks and Gimpel 2016, arXiv:1606.08415) by one operator: the
 * exact form, x/2 (1 + erf(x / sqrt 2)), by Gelu, and the one with tanh by FastGelu. Factors may stand in any order.
 * @returns how many were replaced
 */
export function fuseGelus(model: ModelProto): number {
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  let count = 0;
  for (const node of [...graph.node]) {
    if (!isOperator(node, 'Erf', 'Tanh')) continue;
    const x = node.opType === 'Erf' ? underErf(index, node.input[0]) : underTanh(index, node.input[0]);
    const last = x === undefined ? undefined : halfProduct(index, node.output[0], x);
    if (x === undefined || last === undefined) continue;
    replaceNode(graph, last, makeNode(node.opType === 'Erf' ? 'Gelu' : 'FastGelu', [x], last.output, {}, microsoft));
    count++;
  }
  if (count > 0) importDomain(model, microsoft, 1);
  return count;
}

/** The x of x / sqrt 2. */
function underErf(index: GraphIndex, value: string): string | undefined {
  const scaled = index.producedBy(value, 'Div', 'Mul');
  const x = scaled?.input.find((input) => index.scalar(input) === undefined);
  return x !== undefined && isProduct(productOf(index, value, [x]), Math.SQRT1_2, { [x]: 1 }) ? x : undefined;
}

/** The x of sqrt(2 / pi) (x + 0.044715 x^3), or of sqrt(2 / pi) x (1 + 0.044715 x^2). */
function underTanh(index: GraphIndex, value: string): string | undefined {
  const outer = productOf(index, value);
  const sums = [...outer.powers.keys()].flatMap((leaf) => index.producedBy(leaf, 'Add') ?? []);
  for (const sum of sums)
    for (const one of sum.input) {
      const rest = index.otherInput(sum, one);
      if (index.scalar(one) === 1) {
        const x = [...outer.powers.keys()].find((leaf) => leaf !== sum.output[0]) ?? '';
        if (!isProduct(outer, tanhFactor, { [x]: 1, [sum.output[0]]: 1 })) continue;
        if (isProduct(productOf(index, rest, [x]), cubicFactor, { [x]: 2 })) return x;
      } else if (isProduct(outer, tanhFactor, { [sum.output[0]]: 1 })) {
        if (isProduct(productOf(index, rest, [one]), cubicFactor, { [one]: 3 })) return one;
      }
    }
  return undefined;
}

/** The last node of x * 0.5 * (1 + value). */
function halfProduct(index: GraphIndex, value: string, x: string): NodeProto | undefined {
  const plusOne = index.onlyReader(value);
  if (plusOne === undefined || !isOperator(plusOne, 'Add')) return undefined;
  if (index.scalar(index.otherInput(plusOne, value)) !== 1) return undefined;
  const [sum] = plusOne.output;
  let at = sum;
  for (let factors = 0; factors < 2; factors++) {
    const node = index.onlyReader(at);
    if (node === undefined || !isOperator(node, 'Mul', 'Div')) return undefined;
    [at] = node.output;
    if (isProduct(productOf(index, at, [x, sum]), 0.5, { [x]: 1, [sum]: 1 })) return node;
  }
  return undefined;
}

/** A number times powers of values. */
interface Product {
  readonly factor: number;
  readonly powers: ReadonlyMap<string, number>;
}

/** The factors of a value, as far as they are products, quotients by numbers and squares or cubes; not those of `leaves`. */
function productOf(index: GraphIndex, value: string, leaves: readonly string[] = [], depth = 6): Product {
  const number = index.scalar(value);
  if (number !== undefined) return { factor: number, powers: new Map() };
  const node = depth === 0 || leaves.includes(value) ? undefined : index.producedBy(value, 'Mul', 'Div', 'Pow');
  const second = node && index.scalar(node.input[1]);
  const of = (input: string): Product => productOf(index, input, leaves, depth - 1);
  if (node?.opType === 'Mul') return times(of(node.input[0]), of(node.input[1]));
  if (node?.opType === 'Div' && second) return times(of(node.input[0]), { factor: 1 / second, powers: new Map() });
  if (node?.opType === 'Pow' && (second === 2 || second === 3)) {
    const base = of(node.input[0]);
    return second === 2 ? times(base, base) : times(times(base, base), base);
  }
  return { factor: 1, powers: new Map([[value, 1]]) };
}

function times(a: Product, b: Product): Product {
  const powers = new Map(a.powers);
  for (const [value, power] of b.powers) powers.set(value, (powers.get(value) ?? 0) + power);
  return { factor: a.factor * b.factor, powers };
}

const isProduct = ({ factor, powers }: Product, wanted: number, wantedPowers: Readonly<Record<string, number>>) =>
  near(factor, wanted) &&
  powers.size === Object.keys(wantedPowers).length &&
  [...powers].every(([value, power]) => wantedPowers[value] === power);
