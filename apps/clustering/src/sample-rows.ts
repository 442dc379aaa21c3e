import type { Rows } from '@cairn/kmeans';
import { Random, takeRows } from '@cairn/numerics';

/** At most `limit` of the rows, chosen by the seed, in shared memory and in their order. */
export function sampleRows(rows: Rows, limit: number, seed: number): Rows {
  if (rows.count <= limit) return rows;
  const { dimension } = rows;
  const chosen = new Random(seed).sample(rows.count, limit);
  const values = new Float32Array(new SharedArrayBuffer(limit * dimension * 4));
  values.set(takeRows(rows.values, dimension, chosen));
  const squaredNorms = new Float64Array(new SharedArrayBuffer(limit * 8));
  chosen.forEach((index, i) => (squaredNorms[i] = rows.squaredNorms[index]));
  return { values, squaredNorms, count: limit, dimension };
}
