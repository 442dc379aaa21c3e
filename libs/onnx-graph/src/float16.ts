import { int } from './graph-builder.js';
import { attribute, GraphIndex } from './graph-index.js';
import { elementTypes, type ModelProto, type NodeProto, type TensorProto } from './model.js';
import { makeNode } from './nodes.js';
import { makeTensor, tensorValues } from './tensor.js';
import { dropFormerDefaults, ValueNames } from './value-names.js';

/** The largest finite float16, and the smallest that has all its eleven bits. */
const largest = 65_504;
const smallestNormal = 2 ** -14;

/** Vectors (biases, gains) are a thousandth of a model and may be read by those who rewrite it. */
const smallestTensor = 1024;

export interface StoredFloat16 {
  /** Tensors that are float16 now. */
  readonly tensors: number;
  /** Names of large tensors that stay float32, because values would become infinite or lose nearly all their bits. */
  readonly kept: readonly string[];
}

/**
 * Stores the matrices of a model as float16, in place: half the file. Each is followed by a Cast to float32, so that
 * every operator computes as before; ONNX Runtime makes these casts once, when it loads the file.
 */
export function storeFloat16(model: ModelProto): StoredFloat16 {
  const graph = model.graph!;
  const names = new ValueNames(graph);
  const before = new Set(graph.initializer.map(({ name }) => name ?? ''));
  const casts: NodeProto[] = [];
  const kept: string[] = [];
  graph.initializer = graph.initializer.map((tensor) => {
    const size = tensor.dims.reduce<number>((product, dim) => product * Number(dim), 1);
    if (tensor.dataType !== elementTypes.float32 || tensor.dims.length < 2 || size < smallestTensor) return tensor;
    const name = tensor.name ?? '';
    const values = tensorValues(tensor) as Float32Array;
    if (!fitsFloat16(values)) {
      kept.push(name);
      return tensor;
    }
    const stored = names.fresh(`${name}_float16`);
    casts.push(makeNode('Cast', [stored], [name], { to: int(elementTypes.float32) }));
    const halves = toFloat16(values);
    const rawData = new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
    return { ...tensor, name: stored, dataType: elementTypes.float16, rawData, floatData: [] };
  });
  graph.node.unshift(...casts);
  dropFormerDefaults(graph, before);
  return { tensors: casts.length, kept };
}

/**
 * Undoes storeFloat16, in place, but for the rounding: casts of float16 constants become float32 constants, which is
 * what those who rewrite a graph look for.
 * @returns how many tensors are float32 again
 */
export function restoreFloat32(model: ModelProto): number {
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  const outputs = new Set(graph.output.map(({ name }) => name ?? ''));
  const restored: TensorProto[] = [];
  const undone = new Set<NodeProto>();
  for (const node of graph.node) {
    const tensor = node.opType === 'Cast' ? index.initializer(node.input[0]) : undefined;
    if (tensor?.dataType !== elementTypes.float16 || Number(attribute(node, 'to')?.i) !== elementTypes.float32)
      continue;
    if (outputs.has(node.output[0])) continue;
    restored.push(makeTensor(node.output[0], 'float32', tensor.dims.map(Number), fromFloat16(halvesOf(tensor))));
    undone.add(node);
  }
  graph.node = graph.node.filter((node) => !undone.has(node));
  const read = new Set(graph.node.flatMap(({ input }) => input));
  graph.initializer = graph.initializer.filter(
    ({ name, dataType }) => dataType !== elementTypes.float16 || read.has(name ?? '') || outputs.has(name ?? ''),
  );
  graph.initializer.push(...restored);
  return restored.length;
}

/** Whether no value becomes infinite, and the largest keeps its precision (zeros do). */
function fitsFloat16(values: Float32Array): boolean {
  let magnitude = 0;
  for (const value of values) {
    // So that not a number does not fit either.
    if (!(Math.abs(value) <= largest)) return false;
    magnitude = Math.max(magnitude, Math.abs(value));
  }
  return magnitude === 0 || magnitude >= smallestNormal;
}

/** The bits of the nearest float16 of each value, ties to even (IEEE 754 binary16); from 65,520 on that is infinity. */
export function toFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, roundBits);
}

function roundBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  // 65,536 and above, infinity, not a number.
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  // 13 bits go; the exponent's bias falls from 127 to 15. A carry out of the fraction raises the exponent, as it should.
  if (magnitude >= 0x38800000) return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
  // Below 2^-14 float16 counts in units of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const units = fraction >>> shift;
  const rest = fraction - (units << shift);
  const half = 1 << (shift - 1);
  return sign | (units + (rest > half || (rest === half && (units & 1) === 1) ? 1 : 0));
}

/** The values of float16 bits; exact. */
export function fromFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(halves, (half) => {
    const exponent = (half >>> 10) & 31;
    const fraction = half & 0x3ff;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Infinity
            : NaN
          : (1024 + fraction) * 2 ** (exponent - 25);
    return half >= 0x8000 ? -magnitude : magnitude;
  });
}

function halvesOf(tensor: TensorProto): Uint16Array {
  // Exporters may put the bits of each into the field of 32-bit integers.
  if (tensor.rawData === undefined) return Uint16Array.from(tensor.int32Data, Number);
  return new Uint16Array(new Uint8Array(tensor.rawData).buffer);
}
