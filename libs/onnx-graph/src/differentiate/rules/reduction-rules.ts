import { int } from '../../graph-builder.js';
import { attribute } from '../../graph-index.js';
import type { NodeProto } from '../../model.js';
import type { Backward, Gradient, GradientRule } from '../backward.js';
import { times } from './elementwise-rules.js';
import { constants } from './movement-rules.js';

/** Axes that a reduction goes over: an attribute or, in later operator sets, an input; without either all. */
function axesOf(back: Backward, node: NodeProto): number[] {
  const [x, input] = node.input;
  const rank = back.rank(x);
  const given = input ? constants(back, node, input) : attribute(node, 'axes')?.ints.map(Number);
  const axes = given ?? back.dims(x).map((_, i) => i);
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** The gradient, or another value of the shape of the output, with the reduced axes in place. */
function kept(back: Backward, node: NodeProto, value: string): string {
  if (Number(attribute(node, 'keepdims')?.i ?? 1) === 1) return value;
  return back.write.op('Unsqueeze', [value, back.write.ints(...axesOf(back, node))]);
}

const expanded = (back: Backward, { value, scale }: Gradient, like: string): Gradient => ({
  value: back.write.op('Expand', [value, back.shapeOf(like)]),
  scale,
});

/** One over the number of elements that went into each; sizes that depend on the batch are read when the graph runs. */
function meanOf(back: Backward, node: NodeProto, gradient: Gradient): Gradient {
  const { write } = back;
  const [x] = node.input;
  const dims = back.dims(x);
  const axes = axesOf(back, node);
  const fixed = axes.reduce((product, axis) => product * (dims[axis] ?? 1), 1);
  const open = axes.filter((axis) => dims[axis] === undefined);
  const scale = gradient.scale / fixed;
  if (open.length === 0) return { value: gradient.value, scale };
  const sizes = write.op('Gather', [write.op('Shape', [x]), write.ints(...open)]);
  const count = write.op('ReduceProd', [write.op('Cast', [sizes], { to: int(1) })], { keepdims: int(0) });
  return { value: write.op('Div', [gradient.value, count]), scale };
}

const sum: GradientRule = (node, [gradient], back) => {
  const { value, scale } = gradient!;
  back.add(node.input[0], expanded(back, { value: kept(back, node, value), scale }, node.input[0]));
};

const mean: GradientRule = (node, [gradient], back) => {
  const { value, scale } = meanOf(back, node, gradient!);
  back.add(node.input[0], expanded(back, { value: kept(back, node, value), scale }, node.input[0]));
};

/** Rules that multiply by something of the shape of x need no Expand. */
const withFactor =
  (factorOf: (back: Backward, x: string, y: string) => string, by: number): GradientRule =>
  (node, [gradient], back) => {
    const [x] = node.input;
    const factor = factorOf(back, x, kept(back, node, node.output[0]));
    back.add(x, times(back, { ...gradient!, value: kept(back, node, gradient!.value) }, factor, by));
  };

export const reductionRules: Readonly<Record<string, GradientRule>> = {
  ReduceSum: sum,
  ReduceMean: mean,
  ReduceSumSquare: withFactor((_back, x) => x, 2),
  ReduceL2: withFactor(({ write }, x, y) => write.op('Div', [x, y]), 1),
  ReduceLogSumExp: withFactor(({ write }, x, y) => write.op('Exp', [write.op('Sub', [x, y])]), 1),
};
