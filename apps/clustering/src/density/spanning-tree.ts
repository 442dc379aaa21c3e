import type { Interrupt, Rows } from '@cairn/kmeans';
import { row, squaredEuclidean } from '@cairn/numerics';
import { blockOf, PairwiseDistances, pointsOf, squaredDistanceError } from '../distances/pairwise.js';
import type { Neighbours } from '../distances/neighbours.js';
import { DisjointSets, type LeafMerges } from '../hierarchy/dendrogram.js';

const tileRows = 4096;
const blockRows = 256;

/**
 * The minimum spanning tree of the mutual reachability distance, max(core(a), core(b), |a - b|), by Borůvka's algorithm:
 * in each round every component takes its shortest edge outwards. Most of them are found in the lists of nearest
 * neighbours. What is not in a row's list is no nearer than the list's end: only rows for which that could still be
 * shorter than what their component has found are compared with all others. All decisions are in double precision.
 * @param squaredCores squared core distances `[count]`
 * @param onEdges told of the edges found so far, of count - 1
 * @returns count - 1 edges with their lengths, in no order
 */
export async function spanningTree(
  rows: Rows,
  neighbours: Neighbours,
  squaredCores: Float64Array,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
  onEdges: (done: number) => void,
): Promise<LeafMerges> {
  const { count } = rows;
  const search = new EdgeSearch(rows, neighbours, squaredCores);
  const edges = { a: new Int32Array(count - 1), b: new Int32Array(count - 1), heights: new Float64Array(count - 1) };
  for (let made = 0; made < count - 1;) {
    interrupt();
    search.label();
    search.askLists();
    await search.askRows(pairwise, interrupt);
    for (let component = 0; component < count; component++) {
      const a = search.from[component];
      if (a < 0 || search.sets.find(a) === search.sets.find(search.to[component])) continue;
      search.sets.join(a, search.to[component]);
      edges.a[made] = a;
      edges.b[made] = search.to[component];
      edges.heights[made++] = Math.sqrt(search.length[component]);
    }
    onEdges(made);
  }
  return edges;
}

/** The shortest edges outwards of the components of one round, by squared length. */
class EdgeSearch {
  readonly sets: DisjointSets;
  /** The best edge of each component, named by a row in it: -1 where none is found `[count]`. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly length: Float64Array;
  private readonly component: Int32Array;
  /** No edge of a row outwards is shorter: what was found holds for later rounds, when less is outside. */
  private readonly bound: Float64Array;
  /** Entries of a row's list before this one lie inside its component, for good. */
  private readonly next: Int32Array;

  constructor(
    private readonly rows: Rows,
    private readonly neighbours: Neighbours,
    private readonly cores: Float64Array,
  ) {
    const { count } = rows;
    this.sets = new DisjointSets(count);
    this.from = new Int32Array(count);
    this.to = new Int32Array(count);
    this.length = new Float64Array(count);
    this.component = new Int32Array(count);
    this.bound = Float64Array.from(cores);
    this.next = new Int32Array(count);
  }

  /** Begins a round. */
  label(): void {
    for (let i = 0; i < this.rows.count; i++) this.component[i] = this.sets.find(i);
    this.from.fill(-1);
    this.length.fill(Infinity);
  }

  /** Looks through the lists of neighbours. */
  askLists(): void {
    const { indices, squared, k } = this.neighbours;
    for (let i = 0; i < this.rows.count; i++) {
      const own = this.component[i];
      let first = this.next[i];
      while (first < k && this.component[indices[i * k + first]] === own) first++;
      this.next[i] = first;
      let best = Infinity;
      let at = first;
      for (; at < k && Math.max(squared[i * k + at], this.cores[i]) < best; at++) {
        const other = indices[i * k + at];
        if (this.component[other] === own) continue;
        const length = Math.max(squared[i * k + at], this.cores[i], this.cores[other]);
        best = Math.min(best, length);
        this.offer(i, other, length);
      }
      // Not read to its end: nothing after it is shorter than the best. Otherwise nothing is nearer than its end.
      this.bound[i] = Math.max(this.bound[i], at < k ? best : Math.min(best, squared[i * k + k - 1]));
    }
  }

  /** Compares the rows that may have a shorter edge than their component has found with all others. */
  async askRows(pairwise: PairwiseDistances, interrupt: Interrupt): Promise<void> {
    const { count, dimension, values, squaredNorms } = this.rows;
    const waiting = Int32Array.from({ length: count }, (_, i) => i)
      .filter((i) => this.mayHelp(i))
      .sort((a, b) => this.bound[a] - this.bound[b] || a - b);
    const largestNorm = squaredNorms.reduce((largest, norm) => Math.max(largest, norm), 0);
    for (let at = 0; at < waiting.length;) {
      interrupt();
      const asked: number[] = [];
      // What was found meanwhile may have made a question needless.
      for (; at < waiting.length && asked.length < blockRows; at++)
        if (this.mayHelp(waiting[at])) asked.push(waiting[at]);
      if (asked.length === 0) break;
      const block = blockOf(values, dimension, asked);
      const best = new Float64Array(asked.length).fill(Infinity);
      for (let start = 0; start < count; start += tileRows) {
        const points = pointsOf(this.rows, start, Math.min(count, start + tileRows));
        const squared = await pairwise.squared(block, points);
        for (let a = 0; a < asked.length; a++)
          best[a] = this.scan(asked[a], squared, a * points.count, start, points.count, best[a], largestNorm);
      }
      asked.forEach((i, a) => (this.bound[i] = best[a]));
    }
  }

  /** The shortest edge of row `i` to the points of a tile, or `best` if none is shorter. */
  private scan(
    i: number,
    squared: Float32Array,
    offset: number,
    start: number,
    size: number,
    best: number,
    largestNorm: number,
  ): number {
    const { values, dimension, squaredNorms } = this.rows;
    const { component, cores } = this;
    const own = component[i];
    const core = cores[i];
    const error = squaredDistanceError(squaredNorms[i], largestNorm, dimension);
    for (let p = 0; p < size; p++) {
      const other = start + p;
      if (squared[offset + p] - error >= best || cores[other] >= best || component[other] === own) continue;
      const exact = squaredEuclidean(row(values, dimension, i), row(values, dimension, other));
      const length = Math.max(exact, core, cores[other]);
      if (length >= best) continue;
      best = length;
      this.offer(i, other, length);
    }
    return best;
  }

  private mayHelp(i: number): boolean {
    return this.bound[i] < this.length[this.component[i]];
  }

  private offer(i: number, other: number, length: number): void {
    const own = this.component[i];
    if (length >= this.length[own]) return;
    this.length[own] = length;
    this.from[own] = i;
    this.to[own] = other;
  }
}
