import type { ExampleMemory } from './example-memory.js';
import type { SoftmaxHead } from './softmax-head.js';

/** What of a head's arrays head.json says: heads of before there were radii and a memory say nothing. */
export interface ArrayLayout {
  readonly radii?: boolean;
  readonly memory?: { readonly weight: number; readonly starts: readonly number[] };
}

type Arrays = Pick<SoftmaxHead, 'weights' | 'biases' | 'centroids' | 'radii' | 'memory'>;

/** The layout of a head's arrays in weights.bin. */
export function layoutOf({ radii, memory }: Arrays): ArrayLayout {
  return {
    ...(radii !== undefined && { radii: true }),
    ...(memory !== undefined && { memory: { weight: memory.weight, starts: [...memory.starts] } }),
  };
}

/**
 * weights, biases, centroids, then if there are any radii, and of the memory centre, scales (all little-endian float32)
 * and values (int8).
 */
export function packArrays({ weights, biases, centroids, radii, memory }: Arrays): Buffer {
  const parts: (Float32Array | Int8Array)[] = [weights, biases, centroids];
  if (radii !== undefined) parts.push(radii);
  if (memory !== undefined) parts.push(memory.centre, memory.scales, memory.values);
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

/**
 * @throws Error if the bytes are not as many as the layout says
 */
export function unpackArrays(bytes: Buffer, classes: number, dimension: number, layout: ArrayLayout): Arrays {
  const rows = layout.memory?.starts.at(-1) ?? 0;
  const floats = classes * (2 * dimension + 1) + (layout.radii ? classes : 0) + (layout.memory ? dimension + rows : 0);
  const expected = 4 * floats + rows * dimension;
  if (bytes.length !== expected) throw new Error(`has ${bytes.length} bytes, not ${expected}.`);
  const buffer = Uint8Array.from(bytes).buffer;
  const values = new Float32Array(buffer, 0, floats);
  let at = 0;
  const take = (count: number) => values.slice(at, (at += count));
  const arrays = { weights: take(classes * dimension), biases: take(classes), centroids: take(classes * dimension) };
  const radii = layout.radii ? { radii: take(classes) } : {};
  if (layout.memory === undefined) return { ...arrays, ...radii };
  const memory: ExampleMemory = {
    centre: take(dimension),
    scales: take(rows),
    values: new Int8Array(buffer, 4 * floats),
    starts: Int32Array.from(layout.memory.starts),
    weight: layout.memory.weight,
  };
  return { ...arrays, ...radii, memory };
}
