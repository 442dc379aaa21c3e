/**
 * A hierarchy of clusters. Nodes 0 to leaves - 1 are the leaves; merge i, by rising height, makes node leaves + i of two
 * earlier nodes. The numbering is that of SciPy's linkage matrix.
 */
export interface Dendrogram {
  readonly leaves: number;
  /** The two nodes of each merge `[leaves - 1]`, first < second. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Distance at which they merge, never falling `[leaves - 1]`. */
  readonly heights: Float64Array;
  /** Rows below the new node `[leaves - 1]`. */
  readonly sizes: Float64Array;
}

/** Merges in any order, each named by one leaf of either side. */
export interface LeafMerges {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly heights: Float64Array;
}

/** Finds the set of an item; the root of a set is its label. */
export class DisjointSets {
  private readonly parent: Int32Array;

  constructor(count: number) {
    this.parent = Int32Array.from({ length: count }, (_, i) => i);
  }

  find(item: number): number {
    let root = item;
    while (this.parent[root] !== root) root = this.parent[root];
    while (this.parent[item] !== root) [item, this.parent[item]] = [this.parent[item], root];
    return root;
  }

  /** Joins the two sets under the root of the first. */
  join(a: number, b: number): void {
    this.parent[this.find(b)] = this.find(a);
  }
}

/**
 * Orders merges by height and numbers their nodes. Equal heights keep the order they were made in.
 * @param weights rows of each leaf `[leaves]`
 */
export function dendrogramOf(leaves: number, merges: LeafMerges, weights: ArrayLike<number>): Dendrogram {
  const count = Math.max(0, leaves - 1);
  const order = Int32Array.from({ length: count }, (_, i) => i).sort(
    (i, j) => merges.heights[i] - merges.heights[j] || i - j,
  );
  const sets = new DisjointSets(leaves);
  const node = Int32Array.from({ length: leaves }, (_, i) => i);
  const rows = Float64Array.from({ length: leaves }, (_, i) => weights[i]);
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const heights = new Float64Array(count);
  const sizes = new Float64Array(count);
  order.forEach((from, i) => {
    const a = sets.find(merges.a[from]);
    const b = sets.find(merges.b[from]);
    first[i] = Math.min(node[a], node[b]);
    second[i] = Math.max(node[a], node[b]);
    heights[i] = merges.heights[from];
    sizes[i] = rows[a] + rows[b];
    sets.join(a, b);
    rows[a] = sizes[i];
    node[a] = leaves + i;
  });
  return { leaves, first, second, heights, sizes };
}
