import { addScaled, sumOfSquares } from './adamw.js';

/**
 * The gradient of a word-embedding table, only of the rows that a step has read. Texts repeat tokens: rows of the same
 * id are summed, in the order in which ids first appear.
 */
export class RowGradients {
  /** Where the sum of each row is, -1 without one. */
  private readonly slots: Int32Array;
  private ids: Int32Array;
  private sums: Float32Array;
  private count = 0;

  /**
   * @param rows of the table
   * @param columns of the table
   */
  constructor(
    rows: number,
    private readonly columns: number,
  ) {
    this.slots = new Int32Array(rows).fill(-1);
    this.ids = new Int32Array(256);
    this.sums = new Float32Array(256 * columns);
  }

  /** Rows that have a sum. */
  get size(): number {
    return this.count;
  }

  /** Id of each row, `[size]`. */
  rowIds(): Int32Array {
    return this.ids.subarray(0, this.count);
  }

  /** `[size, columns]`, row-major; the buffer is used again after `clear`. */
  values(): Float32Array {
    return this.sums;
  }

  /**
   * Adds `weight` times the gradient of every gathered row. Rows of zeros are left out: padding reads the table too, and
   * what has no gradient is not to be moved.
   * @param ids `[count]`, each below the number of rows
   * @param gradient `[count, columns]`, row-major
   */
  add(ids: ArrayLike<bigint> | ArrayLike<number>, gradient: Float32Array, weight: number): void {
    const { columns } = this;
    if (gradient.length !== ids.length * columns)
      throw new RangeError(`${ids.length} rows of ${columns} columns need other than ${gradient.length} values.`);
    for (let i = 0; i < ids.length; i++) {
      if (isZero(gradient, i * columns, columns)) continue;
      addScaled(this.sums, this.slot(Number(ids[i])) * columns, gradient, i * columns, columns, weight);
    }
  }

  sumOfSquares(): number {
    return sumOfSquares(this.sums, 0, this.count * this.columns);
  }

  clear(): void {
    for (let slot = 0; slot < this.count; slot++) this.slots[this.ids[slot]] = -1;
    this.sums.fill(0, 0, this.count * this.columns);
    this.count = 0;
  }

  private slot(id: number): number {
    if (!(id >= 0 && id < this.slots.length))
      throw new RangeError(`The id ${id} is outside of a table of ${this.slots.length} rows.`);
    if (this.slots[id] >= 0) return this.slots[id];
    if (this.count === this.ids.length) this.grow();
    this.ids[this.count] = id;
    return (this.slots[id] = this.count++);
  }

  private grow(): void {
    const ids = new Int32Array(2 * this.ids.length);
    ids.set(this.ids);
    this.ids = ids;
    const sums = new Float32Array(2 * this.sums.length);
    sums.set(this.sums);
    this.sums = sums;
  }
}

function isZero(values: Float32Array, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) if (values[i] !== 0) return false;
  return true;
}
