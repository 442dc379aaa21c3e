import type { Interrupt } from './rows.js';
import {
  blockRows,
  changedLabels,
  lookAtFew,
  lookedRows,
  nextBlock,
  paddedGroups,
  settledRows,
  sparseRows,
  step,
  type RunState,
} from './run-state.js';
import { unitRoundoff, type Workbench } from './workbench.js';

/** What is added to an upper bound, and taken from a lower one, that went through float32. */
const slack = 4 * unitRoundoff;

/** A row whose centroid may only have changed within groups this small a part of all is looked at there alone. */
const sparseShare = 1 / 8;

/** While bounds settle few rows, one of so many blocks is looked at. */
const fewBlocks = 8;

const roundedUp = (value: number): number => Math.fround(value + Math.abs(value) * slack + 1e-20);

/**
 * One thread's share of an assignment: takes blocks of rows until there are none left, finds the nearest centroid of
 * each, and notes what that changes in the sums.
 *
 * Exact, whatever the way: the label is the centroid of least distance in double precision (exactDistance), the lowest
 * index among equals. Bounds and products of bytes only rule out what they prove to be farther. As in Yinyang k-means
 * (Ding et al. 2015) a row keeps an upper bound of the distance to its centroid and a lower bound for each group of
 * others; here bounds hold the sum of all movements at the time they were made, so that rows nobody looks at cost
 * no writing.
 */
export async function assignRows(state: RunState, bench: Workbench, slot: number, interrupt: Interrupt): Promise<void> {
  interrupt();
  bench.load(state);
  const share = new AssignShare(state, bench);
  const blocks = Math.ceil(state.count / blockRows);
  for (;;) {
    const block = Atomics.add(state.counters, nextBlock, 1);
    if (block >= blocks) break;
    interrupt();
    const start = block * blockRows;
    await share.assign(block, start, Math.min(state.count, start + blockRows));
  }
  await share.finish();
  share.report(slot);
}

class AssignShare {
  private readonly paddedGroups: number;
  private readonly indices: Int32Array;
  private pending = 0;
  private changed = 0;
  private settled = 0;
  private sparse = 0;
  private looked = 0;
  private readonly touched: Uint8Array;
  private readonly sizes: Int32Array;
  private readonly mass: Float64Array;
  private readonly first: boolean;
  private readonly few: boolean;
  private readonly relative: number;
  private readonly mostSparse: number;

  constructor(
    private readonly state: RunState,
    private readonly bench: Workbench,
  ) {
    const { clusters, groups, groupSize } = state;
    this.paddedGroups = paddedGroups(groups);
    this.indices = new Int32Array(bench.layout.turn);
    this.touched = new Uint8Array(clusters);
    this.sizes = new Int32Array(clusters);
    this.mass = new Float64Array(clusters);
    this.first = !state.pruning || state.counters[step] === 0;
    this.few = state.counters[lookAtFew] === 1;
    this.relative = (bench.layout.stride / 16 + 12) * unitRoundoff;
    this.mostSparse = Math.floor((clusters * sparseShare) / groupSize);
  }

  async assign(block: number, start: number, end: number): Promise<void> {
    const { state, bench } = this;
    const { turn } = bench.layout;
    if (this.first || (this.few && block % fewBlocks !== state.counters[step] % fewBlocks)) {
      for (let at = start; at < end;) {
        const taken = Math.min(end - at, turn - this.pending);
        bench.copyRows(state.values, state.dimension, at, taken, this.pending);
        for (let i = 0; i < taken; i++) this.indices[this.pending + i] = at + i;
        this.pending += taken;
        at += taken;
        if (this.pending === turn) await this.finish();
      }
      return;
    }
    this.looked += end - start;
    for (let i = start; i < end; i++) {
      this.look(i);
      if (this.pending === turn) await this.finish();
    }
  }

