import type { Interrupt, Rows } from '@cairn/kmeans';
import { row, squaredEuclidean } from '@cairn/numerics';
import { blockOf, PairwiseDistances, pointsOf } from './pairwise.js';

export interface Neighbours {
  /** How many of each row. */
  readonly k: number;
  /** The nearest other rows, nearest first `[count, k]`. */
  readonly indices: Int32Array;
  /** Their squared Euclidean distances, in double precision `[count, k]`. */
  readonly squared: Float64Array;
}

/** Rows that are compared with at once: their distances to a block of rows stay in a cache. */
const tileRows = 4096;
const blockRows = 512;

/** Candidates beyond k, in case float32 has put the last ones in the wrong order. */
const margin = 4;

/**
 * The k nearest other rows of every row, by comparing all with all. Float32 finds candidates, double precision orders
 * them; the lower index comes first among equals.
 * @param k at most count - 1
 * @param onDone told of the comparisons done, of `total`
 */
export async function nearestNeighbours(
  rows: Rows,
  k: number,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
  onDone: (done: number, total: number) => void,
): Promise<Neighbours> {
  const { count, dimension, values } = rows;
  const kept = Math.min(count, k + 1 + margin);
  const bestValues = new Float32Array(count * kept).fill(Infinity);
  const bestIndices = new Int32Array(count * kept).fill(-1);
  const list = { values: new Float32Array(kept), indices: new Int32Array(kept) };
  const total = Math.ceil(count / tileRows);
  for (let tile = 0; tile < total; tile++) {
    const points = pointsOf(rows, tile * tileRows, Math.min(count, (tile + 1) * tileRows));
    const taken = Math.min(kept, points.count);
    for (let start = 0; start < count; start += blockRows) {
      interrupt();
      const size = Math.min(blockRows, count - start);
      const block = blockOf(
        values,
        dimension,
        Int32Array.from({ length: size }, (_, i) => start + i),
      );
      const found = await pairwise.nearest('euclidean', block, points, taken);
      for (let i = 0; i < size; i++) {
        const at = (start + i) * kept;
        // Two rising lists become one; the earlier tile goes first among equals.
        for (let c = 0, old = 0, fresh = 0; c < kept; c++) {
          const candidate = fresh < taken ? found.values[i * taken + fresh] : Infinity;
          if (bestValues[at + old] <= candidate) {
            list.values[c] = bestValues[at + old];
            list.indices[c] = bestIndices[at + old++];
          } else {
            list.values[c] = candidate;
            list.indices[c] = tile * tileRows + found.indices[i * taken + fresh++];
          }
        }
        bestValues.set(list.values, at);
        bestIndices.set(list.indices, at);
      }
    }
    onDone(tile + 1, total);
  }
  return exactly(rows, k, bestIndices, kept);
}

function exactly({ values, count, dimension }: Rows, k: number, candidates: Int32Array, kept: number): Neighbours {
  const indices = new Int32Array(count * k);
  const squared = new Float64Array(count * k);
  const distance = new Float64Array(kept);
  for (let i = 0; i < count; i++) {
    const own = row(values, dimension, i);
    // Equal rows may have pushed the row itself off its list.
    const others = candidates.subarray(i * kept, (i + 1) * kept).filter((j) => j !== i && j >= 0);
    others.forEach((j, at) => (distance[at] = squaredEuclidean(own, row(values, dimension, j))));
    const order = Int32Array.from(others.keys()).sort((a, b) => distance[a] - distance[b] || others[a] - others[b]);
    for (let c = 0; c < k; c++) {
      indices[i * k + c] = others[order[c]];
      squared[i * k + c] = distance[order[c]];
    }
  }
  return { k, indices, squared };
}
