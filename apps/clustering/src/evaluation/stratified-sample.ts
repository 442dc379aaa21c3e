import { Random } from '@cairn/numerics';

/** Members of each cluster, in the order of the rows, from `labels [count]`; rows labelled -1 are in none. */
export function membersOf(labels: Int32Array, clusters: number): Int32Array[] {
  const sizes = new Int32Array(clusters);
  for (const label of labels) if (label >= 0) sizes[label]++;
  const members = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(clusters);
  labels.forEach((label, i) => {
    if (label >= 0) members[label][filled[label]++] = i;
  });
  return members;
}

/**
 * Rows chosen from each cluster, about `limit` together: all of them if there are no more than that. Otherwise half of
 * the sample is shared out evenly, so that small clusters are not lost, and half in proportion to the clusters' sizes;
 * a cluster gives at least two rows if it has them, even where that goes beyond the limit.
 */
export function stratifiedSample(members: readonly Int32Array[], limit: number, seed: number): Int32Array[] {
  const total = members.reduce((sum, { length }) => sum + length, 0);
  if (total <= limit) return [...members];
  return members.map((rows, cluster) => {
    const share = limit / 2 / members.length + (limit / 2) * (rows.length / total);
    const size = Math.min(rows.length, Math.max(2, Math.floor(share)));
    return new Random(seed, cluster).sample(rows.length, size).map((index) => rows[index]);
  });
}
