import { float } from '../../graph-builder.js';
import { attribute } from '../../graph-index.js';
import type { NodeProto } from '../../model.js';
import type { Backward, Gradient, GradientRule } from '../backward.js';
import { numberOf, times, unary } from './elementwise-rules.js';

/** Derivatives from y: gradient · (1 - y²), gradient · y (1 - y). */
const tanh = unary((back, gradient, _x, y) =>
  times(back, gradient, back.write.op('Sub', [back.write.float(1), back.write.op('Mul', [y, y])])),
);
const sigmoid = unary((back, gradient, _x, y) => times(back, gradient, sigmoidSlope(back, y)));

const sigmoidSlope = ({ write }: Backward, y: string): string => write.op('Sub', [y, write.op('Mul', [y, y])]);

/** d erf(x) / dx = 2 / sqrt(pi) exp(-x²); the quotient is 0 where exp(x²) overflows, as it should be. */
const erf = unary(({ write }, { value, scale }, x) => ({
  value: write.op('Div', [value, write.op('Exp', [write.op('Mul', [x, x])])]),
  scale: (scale * 2) / Math.sqrt(Math.PI),
}));

/**
 * Gelu (arXiv:1606.08415): x Φ(x), so Φ(x) + x φ(x). Nine passes over memory: each is worth saving, as this is the largest
 * tensor of a layer. HardSigmoid is a Φ from erf in one pass, and u / exp(u²) needs no minus.
 */
const gelu = (back: Backward, gradient: Gradient, x: string): Gradient => {
  const { write } = back;
  const u = write.op('Mul', [x, write.float(Math.SQRT1_2)]);
  const half = float(0.5);
  const cdf = write.op('HardSigmoid', [write.op('Erf', [u])], { alpha: half, beta: half });
  const density = write.op('Div', [u, write.op('Exp', [write.op('Mul', [u, u])])]);
  const slope = write.op('Add', [cdf, write.op('Mul', [density, write.float(1 / Math.sqrt(Math.PI))])]);
  return times(back, gradient, slope);
};

/** With tanh instead of erf: x s(v), where s(v) = (1 + tanh v) / 2 = sigmoid(2 v) and v = sqrt(2 / pi) (x + 0.044715 x³). */
const geluByTanh = (back: Backward, gradient: Gradient, x: string): Gradient => {
  const { write } = back;
  const k = 2 * Math.sqrt(2 / Math.PI);
  const square = write.op('Mul', [x, x]);
  const cubic = write.op('Mul', [square, write.float(0.044715 * k)]);
  const inner = write.op('Mul', [x, write.op('Add', [cubic, write.float(k)])]);
  const s = write.op('Sigmoid', [inner]);
  const innerSlope = write.op('Mul', [write.op('Add', [write.op('Mul', [cubic, write.float(3)]), write.float(k)]), x]);
  const slope = write.op('Add', [s, write.op('Mul', [sigmoidSlope(back, s), innerSlope])]);
  return times(back, gradient, slope);
};

/** Gelu of the standard (opset 20), which may be the approximation, or of ONNX Runtime. */
const anyGelu: GradientRule = (node, [gradient], back) => {
  const approximate = Buffer.from(attribute(node, 'approximate')?.s ?? []).toString() === 'tanh';
  back.add(node.input[0], (approximate ? geluByTanh : gelu)(back, gradient!, node.input[0]));
};

/** ONNX Runtime's with a bias `[columns]` inside. */
const withBias =
  (slopeOf: typeof gelu): GradientRule =>
  ({ input: [x, bias] }, [gradient], back) => {
    const sum = bias ? back.write.op('Add', [x, bias]) : x;
    const inner = slopeOf(back, gradient!, sum);
    back.add(x, inner);
    if (bias && back.needs(bias)) back.add(bias, back.unbroadcast(inner, back.dims(x), back.dims(bias)));
  };

/** x sigmoid(a x): s + a x s (1 - s). */
const quickGelu = (back: Backward, gradient: Gradient, x: string, alpha: number): Gradient => {
  const { write } = back;
  const inner = alpha === 1 ? x : write.op('Mul', [x, write.float(alpha)]);
  const s = write.op('Sigmoid', [inner]);
  const slope = write.op('Add', [s, write.op('Mul', [inner, sigmoidSlope(back, s)])]);
  return times(back, gradient, slope);
};

const relu = unary((back, gradient, _x, y) => times(back, gradient, back.write.op('Sign', [y])));

const leakyRelu = unary((back, gradient, x, _y, node) => {
  const below = back.write.op('Mul', [gradient.value, back.write.float(numberOf(node, 'alpha', 0.01))]);
  const isBelow = back.write.op('Less', [x, back.write.float(0)]);
  return { value: back.write.op('Where', [isBelow, below, gradient.value]), scale: gradient.scale };
});

/** Below zero a (exp(x) - 1), whose derivative is y + a. */
const elu = unary((back, gradient, x, y, node: NodeProto) => {
  const below = back.write.op('Add', [y, back.write.float(numberOf(node, 'alpha', 1))]);
  const isBelow = back.write.op('Less', [x, back.write.float(0)]);
  return times(back, gradient, back.write.op('Where', [isBelow, below, back.write.float(1)]));
});

export const activationRules: Readonly<Record<string, GradientRule>> = {
  Tanh: tanh,
  Sigmoid: sigmoid,
  Erf: erf,
  Gelu: anyGelu,
  FastGelu: withBias(geluByTanh),
  BiasGelu: withBias(gelu),
  QuickGelu: (node, [gradient], back) =>
    back.add(node.input[0], quickGelu(back, gradient!, node.input[0], numberOf(node, 'alpha', 1.702))),
  Softplus: unary((back, gradient, x) => times(back, gradient, back.write.op('Sigmoid', [x]))),
  Relu: relu,
  LeakyRelu: leakyRelu,
  Elu: elu,
};