  /** Skips the row, or settles it, or leaves it in memory to be compared with all centroids. */
  private look(i: number): void {
    const { state, bench } = this;
    const { bounds, groupMoved, groups } = state;
    const { layout, int32, float32, kernels } = bench;
    const label = state.labels[i];
    const moved = state.moved[label];
    const offset = i * this.paddedGroups;
    const upper = state.uppers[i] + moved;
    let g = 0;
    while (g < groups && bounds[offset + g] - groupMoved[g] > upper) g++;
    if (g === groups) {
      this.settled++;
      return;
    }
    bench.copyRows(state.values, state.dimension, i, 1, this.pending);
    const row = bench.rowAddress(this.pending);
    const squared = kernels.distance(row, bench.centroidAddress(label), layout.stride);
    const distance = Math.sqrt(squared * (1 + this.relative)) * (1 + slack) + 1e-20;
    let listed = 0;
    for (; g < groups; g++)
      if (!(bounds[offset + g] - groupMoved[g] > distance)) int32[(layout.list >> 2) + listed++] = g;
    if (listed === 0) {
      this.settled++;
      state.uppers[i] = roundedUp(distance - moved);
      return;
    }
    if (listed > this.mostSparse) {
      this.indices[this.pending++] = i;
      return;
    }
    this.sparse++;
    const rowBounds = layout.rowBounds >> 2;
    const home = Math.floor(label / state.groupSize);
    float32[rowBounds + home] = Math.max(0, bounds[offset + home] - groupMoved[home]);
    for (let l = 0; l < listed; l++) float32[rowBounds + int32[(layout.list >> 2) + l]] = 0;
    const nearest = kernels.nearestInGroups(
      row,
      layout.stride,
      layout.positions,
      state.groupSize,
      layout.centroids,
      layout.names,
      label,
      layout.list,
      listed,
      layout.rowBounds,
      layout.uppers,
      layout.scratch,
    );
    state.uppers[i] = roundedUp(float32[layout.uppers >> 2] - state.moved[nearest]);
    const store = (group: number) => {
      const bound = float32[rowBounds + group] + groupMoved[group];
      bounds[offset + group] = bound - bound * slack;
    };
    if (nearest !== label) store(home);
    for (let l = 0; l < listed; l++) store(int32[(layout.list >> 2) + l]);
    this.change(i, label, nearest, row);
  }

  /** Compares the rows that wait in memory with all centroids. */
  async finish(): Promise<void> {
    const { state, bench, pending } = this;
    if (pending === 0) return;
    this.pending = 0;
    await bench.nearest(pending, state, this.indices);
    const { layout, int32, float32 } = bench;
    const padded = this.paddedGroups;
    const bounds = layout.bounds >> 2;
    for (let p = 0; p < pending; p++) {
      const i = this.indices[p];
      const nearest = int32[(layout.labels >> 2) + p];
      if (state.pruning) {
        state.uppers[i] = roundedUp(float32[(layout.uppers >> 2) + p] - state.moved[nearest]);
        // Rows in a row are written at once.
        let run = 1;
        if (p === 0 || this.indices[p - 1] !== i - 1) {
          while (p + run < pending && this.indices[p + run] === i + run) run++;
          const from = bounds + p * padded;
          state.bounds.set(float32.subarray(from, from + run * padded), i * padded);
        }
      }
      this.change(i, state.labels[i], nearest, bench.rowAddress(p));
    }
  }

  private change(i: number, before: number, now: number, row: number): void {
    if (before === now) return;
    const { state } = this;
    this.changed++;
    state.labels[i] = now;
    const weight = state.weights === undefined ? 1 : state.weights[i];
    if (before >= 0) this.add(before, row, -weight, -1);
    this.add(now, row, weight, 1);
  }

  private add(label: number, row: number, weight: number, one: 1 | -1): void {
    const { state, bench } = this;
    const { layout, kernels, float64 } = bench;
    const sums = layout.sums + label * layout.stride * 8;
    if (this.touched[label] === 0) {
      this.touched[label] = 1;
      float64.fill(0, sums >> 3, (sums >> 3) + layout.stride);
    }
    this.sizes[label] += one;
    this.mass[label] += weight + state.magic - state.magic;
    kernels.accumulate(row, sums, layout.stride, state.magic, weight);
  }

  /** Hands the changes of the sums over to the update phase. */
  report(slot: number): void {
    const { state, bench } = this;
    const { clusters, dimension } = state;
    for (let j = 0; j < clusters; j++) {
      const at = slot * clusters + j;
      state.touched[at] = this.touched[j];
      if (this.touched[j] === 0) continue;
      state.massChanges[at] = this.mass[j];
      state.sizeChanges[at] = this.sizes[j];
      const from = (bench.layout.sums >> 3) + j * bench.layout.stride;
      state.sumChanges.set(bench.float64.subarray(from, from + dimension), at * dimension);
    }
    Atomics.add(state.counters, changedLabels, this.changed);
    Atomics.add(state.counters, settledRows, this.settled);
    Atomics.add(state.counters, sparseRows, this.sparse);
    Atomics.add(state.counters, lookedRows, this.looked);
  }
}
