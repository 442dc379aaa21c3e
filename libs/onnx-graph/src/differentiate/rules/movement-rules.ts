import { attribute } from '../../graph-index.js';
import type { NodeProto } from '../../model.js';
import type { Backward, GradientRule } from '../backward.js';
import { NotTrainableError } from '../not-trainable.js';
import { numberOf } from './elementwise-rules.js';

/** Reshape, Squeeze, Unsqueeze, Flatten: the gradient in the shape of the input. */
const reshape: GradientRule = ({ input: [x] }, [gradient], back) => back.add(x, back.reshaped(gradient!, x));

const transpose: GradientRule = (node, [gradient], back) => {
  const [x] = node.input;
  const given = attribute(node, 'perm')?.ints.map(Number);
  const perm = given ?? back.dims(x).map((_, i, dims) => dims.length - 1 - i);
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  back.add(x, { value: back.write.transpose(gradient!.value, inverse), scale: gradient!.scale });
};

const expand: GradientRule = ({ input: [x], output: [y] }, [gradient], back) =>
  back.add(x, back.unbroadcast(gradient!, back.dims(y), back.dims(x)));

const axisOf = (node: NodeProto, rank: number, otherwise: number): number => {
  const axis = numberOf(node, 'axis', otherwise);
  return axis < 0 ? axis + rank : axis;
};

/** The size of a value along an axis, as a list of one integer in the graph. */
function sizeAlong(back: Backward, value: string, axis: number): string {
  const size = back.dims(value)[axis];
  if (size !== undefined) return back.write.ints(size);
  return back.write.op('Gather', [back.write.op('Shape', [value]), back.write.ints(axis)]);
}

const axis = (i: number) => ({ axis: { type: 2, i } });

const concat: GradientRule = (node, [gradient], back) => {
  const along = axisOf(node, back.rank(node.output[0]), 0);
  const sizes = back.write.op(
    'Concat',
    node.input.map((input) => sizeAlong(back, input, along)),
    axis(0),
  );
  const parts = back.write.ops('Split', [gradient!.value, sizes], node.input.length, axis(along));
  node.input.forEach((input, i) => back.add(input, { value: parts[i], scale: gradient!.scale }));
};

const split: GradientRule = (node, gradients, back) => {
  const along = axisOf(node, back.rank(node.input[0]), 0);
  const parts = node.output.map((output, i) => {
    const gradient = gradients[i];
    return gradient === undefined ? back.write.op('ConstantOfShape', [back.shapeOf(output)]) : back.whole(gradient);
  });
  back.add(node.input[0], { value: back.write.op('Concat', parts, axis(along)), scale: 1 });
};

/**
 * The gradient of a slice lies among zeros. One axis and step after the other: what starts at s with step k and has n
 * elements of size ones before it and after it; between elements of a step there are k - 1 zeros.
 */
const slice: GradientRule = (node, [gradient], back) => {
  const [x, starts, ends, axes, steps] = node.input;
  const { write } = back;
  const rank = back.rank(x);
  const count = back.dims(starts)[0] ?? 0;
  const named = axes ? constants(back, node, axes) : Array.from({ length: count }, (_, i) => i);
  const strides = steps ? constants(back, node, steps) : named.map(() => 1);
  let { value } = gradient!;
  named.forEach((given, i) => {
    const along = given < 0 ? given + rank : given;
    const size = sizeAlong(back, x, along);
    // The positions that are taken, found by slicing the list of all: so every rule for negative and too large ends holds.
    const all = write.op('Range', [write.int(0), write.op('Squeeze', [size, write.ints(0)]), write.int(1)]);
    const part = (list: string): string => write.op('Gather', [list, write.ints(i)]);
    const taken = write.op('Slice', [all, part(starts), part(ends), write.ints(0), write.ints(strides[i])]);
    value =
      strides[i] === 1 ? padded(back, value, rank, along, taken, size) : spread(back, value, rank, along, taken, size);
  });
  back.add(x, { value, scale: gradient!.scale });
};

/** Zeros before and after: `taken` are consecutive positions. */
function padded(back: Backward, value: string, rank: number, along: number, taken: string, size: string): string {
  const { write } = back;
  const zeros = (count: number): string[] => (count === 0 ? [] : [write.ints(...new Array<number>(count).fill(0))]);
  // The first position, or, of none, whatever: nothing is taken then.
  const first = write.op('ReduceSum', [write.op('Slice', [taken, write.ints(0), write.ints(1)]), write.ints(0)]);
  const end = write.op('Add', [first, write.op('Shape', [taken])]);
  const after = write.op('Sub', [size, end]);
  const pads = [...zeros(along), first, ...zeros(rank - 1), after, ...zeros(rank - 1 - along)];
  return write.op('Pad', [value, write.op('Concat', pads, axis(0))]);
}

/** Each slice to its position: a product with rows of the unit matrix. */
function spread(back: Backward, value: string, rank: number, along: number, taken: string, size: string): string {
  const { write } = back;
  const last = rank - 1;
  const swap = Array.from({ length: rank }, (_, i) => (i === along ? last : i === last ? along : i));
  const values = write.op(
    'Concat',
    [write.op('Reshape', [write.float(0), write.ints(1)]), write.op('Reshape', [write.float(1), write.ints(1)])],
    axis(0),
  );
  const rows = write.op('OneHot', [taken, size, values]);
  return write.transpose(write.product(write.transpose(value, swap), rows), swap);
}

/** Integers that must be known: axes and steps. */
export function constants(back: Backward, node: NodeProto, value: string): readonly number[] {
  const integers = back.integers(value);
  if (integers === undefined)
    throw new NotTrainableError(
      `The operator ${node.opType} (node "${node.name ?? node.output[0]}") has axes or steps that are computed.`,
      node.opType,
      node.name,
    );
  return integers;
}

/** What was added around is left out. */
const pad: GradientRule = ({ input: [x, pads, , axes], name, opType }, [gradient], back) => {
  if (axes) throw new NotTrainableError(`The operator ${opType} (node "${name}") pads chosen axes only.`, opType, name);
  const { write } = back;
  const rank = back.rank(x);
  const before = write.op('Slice', [pads, write.ints(0), write.ints(rank)]);
  const end = write.op('Add', [before, back.shapeOf(x)]);
  back.add(x, { value: write.op('Slice', [gradient!.value, before, end]), scale: gradient!.scale });
};

export const movementRules: Readonly<Record<string, GradientRule>> = {
  Reshape: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Flatten: reshape,
  Transpose: transpose,
  Expand: expand,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
};

export { axisOf, sizeAlong };
