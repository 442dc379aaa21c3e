import type { Cut } from './cut.js';
import type { Dendrogram } from './dendrogram.js';

export interface TopicNode {
  /** Index of the parent in the list; -1 for the root. */
  readonly parent: number;
  /** Height at which its children merge; of a cluster, at which its own rows have merged. */
  readonly height: number;
  readonly size: number;
  /** The cluster of the cut; -1 for inner nodes. */
  readonly cluster: number;
}

/** A merge at this share of its parent's height or above is not a level of its own. */
const sameLevel = 0.95;

/**
 * The tree above a cut, for people: the root first, parents before children, larger children first. Merges at almost
 * the same height are one node with several children, because their order says nothing.
 */
export function topicTree(dendrogram: Dendrogram, cut: Cut): TopicNode[] {
  const { leaves, first, second, heights, sizes } = dendrogram;
  const clusterOf = new Map([...cut.nodes].map((node, cluster) => [node, cluster]));
  const heightOf = (node: number) => (node < leaves ? 0 : heights[node - leaves]);
  const sizeOf = (node: number) => (clusterOf.has(node) ? cut.sizes[clusterOf.get(node)!] : sizes[node - leaves]);
  const nodes: TopicNode[] = [];
  const waiting = [{ node: Math.max(0, 2 * leaves - 2), parent: -1 }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { node, parent } = next;
    const cluster = clusterOf.get(node) ?? -1;
    const index = nodes.push({ parent, height: heightOf(node), size: sizeOf(node), cluster }) - 1;
    if (cluster >= 0) continue;
    const level = sameLevel * heightOf(node);
    const children: number[] = [];
    const open = [first[node - leaves], second[node - leaves]];
    for (let child = open.pop(); child !== undefined; child = open.pop())
      if (clusterOf.has(child) || heightOf(child) < level) children.push(child);
      else open.push(first[child - leaves], second[child - leaves]);
    children.sort((a, b) => sizeOf(b) - sizeOf(a) || a - b);
    waiting.push(...children.map((child) => ({ node: child, parent: index })));
  }
  return nodes;
}
