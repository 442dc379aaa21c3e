import { loadKernels, type Kernels } from './kernels/load-kernels.js';
import type { Products } from './products.js';
import { paddedGroups, positionsOf, roundUp, step, strideOf, type RunState } from './run-state.js';

const pageBytes = 65_536;

/** What lies below belongs to the kernels. */
const memoryStart = 1024;

/** Products of one turn: 1 MiB, which stays in the cache of a core. */
const turnProducts = 2 ** 18;

/** Half the distance from 1 to the next float32. */
export const unitRoundoff = 2 ** -24;

/** A row in byte products must have fewer components than this: their sums would leave 32 bits. */
const mostByteComponents = 2 ** 16;

/** What the memory holds, as addresses. */
interface Layout {
  readonly stride: number;
  readonly positions: number;
  /** Rows of one turn. */
  readonly turn: number;
  readonly rows: number;
  readonly quantized: number;
  readonly meta: number;
  readonly products: number;
  readonly labels: number;
  readonly uppers: number;
  readonly bounds: number;
  readonly rowBounds: number;
  readonly list: number;
  readonly scratch: number;
  readonly shift: number;
  readonly groupMoved: number;
  readonly centroids: number;
  readonly quantizedCentroids: number;
  readonly squares: number;
  readonly scales: number;
  readonly names: number;
  readonly sums: number;
  readonly end: number;
}

function layoutOf({ dimension, clusters, groups }: RunState): Layout {
  const stride = strideOf(dimension);
  const positions = positionsOf(clusters);
  const turn = Math.max(16, Math.min(1024, roundUp(Math.floor(turnProducts / Math.max(positions, stride)), 16)));
  let end = memoryStart;
  const take = (bytes: number) => {
    const start = end;
    end = roundUp(end + bytes, 64);
    return start;
  };
  return {
    stride,
    positions,
    turn,
    rows: take(turn * stride * 4),
    quantized: take(turn * stride),
    meta: take(turn * 16),
    products: take(turn * positions * 4),
    labels: take(turn * 4),
    uppers: take(turn * 4),
    bounds: take(turn * paddedGroups(groups) * 4),
    rowBounds: take(paddedGroups(groups) * 4),
    list: take(groups * 4),
    scratch: take(positions * 8),
    shift: take(stride * 4),
    groupMoved: take(paddedGroups(groups) * 4),
    centroids: take(positions * stride * 4),
    quantizedCentroids: take(stride * positions),
    squares: take(positions * 4),
    scales: take(positions * 4),
    names: take(positions * 4),
    sums: take(positions * stride * 8),
    end,
  };
}

/**
 * The memory in which one thread compares rows with centroids: kernels and ONNX Runtime work on it in place. ONNX
 * Runtime takes no memory that threads share, so rows and centroids are copied here.
 */
export class Workbench {
  private memory = new WebAssembly.Memory({ initial: 1 });
  kernels: Kernels = loadKernels(this.memory);
  layout!: Layout;
  float32 = new Float32Array(0);
  int32 = new Int32Array(0);
  float64 = new Float64Array(0);
  private runId = -1;
  /** Version of each centroid that was loaded. */
  private loaded = new Int32Array(0);
  private useBytes = false;
  /** Most of |c - shift|, and of its error as bytes. */
  private norms = new Float64Array(0);
  private errors = new Float64Array(0);
  private largest = 0;
  private largestError = 0;

  constructor(private readonly products: Products) {}

  /** Makes the memory hold the centroids of a run as they are now; copies those that have changed. */
  load(state: RunState): void {
    if (this.runId !== state.id) this.layOut(state);
    const { layout } = this;
    const { dimension, clusters, centroids, versions } = state;
    this.float32.set(state.groupMoved, layout.groupMoved >> 2);
    let changed = false;
    for (let j = 0; j < clusters; j++) {
      if (this.loaded[j] === versions[j]) continue;
      this.loaded[j] = versions[j];
      changed = true;
      const at = (layout.centroids >> 2) + j * layout.stride;
      this.float32.set(centroids.subarray(j * dimension, (j + 1) * dimension), at);
      if (this.useBytes) this.quantizeCentroid(j, state.shift);
      else this.measureCentroid(j, dimension);
    }
    if (!changed) return;
    this.largest = this.norms.reduce((most, norm) => Math.max(most, norm), 0);
    this.largestError = this.errors.reduce((most, error) => Math.max(most, error), 0);
  }

  /**
   * Nearest centroids of the first `count` rows in memory; labels, distances and bounds lie in memory then.
   * See the kernel `nearest`.
   * @param indices which rows of the run they are `[count]`
   */
  async nearest(count: number, state: RunState, indices: Int32Array): Promise<void> {
    const { layout, kernels } = this;
    const { stride, positions } = layout;
    const { buffer } = this.memory;
    if (this.useBytes) {
      this.quantizeRows(count, state, indices);
      await this.products.multiplyBytes(
        new Uint8Array(buffer, layout.quantized, count * stride),
        new Int8Array(buffer, layout.quantizedCentroids, stride * positions),
        stride,
        new Int32Array(buffer, layout.products, count * positions),
      );
    } else {
      kernels.measureRows(layout.rows, count, stride, layout.meta);
      await this.products.multiplyFloats(
        new Float32Array(buffer, layout.rows, count * stride),
        new Float32Array(buffer, layout.centroids, positions * stride),
        stride,
        new Float32Array(buffer, layout.products, count * positions),
      );
    }
    // A sum of products in any order has an error below this times |x| |c|: Higham 2002, section 3.1.
    const productError = this.useBytes ? 0 : unitRoundoff * (stride + 2);
    kernels.nearest(
      count,
      stride,
      positions,
      state.groupSize,
      state.groups,
      layout.rows,
      layout.products,
      this.useBytes ? 0 : 1,
      layout.meta,
      layout.squares,
      layout.scales,
      layout.centroids,
      layout.names,
      this.largest,
      this.largestError,
      productError,
      layout.groupMoved,
      layout.labels,
      layout.uppers,
      layout.bounds,
      layout.scratch,
    );
  }

