import { int, text } from '../../graph-builder.js';
import type { Backward, GradientRule } from '../backward.js';
import { axisOf, sizeAlong } from './movement-rules.js';

/** Tables with fewer rows get their gradient by a product with a matrix of zeros and ones. */
const smallTable = 64;

/**
 * What was read is added up where it was read. Of embeddings, wanted by rows, the rows are given as they are; from an axis
 * of a few places (token types) or by one index (the first token) without any scattering.
 */
const gather: GradientRule = (node, [gradient], back) => {
  const { write } = back;
  const [x, indices] = node.input;
  const [y] = node.output;
  const { value, scale } = gradient!;
  const along = axisOf(node, back.rank(x), 0);
  const dims = back.dims(x);
  if (along === 0 && dims.length === 2 && back.takesRows(x)) {
    const ids = write.op('Reshape', [indices, write.ints(-1)]);
    return back.addRows(x, { rows: back.asMatrix(back.whole(gradient!), back.rank(y), dims[1]), ids });
  }
  const rankOfIndices = back.rank(indices);
  const only = rankOfIndices === 0 ? back.constant(indices) : undefined;
  if (only !== undefined) return back.add(x, { value: placed(back, x, along, only, value), scale });

  // All that was read at one place of the other axes comes to the front: rows [count, ...].
  const read = Array.from({ length: rankOfIndices }, (_, i) => along + i);
  const others = Array.from({ length: back.rank(y) }, (_, i) => i).filter((axis) => !read.includes(axis));
  const front = write.transpose(value, [...read, ...others]);
  const restDims = dims.filter((_, axis) => axis !== along);
  const size = sizeAlong(back, x, along);
  const rest = write.op(
    'Concat',
    [write.ints(-1), ...dims.flatMap((_, axis) => (axis === along ? [] : [sizeAlong(back, x, axis)]))],
    { axis: int(0) },
  );
  const rows =
    restDims.length === 0 ? write.op('Reshape', [front, write.ints(-1)]) : write.op('Reshape', [front, rest]);
  const ids = write.op('Reshape', [indices, write.ints(-1)]);
  const summed = addedUp(back, rows, restDims.length, ids, size, dims[along]);
  const order = dims.map((_, axis) => (axis === along ? 0 : axis < along ? axis + 1 : axis));
  back.add(x, { value: write.transpose(summed, order), scale });
};

/** Rows `[count, ...]` added up by id: `[size, ...]`. */
function addedUp(
  back: Backward,
  rows: string,
  rest: number,
  ids: string,
  size: string,
  known: number | undefined,
): string {
  const { write } = back;
  if (rest === 1 && known !== undefined && known <= smallTable) {
    const values = write.op('Cast', [write.ints(0, 1)], { to: int(1) });
    const oneHot = write.op('OneHot', [ids, size, values]);
    return write.product(oneHot, rows, { transA: true });
  }
  const shape = write.op(
    'Concat',
    [size, write.op('Slice', [write.op('Shape', [rows]), write.ints(1), write.ints(2 ** 31 - 1)])],
    { axis: int(0) },
  );
  const zeros = write.op('ConstantOfShape', [shape]);
  return write.addRows(zeros, ids, rows, rest + 1);
}

/** One slice among zeros. */
function placed(back: Backward, x: string, along: number, index: number, value: string): string {
  const { write } = back;
  const rank = back.rank(x);
  const size = sizeAlong(back, x, along);
  const last = write.op('Sub', [size, write.ints(1)]);
  const [before, after] =
    index >= 0
      ? [write.ints(index), write.op('Sub', [last, write.ints(index)])]
      : [write.op('Add', [size, write.ints(index)]), write.ints(-1 - index)];
  const zeros = (count: number): string[] => (count === 0 ? [] : [write.ints(...new Array<number>(count).fill(0))]);
  const pads = [...zeros(along), before, ...zeros(rank - 1), after, ...zeros(rank - 1 - along)];
  const slice = write.op('Unsqueeze', [value, write.ints(along)]);
  return write.op('Pad', [slice, write.op('Concat', pads, { axis: int(0) })]);
}

const gatherElements: GradientRule = (node, [gradient], back) => {
  const { write } = back;
  const [x, indices] = node.input;
  const attributes = { axis: int(axisOf(node, back.rank(x), 0)), reduction: text('add') };
  const zeros = write.op('ConstantOfShape', [back.shapeOf(x)]);
  const value = write.op('ScatterElements', [zeros, indices, gradient!.value], attributes);
  back.add(x, { value, scale: gradient!.scale });
};

export const gatherRules: Readonly<Record<string, GradientRule>> = { Gather: gather, GatherElements: gatherElements };
