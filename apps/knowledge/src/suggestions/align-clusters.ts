/**
 * Which cluster of a run is which cluster of the run before, and what became of the others. Clusters are compared by
 * the questions that both runs saw, so that a cluster that has only grown is still itself.
 */
import { assign } from '@cairn/numerics';

/** Questions that are in cluster `previous` of one run and in cluster `current` of another; -1 is noise. */
export interface Overlap {
  readonly previous: number;
  readonly current: number;
  readonly shared: number;
}

export interface Match {
  readonly previous: number;
  readonly current: number;
  readonly shared: number;
  /** Jaccard index over the questions that both runs saw, 0 to 1. */
  readonly overlap: number;
}

export type ChangeKind = 'born' | 'continued' | 'split' | 'merged' | 'died';

export interface Change {
  readonly kind: ChangeKind;
  /** Of `split` the cluster it came out of; undefined for `born`. */
  readonly previous?: number;
  /** Of `merged` the cluster it went into; undefined for `died`. */
  readonly current?: number;
  readonly shared: number;
  readonly overlap: number;
}

/** Below this overlap a cluster is another one. */
export const sameFrom = 0.3;
/** Of a cluster, at least this share must have been seen by the other run for it to say anything. */
const seenFrom = 0.25;
/** A cluster came out of another one, or went into it, if at least this share of it did. */
const mostly = 0.5;
/** Larger tables are matched greedily: the assignment problem takes the cube of the clusters. */
const largestTable = 4_000_000;

/** The two runs as counts. Clusters without a question in common appear in the sizes only. */
export interface RunOverlap {
  readonly overlaps: readonly Overlap[];
  /** Members of each cluster, by index: all of them, also those that the other run did not see. */
  readonly previousSizes: ReadonlyMap<number, number>;
  readonly currentSizes: ReadonlyMap<number, number>;
}

/** The pairs of clusters of two runs that correspond; see pairUp. */
export function matchClusters(runs: RunOverlap): Match[] {
  const { seenPrevious, seenCurrent } = seenCounts(runs);
  const candidates = runs.overlaps
    .filter(({ previous, current }) => previous >= 0 && current >= 0)
    .map(({ previous, current, shared }) => ({
      previous,
      current,
      shared,
      overlap: shared / (seenPrevious.get(previous)! + seenCurrent.get(current)! - shared),
    }))
    .filter(
      ({ current, shared, overlap }) =>
        overlap >= sameFrom && shared >= seenFrom * (runs.currentSizes.get(current) ?? 0),
    );
  return pairUp(candidates);
}

/**
 * Pairs one to one so that the sum of the overlaps is largest (the assignment problem, one for each group of clusters
 * that are connected at all).
 * @param candidates pairs that may be made; of a pair that is given twice the better one counts
 */
export function pairUp(candidates: readonly Match[]): Match[] {
  return connected(candidates)
    .flatMap(solve)
    .sort((a, b) => a.current - b.current);
}

/**
 * What became of every cluster of both runs: those that go on, then new ones (split from one, or born), then ended
 * ones (merged into one, or died).
 */
