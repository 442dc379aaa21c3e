import type { CondensedTree } from './condensed-tree.js';

export const selections = ['eom', 'leaf'] as const;
export type Selection = (typeof selections)[number];

export interface SelectOptions {
  readonly selection: Selection;
  /** Clusters that appear at a distance below this are not split from their parent; 0: all may be. */
  readonly epsilon: number;
  /** Whether the root may be a cluster. */
  readonly allowSingleCluster: boolean;
}

/**
 * Which clusters of the tree are kept: no two of them overlap.
 * - eom: those whose stabilities sum to the most (Campello et al. 2015, section 4; a parent wins a draw),
 * - leaf: those that have no children.
 * Those that appear below `epsilon` give way to their nearest ancestor that does not (Malzer, Baum 2020).
 * @returns 1 for each cluster that is kept `[clusters]`
 */
export function selectClusters(tree: CondensedTree, options: SelectOptions): Uint8Array {
  const { parent, stability, birth } = tree;
  const count = parent.length;
  const hasChildren = new Uint8Array(count);
  for (let i = 1; i < count; i++) hasChildren[parent[i]] = 1;
  const selected = new Uint8Array(count);
  if (options.selection === 'leaf') {
    for (let i = 0; i < count; i++) selected[i] = hasChildren[i] ? 0 : 1;
  } else {
    const best = new Float64Array(count);
    for (let i = count - 1; i >= 0; i--) {
      const allowed = i > 0 || options.allowSingleCluster;
      selected[i] = allowed && stability[i] >= best[i] ? 1 : 0;
      if (i > 0) best[parent[i]] += selected[i] ? stability[i] : best[i];
    }
    dropCovered(parent, selected);
  }
  if (!options.allowSingleCluster) selected[0] = 0;
  if (options.epsilon > 0) {
    const climbed = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      if (!selected[i]) continue;
      let at = i;
      while (at > 0 && 1 / birth[at] < options.epsilon) {
        if (parent[at] === 0 && !options.allowSingleCluster) break;
        at = parent[at];
      }
      climbed[at] = 1;
    }
    dropCovered(parent, climbed);
    return climbed;
  }
  return selected;
}

/** Of clusters inside each other only the outermost stays selected. */
function dropCovered(parent: Int32Array, selected: Uint8Array): void {
  const covered = new Uint8Array(parent.length);
  for (let i = 1; i < parent.length; i++) {
    covered[i] = covered[parent[i]] | selected[parent[i]];
    if (covered[i]) selected[i] = 0;
  }
}

export interface DensityLabels {
  /** Number of clusters. */
  readonly clusters: number;
  /** Cluster of each row, larger clusters first, then by first row; -1 is noise `[rows]`. */
  readonly labels: Int32Array;
  /** How deep in its cluster a row lies, 0 (noise) to 1: its last lambda by the greatest of the cluster `[rows]`. */
  readonly probabilities: Float32Array;
}

/** The rows of the selected clusters and how sure they belong there; rows outside are noise. */
export function labelRows(tree: CondensedTree, selected: Uint8Array): DensityLabels {
  const { parent, death, clusterOf, lambda } = tree;
  const owner = Int32Array.from(parent, (_, i) => (selected[i] ? i : -1));
  for (let i = 1; i < parent.length; i++) if (owner[i] < 0) owner[i] = owner[parent[i]];
  const sizes = new Map<number, number>();
  for (const cluster of clusterOf)
    if (owner[cluster] >= 0) sizes.set(owner[cluster], (sizes.get(owner[cluster]) ?? 0) + 1);
  // A map keeps the order of the first rows, and sorting is stable.
  const rank = new Map([...sizes].sort(([, a], [, b]) => b - a).map(([cluster], index) => [cluster, index]));
  const labels = new Int32Array(clusterOf.length);
  const probabilities = new Float32Array(clusterOf.length);
  clusterOf.forEach((cluster, i) => {
    const own = owner[cluster];
    labels[i] = rank.get(own) ?? -1;
    if (own >= 0) probabilities[i] = death[own] > 0 ? Math.min(lambda[i], death[own]) / death[own] : 1;
  });
  return { clusters: rank.size, labels, probabilities };
}
