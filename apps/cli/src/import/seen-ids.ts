import { createHash } from 'node:crypto';

/**
 * A set of ids in 8 bytes each: an open-addressed table of 64-bit hashes. Two different ids collide with a
 * probability of n^2 / 2^65, for a million ids 3e-8.
 */
export class SeenIds {
  private table = new BigUint64Array(1024);
  private count = 0;

  /** Adds an id; says whether it was there before. */
  add(id: string): boolean {
    if (this.count * 2 >= this.table.length) this.grow();
    return this.insert(createHash('sha256').update(id).digest().readBigUInt64LE() || 1n);
  }

  private insert(hash: bigint): boolean {
    const mask = BigInt(this.table.length - 1);
    let slot = Number(hash & mask);
    while (this.table[slot] !== 0n) {
      if (this.table[slot] === hash) return true;
      slot = (slot + 1) & (this.table.length - 1);
    }
    this.table[slot] = hash;
    this.count += 1;
    return false;
  }

  private grow(): void {
    const old = this.table;
    this.table = new BigUint64Array(old.length * 2);
    this.count = 0;
    for (const hash of old) if (hash !== 0n) this.insert(hash);
  }
}
