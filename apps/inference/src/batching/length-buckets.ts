interface Aged<T> {
  readonly text: T;
  /** Lower came earlier. */
  readonly age: number;
}

/** A queue of texts of one length; taking from its head costs nothing. */
class Bucket<T> {
  private entries: Aged<T>[] = [];
  private head = 0;

  get size(): number {
    return this.entries.length - this.head;
  }

  get oldest(): number {
    return this.entries[this.head].age;
  }

  push(entry: Aged<T>): void {
    this.entries.push(entry);
  }

  unshift(entries: readonly Aged<T>[]): void {
    this.entries = [...entries, ...this.entries.slice(this.head)];
    this.head = 0;
  }

  shift(): T {
    const { text } = this.entries[this.head++];
    // What has been taken is let go in large pieces.
    if (this.head === this.entries.length || this.head >= 1024) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
    return text;
  }
}

/**
 * A queue that can also be asked by length: texts lie in one bucket for each length, oldest first. All questions cost the
 * number of different lengths at most, however many texts wait.
 */
export class LengthBuckets<T extends { readonly length: number }> {
  private readonly buckets = new Map<number, Bucket<T>>();
  /** Lengths that have texts, in ascending order. */
  private readonly lengths: number[] = [];
  private newest = 0;
  private count = 0;
  private sum = 0;

  get size(): number {
    return this.count;
  }

  /** Sum of the lengths of all texts. */
  get tokens(): number {
    return this.sum;
  }

  push(text: T): void {
    this.bucket(text.length).push({ text, age: this.newest++ });
    this.count++;
    this.sum += text.length;
  }

  /** Puts texts before all others. */
  unshift(texts: readonly T[]): void {
    const byLength = new Map<number, T[]>();
    for (const text of texts) {
      const same = byLength.get(text.length);
      if (same === undefined) byLength.set(text.length, [text]);
      else same.push(text);
    }
    for (const [length, same] of byLength) this.bucket(length).unshift(same.map((text) => ({ text, age: -1 })));
    this.count += texts.length;
    for (const { length } of texts) this.sum += length;
  }

  /** Length of the text that has waited longest. */
  oldestLength(): number | undefined {
    let found: number | undefined;
    let age = Infinity;
    for (const length of this.lengths) {
      const { oldest } = this.buckets.get(length)!;
      if (oldest < age) [found, age] = [length, oldest];
    }
    return found;
  }

  /** The greatest length below this one that has texts. */
  nextShorter(length: number): number | undefined {
    return this.lengths[this.position(length) - 1];
  }

  /** The least length above this one that has texts. */
  nextLonger(length: number): number | undefined {
    const at = this.position(length);
    return this.lengths[this.lengths[at] === length ? at + 1 : at];
  }

  /** Takes the oldest text of a length. */
  shift(length: number): T | undefined {
    const bucket = this.buckets.get(length);
    if (bucket === undefined) return undefined;
    const text = bucket.shift();
    this.count--;
    this.sum -= length;
    if (bucket.size === 0) {
      this.buckets.delete(length);
      this.lengths.splice(this.position(length), 1);
    }
    return text;
  }

  private bucket(length: number): Bucket<T> {
    let bucket = this.buckets.get(length);
    if (bucket === undefined) {
      bucket = new Bucket();
      this.buckets.set(length, bucket);
      this.lengths.splice(this.position(length), 0, length);
    }
    return bucket;
  }

  /** Where a length is in `lengths`, or would be. */
  private position(length: number): number {
    let low = 0;
    let high = this.lengths.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.lengths[middle] < length) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
