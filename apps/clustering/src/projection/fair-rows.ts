import { Random } from '@cairn/numerics';

/** Of the places of a group, this share at most goes to rows that were on the map before, where there are new ones. */
const oldShare = 0.8;

/**
 * Rows that get a place on a map, at most about `limit`: half of the places are shared out evenly among the labels (so that no
 * small cluster is lost), half in proportion to their sizes. Rows that were on the map before go first, for four fifths of the
 * places of their label: a map that shows other rows each time is not the same map.
 * @param labels `[count]`; -1 is a label like the others. Absent: all rows are alike
 * @param placed 1 for rows that were on the map before `[count]`
 * @returns ascending
 */
export function fairRows(
  count: number,
  labels: Int32Array | undefined,
  placed: Uint8Array | undefined,
  limit: number,
  seed: number,
): Int32Array {
  if (count <= limit) return Int32Array.from({ length: count }, (_, i) => i);
  const groups = new Map<number, { old: number[]; fresh: number[] }>();
  for (let i = 0; i < count; i++) {
    const label = labels?.[i] ?? 0;
    const group = groups.get(label) ?? { old: [], fresh: [] };
    groups.set(label, group);
    (placed?.[i] ? group.old : group.fresh).push(i);
  }
  const chosen: number[] = [];
  for (const [label, { old, fresh }] of groups) {
    const size = old.length + fresh.length;
    const share = limit / 2 / groups.size + ((limit / 2) * size) / count;
    const wanted = Math.min(size, Math.max(1, Math.floor(share)));
    const ofOld = Math.min(old.length, Math.max(Math.ceil(oldShare * wanted), wanted - fresh.length));
    const random = new Random(seed, label);
    const take = (rows: number[], howMany: number) =>
      random.sample(rows.length, howMany).forEach((at) => chosen.push(rows[at]));
    take(old, Math.min(ofOld, wanted));
    take(fresh, wanted - Math.min(ofOld, wanted));
  }
  return Int32Array.from(chosen).sort();
}
