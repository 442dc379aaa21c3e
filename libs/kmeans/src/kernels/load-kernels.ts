import { moduleText } from './simd-kernels.js';

/** The functions of simd-kernels.as, which documents them. Addresses are in bytes, into the memory they were loaded with. */
export interface Kernels {
  distance(a: number, b: number, stride: number): number;
  exactDistance(a: number, b: number, stride: number): number;
  doubleDistance(a: number, b: number, stride: number): number;
  accumulate(row: number, sums: number, stride: number, magic: number, weight: number): void;
  quantizeRows(rows: number, shift: number, count: number, stride: number, quantized: number, meta: number): void;
  measureRows(rows: number, count: number, stride: number, meta: number): void;
  nearest(
    count: number,
    stride: number,
    positions: number,
    groupSize: number,
    groups: number,
    rows: number,
    products: number,
    isFloat: number,
    meta: number,
    squares: number,
    scales: number,
    centroids: number,
    names: number,
    largest: number,
    largestError: number,
    productError: number,
    moved: number,
    labels: number,
    uppers: number,
    bounds: number,
    scratch: number,
  ): void;
  nearestInGroups(
    row: number,
    stride: number,
    positions: number,
    groupSize: number,
    centroids: number,
    names: number,
    label: number,
    list: number,
    listed: number,
    bounds: number,
    upper: number,
    scratch: number,
  ): number;
  closestAfter(
    count: number,
    stride: number,
    rows: number,
    points: number,
    pointCount: number,
    closest: number,
    weights: number,
    after: number,
    pitch: number,
    potentials: number,
  ): void;
}

let compiled: WebAssembly.Module | undefined;

/** The kernels on this memory. */
export function loadKernels(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(Buffer.from(moduleText, 'base64'));
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return instance.exports as unknown as Kernels;
}
