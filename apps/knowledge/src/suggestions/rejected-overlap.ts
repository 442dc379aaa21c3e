import type { Database } from '../persistence/database.js';

/** A new cluster that shares at least this much (Jaccard) with a rejected one is the rejected one again. */
const sameCluster = 0.5;

/** One question of a suggestion that somebody rejected. */
export interface RejectedMember {
  readonly suggestion_id: string;
  readonly question_id: string;
}

export async function readRejectedMembers(database: Database): Promise<RejectedMember[]> {
  return database.rows<RejectedMember>(
    `SELECT suggestion.id AS suggestion_id, member.question_id FROM suggestion
     JOIN clustering_member member USING (clustering_id, cluster_index) WHERE suggestion.state = 'rejected'`,
  );
}

/**
 * The clusters of a new run that somebody has rejected before, in this or nearly this shape.
 * @param clusterOf cluster index per question
 * @returns cluster indices
 */
export function rejectedClusters(
  clusterOf: ReadonlyMap<string, number>,
  rejected: readonly RejectedMember[],
): Set<number> {
  const sizes = new Map<number, number>();
  for (const cluster of clusterOf.values()) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  const suggestions = new Map<string, { size: number; shared: Map<number, number> }>();
  for (const { suggestion_id: id, question_id: questionId } of rejected) {
    const suggestion = suggestions.get(id) ?? { size: 0, shared: new Map<number, number>() };
    suggestions.set(id, suggestion);
    suggestion.size++;
    const cluster = clusterOf.get(questionId);
    if (cluster !== undefined) suggestion.shared.set(cluster, (suggestion.shared.get(cluster) ?? 0) + 1);
  }
  const found = new Set<number>();
  for (const { size, shared } of suggestions.values())
    for (const [cluster, both] of shared)
      if (both / (size + sizes.get(cluster)! - both) >= sameCluster) found.add(cluster);
  return found;
}