export function changesBetween(runs: RunOverlap, matches: readonly Match[]): Change[] {
  const { seenPrevious, seenCurrent } = seenCounts(runs);
  const matchedPrevious = new Set(matches.map(({ previous }) => previous));
  const matchedCurrent = new Set(matches.map(({ current }) => current));
  const best = (side: 'previous' | 'current', index: number) =>
    runs.overlaps
      .filter((overlap) => overlap[side] === index && overlap.previous >= 0 && overlap.current >= 0)
      .reduce<Overlap | undefined>((top, next) => (next.shared > (top?.shared ?? 0) ? next : top), undefined);
  const jaccard = ({ previous, current, shared }: Overlap) =>
    shared / (seenPrevious.get(previous)! + seenCurrent.get(current)! - shared);
  const changes: Change[] = matches.map((match) => ({ kind: 'continued', ...match }));
  for (const [current, size] of runs.currentSizes) {
    if (current < 0 || matchedCurrent.has(current)) continue;
    const source = best('current', current);
    const seen = seenCurrent.get(current) ?? 0;
    if (source !== undefined && source.shared >= mostly * seen && seen >= seenFrom * size)
      changes.push({ kind: 'split', ...source, overlap: jaccard(source) });
    else changes.push({ kind: 'born', current, shared: 0, overlap: 0 });
  }
  for (const [previous, size] of runs.previousSizes) {
    if (previous < 0 || matchedPrevious.has(previous)) continue;
    const target = best('previous', previous);
    const seen = seenPrevious.get(previous) ?? 0;
    if (target !== undefined && target.shared >= mostly * seen && seen >= seenFrom * size)
      changes.push({ kind: 'merged', ...target, overlap: jaccard(target) });
    else changes.push({ kind: 'died', previous, shared: 0, overlap: 0 });
  }
  return changes;
}

/** Members of each cluster that the other run saw too, as noise or in a cluster. */
function seenCounts({ overlaps }: RunOverlap): { seenPrevious: Map<number, number>; seenCurrent: Map<number, number> } {
  const seenPrevious = new Map<number, number>();
  const seenCurrent = new Map<number, number>();
  for (const { previous, current, shared } of overlaps) {
    seenPrevious.set(previous, (seenPrevious.get(previous) ?? 0) + shared);
    seenCurrent.set(current, (seenCurrent.get(current) ?? 0) + shared);
  }
  return { seenPrevious, seenCurrent };
}

/** The candidates in groups that have no cluster in common. */
function connected(candidates: readonly Match[]): Match[][] {
  const parent = new Map<string, string>();
  const rootOf = (node: string): string => {
    let root = node;
    while (parent.get(root) !== undefined) root = parent.get(root)!;
    for (let at = node; at !== root;) {
      const next = parent.get(at)!;
      parent.set(at, root);
      at = next;
    }
    return root;
  };
  for (const { previous, current } of candidates) {
    const [a, b] = [rootOf(`p${previous}`), rootOf(`c${current}`)];
    if (a !== b) parent.set(a, b);
  }
  const groups = new Map<string, Match[]>();
  for (const candidate of candidates) {
    const root = rootOf(`p${candidate.previous}`);
    groups.set(root, [...(groups.get(root) ?? []), candidate]);
  }
  return [...groups.values()];
}

function solve(candidates: readonly Match[]): Match[] {
  if (candidates.length === 1) return [...candidates];
  const rows = [...new Set(candidates.map(({ previous }) => previous))];
  const columns = [...new Set(candidates.map(({ current }) => current))];
  if (rows.length * columns.length > largestTable) return greedy(candidates);
  const rowOf = new Map(rows.map((index, row) => [index, row]));
  const columnOf = new Map(columns.map((index, column) => [index, column]));
  const table = new Float64Array(rows.length * columns.length);
  const at = ({ previous, current }: Match) => rowOf.get(previous)! * columns.length + columnOf.get(current)!;
  for (const candidate of candidates) table[at(candidate)] = Math.max(table[at(candidate)], candidate.overlap);
  const { columnOfRow } = assign(table, rows.length, columns.length, { maximize: true });
  return candidates.filter(
    (candidate) =>
      columnOfRow[rowOf.get(candidate.previous)!] === columnOf.get(candidate.current)! &&
      candidate.overlap === table[at(candidate)],
  );
}

function greedy(candidates: readonly Match[]): Match[] {
  const taken = { previous: new Set<number>(), current: new Set<number>() };
  return [...candidates]
    .sort((a, b) => b.overlap - a.overlap || a.current - b.current || a.previous - b.previous)
    .filter(({ previous, current }) => {
      if (taken.previous.has(previous) || taken.current.has(current)) return false;
      taken.previous.add(previous);
      taken.current.add(current);
      return true;
    });
}
