import type { Rows } from '@cairn/kmeans';

export interface DistinctRows {
  /** The first row of each kind, ascending. */
  readonly rows: Int32Array;
  /** For each row, which of them it is like `[count]`. */
  readonly kindOf: Int32Array;
}

/** Finds rows that are equal bit for bit: they merge at height 0, and searches among them would only find ties. */
export function distinctRows({ values, count, dimension }: Rows): DistinctRows {
  // Zero has two forms, which are equal but differ in their bits.
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const same = (a: number, b: number) => {
    for (let j = 0; j < dimension; j++) if (values[a * dimension + j] !== values[b * dimension + j]) return false;
    return true;
  };
  const byHash = new Map<number, number[]>();
  const kindOf = new Int32Array(count);
  const rows: number[] = [];
  for (let i = 0; i < count; i++) {
    let hash = 0x811c9dc5;
    for (let j = i * dimension; j < (i + 1) * dimension; j++)
      hash = Math.imul(hash ^ (values[j] === 0 ? 0 : bits[j]), 0x01000193);
    const alike = byHash.get(hash) ?? [];
    let kind = alike.find((candidate) => same(rows[candidate], i));
    if (kind === undefined) {
      kind = rows.length;
      rows.push(i);
      alike.push(kind);
      byHash.set(hash, alike);
    }
    kindOf[i] = kind;
  }
  return { rows: Int32Array.from(rows), kindOf };
}
