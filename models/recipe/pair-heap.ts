/** Pairs by how often they occur: the most frequent first; of equally frequent ones that of the smaller key. */
export class PairHeap {
  private counts = new Float64Array(1 << 16);
  private keys = new Float64Array(1 << 16);
  private size = 0;

  push(count: number, key: number): void {
    if (this.size === this.keys.length) {
      this.counts = enlarged(this.counts);
      this.keys = enlarged(this.keys);
    }
    let at = this.size++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.isBefore(count, key, above)) break;
      this.move(above, at);
      at = above;
    }
    this.counts[at] = count;
    this.keys[at] = key;
  }

  pop(): { readonly count: number; readonly key: number } | undefined {
    if (this.size === 0) return undefined;
    const top = { count: this.counts[0], key: this.keys[0] };
    const last = --this.size;
    const [count, key] = [this.counts[last], this.keys[last]];
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= last) break;
      if (below + 1 < last && this.isBefore(this.counts[below + 1], this.keys[below + 1], below)) below++;
      if (this.isBefore(count, key, below)) break;
      this.move(below, at);
      at = below;
    }
    this.counts[at] = count;
    this.keys[at] = key;
    return top;
  }

  private isBefore(count: number, key: number, place: number): boolean {
    return count > this.counts[place] || (count === this.counts[place] && key < this.keys[place]);
  }

  private move(from: number, to: number): void {
    this.counts[to] = this.counts[from];
    this.keys[to] = this.keys[from];
  }
}

function enlarged(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}
