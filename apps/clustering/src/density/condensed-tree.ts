import type { Dendrogram } from '../hierarchy/dendrogram.js';

/**
 * What a single-linkage dendrogram comes down to when groups smaller than a cluster are rows that fall off. Density is
 * lambda = 1 / distance. Cluster 0 is the root, and a parent comes before its children.
 */
export interface CondensedTree {
  /** Parent of each cluster; -1 for the root `[clusters]`. */
  readonly parent: Int32Array;
  /** Lambda at which each cluster appears; 0 for the root `[clusters]`. */
  readonly birth: Float64Array;
  /** Greatest lambda at which the cluster still has rows of its own `[clusters]`. */
  readonly death: Float64Array;
  /** Excess of mass: sum over the cluster's rows of the lambda at which they leave it, less that of its birth. */
  readonly stability: Float64Array;
  /** The last cluster that each row is part of, and the lambda at which it leaves it `[rows]`. */
  readonly clusterOf: Int32Array;
  readonly lambda: Float64Array;
}

/**
 * Campello, Moulavi, Zimek, Sander 2015, section 3.3. As there, merges at the same distance happen at once: what comes
 * apart at it may be more than two clusters, whatever order the dendrogram has them in. Distances of 0 count as half
 * of the smallest other one, so that densities stay finite.
 * @param minClusterSize rows, at least 2
 */
export function condense(dendrogram: Dendrogram, minClusterSize: number): CondensedTree {
  const { leaves, first, second, heights, sizes } = dendrogram;
  const smallest = heights.find((height) => height > 0) ?? 1;
  const lambdaOf = (height: number) => 1 / (height > 0 ? height : smallest / 2);
  const sizeOf = (node: number) => (node < leaves ? 1 : sizes[node - leaves]);
  const parent = [-1];
  const birth = [0];
  const death = [0];
  const stability = [0];
  const clusterOf = new Int32Array(leaves);
  const lambda = new Float64Array(leaves).fill(lambdaOf(0));

  /** The nodes that `node` comes apart into at its height: two, or more where several merges are equally high. */
  const parts = (node: number): number[] => {
    const height = heights[node - leaves];
    const found: number[] = [];
    const open = [second[node - leaves], first[node - leaves]];
    for (let part = open.pop(); part !== undefined; part = open.pop())
      if (part >= leaves && heights[part - leaves] === height) open.push(second[part - leaves], first[part - leaves]);
      else found.push(part);
    return found;
  };
  const fallOff = (node: number, cluster: number, at: number) => {
    const open = [node];
    for (let part = open.pop(); part !== undefined; part = open.pop())
      if (part >= leaves) open.push(first[part - leaves], second[part - leaves]);
      else {
        clusterOf[part] = cluster;
        lambda[part] = at;
      }
  };

  const waiting = leaves > 1 ? [{ node: 2 * leaves - 2, cluster: 0 }] : [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, cluster } = next;
    const at = lambdaOf(heights[node - leaves]);
    const large: number[] = [];
    death[cluster] = Math.max(death[cluster], at);
    for (const part of parts(node)) {
      if (sizeOf(part) >= minClusterSize) large.push(part);
      else {
        stability[cluster] += sizeOf(part) * (at - birth[cluster]);
        fallOff(part, cluster, at);
      }
    }
    if (large.length === 1) waiting.push({ node: large[0], cluster });
    else
      for (const part of large) {
        stability[cluster] += sizeOf(part) * (at - birth[cluster]);
        parent.push(cluster);
        birth.push(at);
        death.push(at);
        stability.push(0);
        waiting.push({ node: part, cluster: parent.length - 1 });
      }
  }
  return {
    parent: Int32Array.from(parent),
    birth: Float64Array.from(birth),
    death: Float64Array.from(death),
    stability: Float64Array.from(stability),
    clusterOf,
    lambda,
  };
}
