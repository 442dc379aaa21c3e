/** Arithmetic of ONNX on tensors of a few elements: row-major lists of numbers, booleans as 0 and 1. */

export const elementCount = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** The shape that two shapes broadcast to; undefined if they do not. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let i = 0; i < rank; i++) {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (x !== y && x !== 1 && y !== 1) return undefined;
    dims.push(x === 1 ? y : x);
  }
  return dims;
}

/** For each element of a tensor of shape `target`, which element of one of shape `dims` is broadcast there. */
export function broadcastOrder(dims: readonly number[], target: readonly number[]): number[] {
  const strides = stridesOf(dims);
  const missing = target.length - dims.length;
  return elementsOf(target, (axis) => (axis < missing || dims[axis - missing] === 1 ? 0 : strides[axis - missing]));
}

/** For each element of a transposed tensor, which element of the one before, of shape `dims`, it is. */
export function transposedOrder(dims: readonly number[], perm: readonly number[]): number[] {
  const strides = stridesOf(dims);
  return elementsOf(
    perm.map((axis) => dims[axis]),
    (axis) => strides[perm[axis]],
  );
}

/** The shape that Reshape gives: 0 keeps a dimension, one -1 takes what is left; undefined if it cannot be. */
export function reshapedDims(
  dims: readonly number[],
  shape: readonly number[],
  zeroIsZero: boolean,
): number[] | undefined {
  const wanted = shape.map((size, i) => (size === 0 && !zeroIsZero ? (dims[i] ?? 0) : size));
  const open = wanted.indexOf(-1);
  const known = elementCount(wanted.filter((size) => size !== -1));
  if (open >= 0) wanted[open] = elementCount(dims) / known;
  const fits = elementCount(wanted) === elementCount(dims) && wanted.every((size) => Number.isInteger(size));
  return fits && wanted.every((size) => size >= 0) ? wanted : undefined;
}

function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return strides;
}

/** Offsets of all elements of a tensor, row by row, for given steps along its axes. */
function elementsOf(dims: readonly number[], step: (axis: number) => number): number[] {
  let offsets = [0];
  dims.forEach((size, axis) => {
    const along = step(axis);
    const next: number[] = [];
    for (const offset of offsets) for (let i = 0; i < size; i++) next.push(offset + i * along);
    offsets = next;
  });
  return offsets;
}
