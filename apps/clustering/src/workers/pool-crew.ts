import { type Crew, nextBlock, type Phase } from '@cairn/kmeans';
import type { WorkerPool } from './worker-pool.js';

/** The threads of a pool, all on one run; other work of the pool goes on between the steps. */
export class PoolCrew implements Crew {
  constructor(
    private readonly pool: WorkerPool,
    readonly slots: number,
    private readonly signal: AbortSignal,
  ) {}

  async run(phase: Phase): Promise<void> {
    Atomics.store(phase.state.counters, nextBlock, 0);
    const share = (slot: number) => this.pool.run({ kind: 'share', phase, slot }, this.signal);
    await Promise.all(Array.from({ length: this.slots }, (_, slot) => share(slot)));
  }

  allocate(bytes: number): SharedArrayBuffer {
    return new SharedArrayBuffer(bytes);
  }
}
