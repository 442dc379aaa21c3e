import { int } from '../../graph-builder.js';
import { attribute } from '../../graph-index.js';
import { elementTypes } from '../../model.js';
import type { NodeProto } from '../../model.js';
import type { Backward, Gradient, GradientRule } from '../backward.js';
import { NotTrainableError } from '../not-trainable.js';

/** Adds the gradient of an operand that was broadcast to the shape of the node's output. */
function addTo(back: Backward, operand: string, output: string, gradient: Gradient): void {
  back.add(operand, back.unbroadcast(gradient, back.dims(output), back.dims(operand)));
}

const times = (back: Backward, { value, scale }: Gradient, factor: string, by = 1): Gradient => ({
  value: back.write.op('Mul', [value, factor]),
  scale: scale * by,
});

/** Of operators with one input and one output: the gradient from x, y and the gradient of y. */
const unary =
  (gradientOf: (back: Backward, gradient: Gradient, x: string, y: string, node: NodeProto) => Gradient): GradientRule =>
  (node, [gradient], back) => {
    if (gradient !== undefined)
      back.add(node.input[0], gradientOf(back, gradient, node.input[0], node.output[0], node));
  };

const sum =
  (signOfSecond: 1 | -1): GradientRule =>
  ({ input, output }, [gradient], back) => {
    input.forEach((operand, i) => {
      if (!back.needs(operand)) return;
      addTo(back, operand, output[0], { ...gradient!, scale: gradient!.scale * (i === 1 ? signOfSecond : 1) });
    });
  };

const multiply: GradientRule = ({ input: [a, b], output: [y] }, [gradient], back) => {
  if (a === b) return back.add(a, times(back, gradient!, a, 2));
  for (const [operand, other] of [
    [a, b],
    [b, a],
  ]) {
    if (!back.needs(operand)) continue;
    const factor = back.constant(other);
    const product = factor === undefined ? times(back, gradient!, other) : scaled(gradient!, factor);
    addTo(back, operand, y, product);
  }
};

const scaled = ({ value, scale }: Gradient, by: number): Gradient => ({ value, scale: scale * by });

const divide: GradientRule = ({ input: [a, b], output: [y] }, [gradient], back) => {
  const { value, scale } = gradient!;
  const divisor = back.constant(b);
  if (divisor !== undefined) return addTo(back, a, y, scaled(gradient!, 1 / divisor));
  const quotient = { value: back.write.op('Div', [value, b]), scale };
  if (back.needs(a)) addTo(back, a, y, quotient);
  if (back.needs(b)) addTo(back, b, y, times(back, quotient, y, -1));
};

const power: GradientRule = ({ input: [x, exponent], output: [y], name }, [gradient], back) => {
  const { write } = back;
  const e = back.constant(exponent);
  if (e === undefined)
    throw new NotTrainableError(`The operator Pow (node "${name ?? y}") has no constant exponent.`, 'Pow', name);
  if (e === 0) return;
  if (e === 1) return back.add(x, gradient!);
  if (e === 0.5) return back.add(x, { value: write.op('Div', [gradient!.value, y]), scale: gradient!.scale / 2 });
  const less = e === 2 ? x : e === 3 ? write.op('Mul', [x, x]) : write.op('Pow', [x, write.float(e - 1)]);
  back.add(x, times(back, gradient!, less, e));
};

/** Max and Min of two: the gradient goes to the one that is given, to the first of equal ones. */
const extreme =
  (isFirst: 'GreaterOrEqual' | 'LessOrEqual'): GradientRule =>
  ({ input, output: [y], name, opType }, [gradient], back) => {
    if (input.length === 1) return back.add(input[0], gradient!);
    if (input.length > 2)
      throw new NotTrainableError(`The operator ${opType} (node "${name}") has more than two inputs.`, opType, name);
    const first = back.write.op(isFirst, input);
    const zero = back.write.float(0);
    const { value, scale } = gradient!;
    const [a, b] = input;
    if (back.needs(a)) addTo(back, a, y, { value: back.write.op('Where', [first, value, zero]), scale });
    if (back.needs(b)) addTo(back, b, y, { value: back.write.op('Where', [first, zero, value]), scale });
  };

const where: GradientRule = ({ input: [condition, a, b], output: [y] }, [gradient], back) => {
  const { value, scale } = gradient!;
  const zero = back.write.float(0);
  if (back.needs(a)) addTo(back, a, y, { value: back.write.op('Where', [condition, value, zero]), scale });
  if (back.needs(b)) addTo(back, b, y, { value: back.write.op('Where', [condition, zero, value]), scale });
};

/** From within the bounds, which count as within, all passes; from beyond, nothing. */
const clip: GradientRule = ({ input: [x], output: [y] }, [gradient], back) => {
  const { value, scale } = gradient!;
  const within = back.write.op('Equal', [x, y]);
  back.add(x, { value: back.write.op('Where', [within, value, back.write.float(0)]), scale });
};

const cast: GradientRule = ({ input: [x], output: [y] }, [gradient], back) => {
  if (back.type(x) === back.type(y)) return back.add(x, gradient!);
  const to = int(elementTypes[back.type(x) as 'float32' | 'float64']);
  back.add(x, { value: back.write.op('Cast', [back.whole(gradient!)], { to }), scale: 1 });
};

export const elementwiseRules: Readonly<Record<string, GradientRule>> = {
  Identity: unary((_back, gradient) => gradient),
  Cast: cast,
  Add: sum(1),
  Sum: sum(1),
  Sub: sum(-1),
  Mul: multiply,
  Div: divide,
  Pow: power,
  Max: extreme('GreaterOrEqual'),
  Min: extreme('LessOrEqual'),
  Where: where,
  Clip: clip,
  Neg: unary((_back, gradient) => scaled(gradient, -1)),
  Abs: unary((back, gradient, x) => times(back, gradient, back.write.op('Sign', [x]))),
  Sqrt: unary((back, { value, scale }, _x, y) => ({ value: back.write.op('Div', [value, y]), scale: scale / 2 })),
  Reciprocal: unary((back, gradient, _x, y) => times(back, gradient, back.write.op('Mul', [y, y]), -1)),
  Exp: unary((back, gradient, _x, y) => times(back, gradient, y)),
  Log: unary((back, { value, scale }, x) => ({ value: back.write.op('Div', [value, x]), scale })),
  Sin: unary((back, gradient, x) => times(back, gradient, back.write.op('Cos', [x]))),
  Cos: unary((back, gradient, x) => times(back, gradient, back.write.op('Sin', [x]), -1)),
  Floor: () => {},
  Ceil: () => {},
  Round: () => {},
  Sign: () => {},
};

/** A number that a node has as an attribute. */
export const numberOf = (node: NodeProto, name: string, otherwise: number): number => {
  const found = attribute(node, name);
  return Number(found?.i ?? found?.f ?? otherwise);
};

export { times, unary };
