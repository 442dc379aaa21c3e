import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' }) => void;

/** Bytes outside the heap that may wait to be collected. */
const mostBytes = 4_000_000;

/**
 * Frees buffers that a thread drops, before they pile up. The tensors that ONNX Runtime returns lie outside the heap of
 * V8, which sees a few small objects and leaves tens of megabytes behind them; a collection of the young ones takes a
 * fraction of a millisecond and gives the memory back.
 */
export class YoungGarbage {
  private readonly collect: Collect;
  private bytes = 0;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.collect = runInNewContext('gc') as Collect;
  }

  /** Books dropped buffers; collects once enough have come together. */
  dropped(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < mostBytes) return;
    this.bytes = 0;
    this.collect({ type: 'minor' });
  }
}
