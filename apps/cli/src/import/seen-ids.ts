import { createHash } from 'node:crypto';

/** Ids of one generation; a second one is kept beside it. */
const generation = 512 * 1024;

/**
 * The ids seen last, in 8 bytes each: at least the last half a million are known again, and memory stays within 16 MiB
 * however many follow. Two different ids collide with a probability of n^2 / 2^65.
 */
export class SeenIds {
  private before = new IdTable();
  private now = new IdTable();

  /** @param kept ids of a generation */
  constructor(private readonly kept = generation) {}

  /** Adds an id; says whether it was there before. */
  add(id: string): boolean {
    const hash = createHash('sha256').update(id).digest().readBigUInt64LE() || 1n;
    if (this.before.has(hash)) return true;
    if (this.now.count >= this.kept) {
      this.before = this.now;
      this.now = new IdTable();
    }
    return this.now.add(hash);
  }
}

/** An open-addressed table of 64-bit hashes. */
class IdTable {
  count = 0;
  private table = new BigUint64Array(1024);

  has(hash: bigint): boolean {
    return this.table[this.slotOf(hash)] === hash;
  }

  add(hash: bigint): boolean {
    if (this.count * 2 >= this.table.length) this.grow();
    const slot = this.slotOf(hash);
    if (this.table[slot] === hash) return true;
    this.table[slot] = hash;
    this.count += 1;
    return false;
  }

  private slotOf(hash: bigint): number {
    let slot = Number(hash & BigInt(this.table.length - 1));
    while (this.table[slot] !== 0n && this.table[slot] !== hash) slot = (slot + 1) & (this.table.length - 1);
    return slot;
  }

  private grow(): void {
    const old = this.table;
    this.table = new BigUint64Array(old.length * 2);
    for (const hash of old) if (hash !== 0n) this.table[this.slotOf(hash)] = hash;
  }
}
