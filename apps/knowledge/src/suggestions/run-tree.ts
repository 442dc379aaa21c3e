/** The dendrogram over the clusters of a run, and the groups it gives when it is cut. */
import { DomainError, type knowledgeV1 } from '@cairn/contracts';

/** Merge i makes node n + i of two nodes, where 0 to n - 1 are the clusters: [first, second, height, questions below]. */
export type Merge = readonly [first: number, second: number, height: number, size: number];

/**
 * The clusters gathered into groups.
 * @param sizes questions of each cluster `[n]`
 * @param merges n - 1 of them, by rising height
 * @param cut number of groups, or the height above which nothing is merged; neither: no merges at all
 * @returns groups, largest first, and the height of the cut
 * @throws INVALID_INPUT naming `groups` or `height`
 */
export function cutTree(
  sizes: readonly number[],
  merges: readonly Merge[],
  cut: { readonly groups?: number; readonly height?: number },
): { groups: knowledgeV1.ClusterGroup[]; height: number } {
  const n = sizes.length;
  const kept = mergesBelow(n, merges, cut);
  const memberOf = new Map<number, { indices: number[]; height: number }>();
  sizes.forEach((_, index) => memberOf.set(index, { indices: [index], height: 0 }));
  for (let i = 0; i < kept; i++) {
    const [first, second, height] = merges[i];
    const [a, b] = [memberOf.get(first)!, memberOf.get(second)!];
    memberOf.delete(first);
    memberOf.delete(second);
    memberOf.set(n + i, { indices: [...a.indices, ...b.indices], height });
  }
  const groups = [...memberOf.values()].map(({ indices, height }) => ({
    clusterIndices: indices.sort((a, b) => sizes[b] - sizes[a] || a - b),
    size: indices.reduce((sum, index) => sum + sizes[index], 0),
    height,
  }));
  groups.sort((a, b) => b.size - a.size || a.clusterIndices[0] - b.clusterIndices[0]);
  return { groups, height: kept === 0 ? 0 : merges[kept - 1][2] };
}

function mergesBelow(n: number, merges: readonly Merge[], { groups, height }: { groups?: number; height?: number }) {
  if (groups != null && height != null)
    throw DomainError.invalid('height', 'Cut at a number of groups or at a height, not at both.');
  if (groups != null) {
    if (!(groups >= Math.min(1, n) && groups <= n))
      throw DomainError.invalid('groups', `A run of ${n} clusters has 1 to ${n} groups; ${groups} were asked for.`);
    return n - groups;
  }
  if (height == null) return 0;
  if (!(height >= 0)) throw DomainError.invalid('height', `A height is at least 0; got ${height}.`);
  const above = merges.findIndex((merge) => merge[2] > height);
  return above < 0 ? merges.length : above;
}
