import type { Interrupt, Rows } from '@cairn/kmeans';
import { dot, row, squaredEuclidean } from '@cairn/numerics';
import type { LeafMerges } from './dendrogram.js';

/** Beyond this many rows distances are kept in single precision: half the memory for seven digits. */
const doubleRows = 4_000;

/** Distances of all pairs of `n`, each once. */
class PairMatrix {
  private readonly values: Float32Array | Float64Array;

  constructor(readonly n: number) {
    const pairs = (n * (n - 1)) / 2;
    this.values = n <= doubleRows ? new Float64Array(pairs) : new Float32Array(pairs);
  }

  private at(a: number, b: number): number {
    return a < b ? a * this.n - (a * (a + 1)) / 2 + (b - a - 1) : b * this.n - (b * (b + 1)) / 2 + (a - b - 1);
  }

  get(a: number, b: number): number {
    return this.values[this.at(a, b)];
  }

  set(a: number, b: number, distance: number): void {
    this.values[this.at(a, b)] = distance;
  }
}

/**
 * Agglomerative clustering by the nearest-neighbour chain (Benzécri 1982; Murtagh 1983) over a matrix of all distances,
 * for linkages that sizes and means do not determine. O(count²) time and memory.
 * @param rows different rows
 * @param weights rows that each stands for `[count]`
 * @param cosine 1 - cosine of rows of unit norm instead of the Euclidean distance
 */
export function agglomerateMatrix(
  rows: Rows,
  weights: Float64Array,
  linkage: 'average' | 'complete',
  cosine: boolean,
  interrupt: Interrupt,
  onMerged: (done: number) => void,
): LeafMerges {
  const { count } = rows;
  const matrix = allDistances(rows, cosine, interrupt);
  const total = Math.max(0, count - 1);
  const merges = { a: new Int32Array(total), b: new Int32Array(total), heights: new Float64Array(total) };
  const sizes = Float64Array.from(weights);
  // Living clusters are named by one of their leaves, and kept in a list without gaps.
  const living = Int32Array.from({ length: count }, (_, i) => i);
  const place = Int32Array.from(living);
  let alive = count;
  const chain: number[] = [];
  for (let made = 0; made < total; made++) {
    if ((made & 63) === 0) {
      interrupt();
      onMerged(made);
    }
    if (chain.length === 0) chain.push(living[0]);
    for (;;) {
      const last = chain[chain.length - 1];
      // Among equals the previous one of the chain, or the walk might go in circles.
      let nearest = chain.length > 1 ? chain[chain.length - 2] : -1;
      let least = nearest < 0 ? Infinity : matrix.get(last, nearest);
      for (let at = 0; at < alive; at++) {
        const other = living[at];
        if (other === last) continue;
        const distance = matrix.get(last, other);
        if (distance < least) [least, nearest] = [distance, other];
      }
      if (chain.length > 1 && nearest === chain[chain.length - 2]) {
        chain.length -= 2;
        merges.a[made] = nearest;
        merges.b[made] = last;
        merges.heights[made] = least;
        join(nearest, last);
        break;
      }
      chain.push(nearest);
    }
  }
  return merges;

  /** `b` becomes part of `a`: distances by the formula of Lance and Williams 1967. */
  function join(a: number, b: number): void {
    alive--;
    place[living[alive]] = place[b];
    living[place[b]] = living[alive];
    const share = sizes[a] / (sizes[a] + sizes[b]);
    for (let at = 0; at < alive; at++) {
      const other = living[at];
      if (other === a) continue;
      const [toA, toB] = [matrix.get(a, other), matrix.get(b, other)];
      matrix.set(a, other, linkage === 'complete' ? Math.max(toA, toB) : share * toA + (1 - share) * toB);
    }
    sizes[a] += sizes[b];
  }
}

function allDistances({ values, count, dimension }: Rows, cosine: boolean, interrupt: Interrupt): PairMatrix {
  const matrix = new PairMatrix(count);
  for (let a = 0; a < count; a++) {
    if ((a & 15) === 0) interrupt();
    const from = row(values, dimension, a);
    for (let b = a + 1; b < count; b++) {
      const to = row(values, dimension, b);
      matrix.set(a, b, cosine ? Math.max(0, 1 - dot(from, to)) : Math.sqrt(squaredEuclidean(from, to)));
    }
  }
  return matrix;
}