  /** Rows as bytes: made at the first assignment, kept if there is room for them. */
  private quantizeRows(count: number, state: RunState, indices: Int32Array): void {
    const { layout, kernels, float32 } = this;
    const { stride } = layout;
    const { quantized, quantizedMeta } = state;
    const made = quantized !== undefined && state.counters[step] > 0;
    if (!made) kernels.quantizeRows(layout.rows, layout.shift, count, stride, layout.quantized, layout.meta);
    if (quantized === undefined || quantizedMeta === undefined) return;
    const bytes = new Uint8Array(this.memory.buffer, layout.quantized, count * stride);
    const meta = float32.subarray(layout.meta >> 2, (layout.meta >> 2) + count * 4);
    for (let p = 0, run = 1; p < count; p += run, run = 1) {
      // Rows in a row are copied at once.
      const i = indices[p];
      while (p + run < count && indices[p + run] === i + run) run++;
      if (made) {
        bytes.set(quantized.subarray(i * stride, (i + run) * stride), p * stride);
        meta.set(quantizedMeta.subarray(i * 4, (i + run) * 4), p * 4);
      } else {
        quantized.set(bytes.subarray(p * stride, (p + run) * stride), i * stride);
        quantizedMeta.set(meta.subarray(p * 4, (p + run) * 4), i * 4);
      }
    }
  }

  /** Copies rows `start` to `start + count` of `values [., dimension]` into memory, from row `to` on. */
  copyRows(values: Float32Array, dimension: number, start: number, count: number, to: number): void {
    const { stride, rows } = this.layout;
    const at = (rows >> 2) + to * stride;
    if (stride === dimension)
      return this.float32.set(values.subarray(start * dimension, (start + count) * dimension), at);
    for (let i = 0; i < count; i++)
      this.float32.set(values.subarray((start + i) * dimension, (start + i + 1) * dimension), at + i * stride);
  }

  /** The address of some memory for other work; what was loaded is forgotten. */
  borrow(bytes: number): number {
    this.runId = -1;
    this.reserve(memoryStart + bytes);
    return memoryStart;
  }

  /** Address of the row `index` in memory. */
  rowAddress(index: number): number {
    return this.layout.rows + index * this.layout.stride * 4;
  }

  /** Address of the centroid at a position. */
  centroidAddress(position: number): number {
    return this.layout.centroids + position * this.layout.stride * 4;
  }

  private layOut(state: RunState): void {
    const layout = layoutOf(state);
    this.reserve(layout.end);
    this.float32.fill(0, 0, layout.end >> 2);
    this.layout = layout;
    this.runId = state.id;
    this.useBytes = this.products.exactBytes && state.dimension < mostByteComponents;
    this.loaded = new Int32Array(state.clusters);
    this.norms = new Float64Array(state.clusters);
    this.errors = new Float64Array(state.clusters);
    this.float32.set(state.shift, layout.shift >> 2);
    // What fills up the positions is far from everything, and has no name.
    const { positions } = layout;
    this.float32.fill(1e30, (layout.squares >> 2) + state.clusters, (layout.squares >> 2) + positions);
    this.int32.set(state.names, layout.names >> 2);
    this.int32.fill(-1, (layout.names >> 2) + state.clusters, (layout.names >> 2) + positions);
  }

  /** Makes the memory at least so large; a new one takes the place of a small one, which can be given back then. */
  private reserve(bytes: number): void {
    if (bytes <= this.memory.buffer.byteLength) return;
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) });
    this.kernels = loadKernels(this.memory);
    this.float32 = new Float32Array(this.memory.buffer);
    this.int32 = new Int32Array(this.memory.buffer);
    this.float64 = new Float64Array(this.memory.buffer);
  }

  /** The centroid at a position less the shift, as bytes; largest component 127. */
  private quantizeCentroid(j: number, shift: Float32Array): void {
    const { layout, float32 } = this;
    const { stride, positions } = layout;
    const from = (layout.centroids >> 2) + j * stride;
    let most = 0;
    let square = 0;
    for (let i = 0; i < shift.length; i++) {
      const value = float32[from + i] - shift[i];
      square += value * value;
      most = Math.max(most, Math.abs(value));
    }
    const scale = Math.fround(most / 127);
    const inverse = scale > 1e-30 ? 1 / scale : 0;
    const bytes = new Int8Array(this.memory.buffer, layout.quantizedCentroids, stride * positions);
    let error = 0;
    for (let i = 0, to = j; i < shift.length; i++, to += positions) {
      const value = float32[from + i] - shift[i];
      const rounded = Math.max(-127, Math.min(127, Math.round(value * inverse)));
      bytes[to] = rounded;
      error += (value - rounded * scale) ** 2;
    }
    float32[(layout.squares >> 2) + j] = square;
    float32[(layout.scales >> 2) + j] = scale;
    this.norms[j] = Math.sqrt(square) * (1 + 1e-6);
    this.errors[j] = Math.sqrt(error) * (1 + 1e-6);
  }

  private measureCentroid(j: number, dimension: number): void {
    const { layout, float32 } = this;
    const from = (layout.centroids >> 2) + j * layout.stride;
    let square = 0;
    for (let i = 0; i < dimension; i++) square += float32[from + i] ** 2;
    float32[(layout.squares >> 2) + j] = square;
    float32[(layout.scales >> 2) + j] = 1;
    this.norms[j] = Math.sqrt(square) * (1 + 1e-6);
  }
}
