const mask64 = (1n << 64n) - 1n;

/** One step of splitmix64: the next state and its output. Steele, Lea, Flood, "Fast splittable PRNGs", 2014. */
function splitmix64(state: bigint): { state: bigint; output: bigint } {
  const next = (state + 0x9e3779b97f4a7c15n) & mask64;
  let z = next;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return { state: next, output: z ^ (z >> 31n) };
}

const rotateLeft = (x: number, by: number) => (x << by) | (x >>> (32 - by));

/**
 * A seeded generator of random numbers: xoshiro128** 1.1 (Blackman, Vigna 2018), its state filled by splitmix64.
 * The same seed gives the same sequence everywhere. Not for secrets.
 */
export class Random {
  private readonly state = new Uint32Array(4);

  /**
   * @param seed any integer; only its lowest 64 bits count
   * @param stream numbers that name an independent sequence under the same seed, such as the index of a restart
   */
  constructor(seed: number | bigint, ...stream: number[]) {
    let state = BigInt.asUintN(64, BigInt(seed));
    for (const part of stream) state = splitmix64(state ^ splitmix64(BigInt.asUintN(64, BigInt(part))).output).output;
    for (let i = 0; i < 4; i += 2) {
      const step = splitmix64(state);
      state = step.state;
      this.state[i] = Number(step.output & 0xffffffffn);
      this.state[i + 1] = Number(step.output >> 32n);
    }
  }

  /** An integer in [0, 2^32). */
  next(): number {
    const s = this.state;
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 67108864 + (this.next() >>> 6)) / 9007199254740992;
  }

  /** An integer in [0, n), each equally likely. Needs 1 <= n <= 2^32. */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new RangeError(`below(n) needs 1 <= n <= 2^32; got ${n}.`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    let drawn = this.next();
    while (drawn >= limit) drawn = this.next();
    return drawn % n;
  }

  /** A number from the standard normal distribution, by Marsaglia's polar method. */
  normal(): number {
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const radius = x * x + y * y;
      if (radius > 0 && radius < 1) return x * Math.sqrt((-2 * Math.log(radius)) / radius);
    }
  }

  /** Puts the items in random order, in place (Fisher-Yates), and returns them. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
    return items;
  }

  /** `count` different integers of [0, n), ascending. */
  sample(n: number, count: number): Int32Array {
    if (count > n) throw new RangeError(`Cannot choose ${count} different integers below ${n}.`);
    const all = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < count; i++) {
      const j = i + this.below(n - i);
      const drawn = all[j];
      all[j] = all[i];
      all[i] = drawn;
    }
    return all.slice(0, count).sort();
  }

  /** An index of `weights [n]`, with a probability in proportion to its weight. Needs weights >= 0, one of them > 0. */
  weighted(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i];
    if (!(total > 0 && total < Infinity))
      throw new RangeError(`Weights must have a positive, finite sum; got ${total}.`);
    let left = this.uniform() * total;
    let last = -1;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i] <= 0) continue;
      last = i;
      left -= weights[i];
      if (left < 0) return i;
    }
    // Rounding may leave a crumb after the last weight.
    return last;
  }
}
