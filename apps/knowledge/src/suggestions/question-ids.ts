/**
 * Ids of many questions, sixteen bytes each: a run over a million questions keeps the order of its rows in 16 MB, where
 * texts would take a hundred.
 */
export class QuestionIds {
  private bytes = Buffer.alloc(16 * 1024);
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(id: string): void {
    if ((this.count + 1) * 16 > this.bytes.length) {
      const larger = Buffer.alloc(this.bytes.length * 2);
      this.bytes.copy(larger);
      this.bytes = larger;
    }
    this.bytes.write(id.replaceAll('-', ''), this.count * 16, 'hex');
    this.count++;
  }

  /** @throws RangeError if there is no such row */
  at(row: number): string {
    if (!(row >= 0 && row < this.count)) throw new RangeError(`There is no row ${row} among ${this.count}.`);
    const hex = this.bytes.toString('hex', row * 16, row * 16 + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** The ids of rows `start` to `end`, the end excluded. */
  slice(start: number, end: number): string[] {
    const ids: string[] = [];
    for (let row = start; row < Math.min(end, this.count); row++) ids.push(this.at(row));
    return ids;
  }

  /** The ids in pieces of at most `size`, in order. */
  *pages(size: number): Generator<string[]> {
    for (let start = 0; start < this.count; start += size) yield this.slice(start, start + size);
  }
}
