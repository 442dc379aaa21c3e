import { assignRows } from './assign-phase.js';
import { placeCentroids } from './centroid-order.js';
import { measureRows } from './measure-phase.js';
import { normalizeShare, rescaleShare, surveyShare, type PrepareState } from './prepare-rows.js';
import type { Interrupt } from './rows.js';
import { nextBlock, type RunState } from './run-state.js';
import { seedShare, type SeedState } from './seed-phase.js';
import { updateCentroids } from './update-phase.js';
import type { Workbench } from './workbench.js';

/** A step that all threads of a run take part in, each with what it finds left to do: `state.counters[nextBlock]` tells. */
export type Phase =
  /** Gives the centroids `[clusters, dimension]` their positions, and chooses the shift. */
  | { readonly kind: 'order'; readonly state: RunState; readonly start: Float32Array; readonly frozen: number }
  | { readonly kind: 'assign'; readonly state: RunState }
  | { readonly kind: 'update'; readonly state: RunState }
  | { readonly kind: 'measure'; readonly state: RunState; readonly distances?: Float64Array }
  | { readonly kind: 'normalize' | 'survey'; readonly state: PrepareState }
  | {
      readonly kind: 'rescale';
      readonly state: PrepareState;
      readonly offset: Float64Array;
      readonly scale: number;
    }
  | { readonly kind: 'seed'; readonly state: SeedState; readonly points: Float32Array; readonly chosen: number };

/** Those who work on a run. How many they are has no influence on its result. */
export interface Crew {
  /** Shares of a phase; RunState.slots. */
  readonly slots: number;
  /** Takes a phase to its end. */
  run(phase: Phase): Promise<void>;
  /** Memory that all of them see. */
  allocate(bytes: number): ArrayBuffer | SharedArrayBuffer;
}

/** One thread's share of a phase. */
export async function doShare(phase: Phase, slot: number, bench: Workbench, interrupt: Interrupt): Promise<void> {
  switch (phase.kind) {
    case 'order':
      return placeCentroids(phase.state, phase.start, phase.frozen);
    case 'assign':
      return assignRows(phase.state, bench, slot, interrupt);
    case 'update':
      return updateCentroids(phase.state, interrupt);
    case 'measure':
      return measureRows(phase.state, bench, phase.distances, interrupt);
    case 'normalize':
      return normalizeShare(phase.state, interrupt);
    case 'survey':
      return surveyShare(phase.state, interrupt);
    case 'rescale':
      return rescaleShare(phase.state, phase.offset, phase.scale, interrupt);
    case 'seed':
      return seedShare(phase.state, phase.points, phase.chosen, bench, interrupt);
  }
}

/** The thread that asks does all the work. */
export class SoloCrew implements Crew {
  readonly slots = 1;

  constructor(
    private readonly bench: Workbench,
    private readonly interrupt: Interrupt,
  ) {}

  run(phase: Phase): Promise<void> {
    phase.state.counters[nextBlock] = 0;
    return doShare(phase, 0, this.bench, this.interrupt);
  }

  allocate(bytes: number): ArrayBuffer {
    return new ArrayBuffer(bytes);
  }
}
